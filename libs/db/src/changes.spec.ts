import { Changes, HEARD_WITHIN_MS, organizationTopic, registryTopic } from './changes';

const OURS = registryTopic('1');
const THEIRS = registryTopic('2');

describe('Changes', () => {
  let nowMs: number;
  let changes: Changes;

  const heard = (sentMs = nowMs) => {
    changes.heard(sentMs);
  };

  /** The moment, which has to be known. */
  const moment = (): number => {
    const known = changes.moment();
    if (known === null) throw new Error('nothing is heard');
    return known;
  };

  beforeEach(() => {
    nowMs = 10_000;
    changes = new Changes(() => nowMs);
    heard();
  });

  it('tell what has changed since a moment, and what has not', () => {
    const before = moment();
    changes.note(OURS);
    expect(changes.isUnchanged(before, OURS)).toBe(false);
    expect(changes.isUnchanged(before, THEIRS)).toBe(true);
    expect(changes.isUnchanged(moment(), OURS)).toBe(true);
  });

  it('keep what an organization may do apart from what a registry holds', () => {
    const before = moment();
    changes.note(organizationTopic('1'));
    expect(changes.isUnchanged(before, OURS)).toBe(true);
    expect(changes.isUnchanged(before, organizationTopic('1'))).toBe(false);
  });

  it('vouch for nothing before they are heard for the first time', () => {
    const deaf = new Changes(() => nowMs);
    expect([deaf.moment(), deaf.isHeard(), deaf.isUnchanged(1, OURS)]).toEqual([null, false, false]);
  });

  it('vouch for nothing once the last sign of life was asked for a second ago, and again after the next', () => {
    const before = moment();
    nowMs += HEARD_WITHIN_MS - 1;
    expect(changes.isUnchanged(before, OURS)).toBe(true);
    nowMs += 1;
    expect([changes.moment(), changes.isUnchanged(before, OURS)]).toEqual([null, false]);
    heard();
    // The line was slow and not lost: notes come in order, so none is missing.
    expect(changes.isUnchanged(before, OURS)).toBe(true);
  });

  it('vouch for nothing of before the line was lost', () => {
    const before = moment();
    changes.lost();
    expect(changes.isUnchanged(before, OURS)).toBe(false);
    changes.forget();
    heard();
    expect(changes.isUnchanged(before, OURS)).toBe(false);
    expect(changes.isUnchanged(moment(), OURS)).toBe(true);
  });

  it('vouch for nothing while a change may be under way, whatever was answered to earlier questions', () => {
    const before = moment();
    const askedMs = nowMs;
    nowMs += 500;
    changes.distrust(nowMs);
    heard(askedMs);
    expect(changes.isUnchanged(before, OURS)).toBe(false);
    nowMs += 1;
    heard();
    expect(changes.isUnchanged(before, OURS)).toBe(true);
  });

  it('forget everything when told that everything may have changed', () => {
    const before = moment();
    changes.note('*');
    expect(changes.isUnchanged(before, THEIRS)).toBe(false);
  });

  it('stay bounded: rather than remember too many topics they vouch for none of before', () => {
    const before = moment();
    for (let id = 0; id < 100_001; id += 1) changes.note(registryTopic(`many-${id}`));
    expect(changes.isUnchanged(before, OURS)).toBe(false);
    expect(changes.isUnchanged(moment(), OURS)).toBe(true);
  });

  it('wait for the line they are attached to, and for nothing without one', async () => {
    await expect(changes.settled()).resolves.toBeUndefined();
    const asked: string[] = [];
    changes.attach({
      settled: () => {
        asked.push('settled');
        return Promise.resolve();
      },
    });
    await changes.settled();
    expect(asked).toEqual(['settled']);
  });
});
