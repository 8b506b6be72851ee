import { Changes, registryTopic } from '@portolan/db';
import { pageOf } from './page';
import { PageMemory } from './page-memory';

const KILOBYTE = 1_024;
const OURS = { org_id: 'acme', id: 'r1' };
const THEIRS = { org_id: 'globex', id: 'r2' };

describe('The memory for pages', () => {
  let changes: Changes;
  let memory: PageMemory;

  const page = (size = 8 * KILOBYTE) => pageOf('x'.repeat(size));
  const keep = (place: typeof OURS, key: string, what = page()) => {
    memory.keep(place, key, changes.moment(), what);
  };
  const kept = (place: typeof OURS, count: number) =>
    Array.from({ length: count }, (_, index) => memory.find(place, `k${index}`)).filter((one) => one !== undefined)
      .length;

  beforeEach(() => {
    changes = new Changes(() => 0);
    changes.heard(0);
    memory = new PageMemory(changes, 1_024 * KILOBYTE);
  });

  it('gives a page back until its registry changes', () => {
    const one = page();
    keep(OURS, 'k', one);
    expect(memory.find(OURS, 'k')).toBe(one);
    expect(memory.find(OURS, 'other')).toBeUndefined();
    expect(memory.find(THEIRS, 'k')).toBeUndefined();
    changes.note(registryTopic(THEIRS.id));
    expect(memory.find(OURS, 'k')).toBe(one);
    changes.note(registryTopic(OURS.id));
    expect(memory.find(OURS, 'k')).toBeUndefined();
  });

  it('keeps nothing that was read before a change, or while changes are not heard', () => {
    const before = changes.moment();
    changes.note(registryTopic(OURS.id));
    memory.keep(OURS, 'k', before, page());
    expect(memory.find(OURS, 'k')).toBeUndefined();
    changes.lost();
    keep(OURS, 'k');
    changes.heard(0);
    expect(memory.find(OURS, 'k')).toBeUndefined();
  });

  it('keeps nothing when there is no room', () => {
    memory = new PageMemory(changes, 0);
    keep(OURS, 'k');
    expect([memory.find(OURS, 'k'), memory.bytes]).toEqual([undefined, 0]);
  });

  it('gives one organization half of the room, however much it asks for, and takes nothing from others for it', () => {
    for (let index = 0; index < 20; index += 1) keep(THEIRS, `k${index}`);
    for (let index = 0; index < 1_000; index += 1) keep(OURS, `k${index}`);
    expect(kept(THEIRS, 20)).toBe(20);
    expect(memory.bytes).toBeLessThanOrEqual(1_024 * KILOBYTE);
    expect(kept(OURS, 1_000)).toBeGreaterThan(50);
    expect(kept(OURS, 1_000)).toBeLessThan(65);
    // The oldest went.
    expect(memory.find(OURS, 'k999')).toBeDefined();
    expect(memory.find(OURS, 'k0')).toBeUndefined();
  });

  it('takes pages from whoever has asked for none the longest, once all room is taken', () => {
    for (const org_id of ['a', 'b', 'c'])
      for (let index = 0; index < 50; index += 1) keep({ org_id, id: `r-${org_id}` }, `k${index}`);
    expect(memory.bytes).toBeLessThanOrEqual(1_024 * KILOBYTE);
    expect(kept({ org_id: 'a', id: 'r-a' }, 50)).toBeLessThan(50);
    expect(kept({ org_id: 'b', id: 'r-b' }, 50)).toBe(50);
    expect(kept({ org_id: 'c', id: 'r-c' }, 50)).toBe(50);
  });

  it('counts the encodings that a page gets', () => {
    const one = page();
    keep(OURS, 'k', one);
    const before = memory.bytes;
    one.gzip = Buffer.alloc(1_000);
    memory.grown(OURS, 'k', one);
    expect(memory.bytes).toBe(before + 1_000);
    memory.grown(OURS, 'k', page());
    expect(memory.find(OURS, 'k')).toBe(one);
  });

  it('does not keep what is larger than the share of one', () => {
    keep(OURS, 'k', page(600 * KILOBYTE));
    expect([memory.find(OURS, 'k'), memory.bytes]).toEqual([undefined, 0]);
  });
});
