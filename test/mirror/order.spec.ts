import { MirrorWorld, type Mirrored } from '../support/mirror-world';
import { until } from '../support/until';
import { anUpstream, type Upstream } from '../support/upstream';
import { aServer, type Organization } from '../support/world';
import { anEntry, keyOf, officialOf, ORIGIN } from './support/entries';

const SHARED = 'com.example/shared';
const OFTEN = { max_removed_percent: 100 };

describe('Of several mirrors of a registry', () => {
  let mirrors: MirrorWorld;
  let second: Upstream;
  /** The first one's upstream is that of the world. */
  let first: Mirrored;
  let other: Mirrored;
  /** Of globex, in the other order. */
  let foreign: readonly [Mirrored, Mirrored];

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    second = await anUpstream();
    await mirrors.startWorker();
  });
  beforeEach(async () => {
    const { upstream, world } = mirrors;
    await mirrors.reset();
    await second.clear();
    await upstream.load([anEntry({ name: 'com.example/one' }), anEntry({ name: SHARED, description: 'Of the first' })]);
    await second.load([
      anEntry({ name: 'com.example/two' }),
      anEntry({ name: SHARED, description: 'Of the second' }),
      anEntry({ name: SHARED, version: '0.9.0', description: 'Of the second' }),
    ]);
    [first, other] = await pair(world.acme, ['first', 'second']);
    const [ofSecond, ofFirst] = await pair(world.globex, ['second', 'first']);
    foreign = [ofSecond, ofFirst];
  });
  afterAll(async () => {
    await mirrors.close();
    await second.close();
  });

  /** Two mirrors of one registry, by position. */
  const pair = async (organization: Organization, order: readonly ['first' | 'second', 'first' | 'second']) => {
    const made: Mirrored[] = [];
    for (const name of order) {
      const url = name === 'first' ? mirrors.upstream.url : second.url;
      const upstreamId = await mirrors.anUpstream(organization, { name, url });
      const registry = made[0]?.registry;
      made.push(
        await mirrors.aMirror(organization, { ...(registry === undefined ? {} : { registry }), upstreamId, ...OFTEN }),
      );
    }
    return made as [Mirrored, Mirrored];
  };
  /** `name@version upstream`, of all that is not deleted. */
  const shown = async (of: Pick<Mirrored, 'organization' | 'registry'>) =>
    (await mirrors.shown(of))
      .filter((one) => officialOf(one).status !== 'deleted')
      .map((one) => `${keyOf(one)} ${one._meta[ORIGIN]?.upstream ?? 'here'}`);
  const becomes = (of: Mirrored, expected: readonly string[]) => {
    let last: readonly string[] = [];
    return until('it shows what it should', async () => {
      last = await shown(of);
      return JSON.stringify(last) === JSON.stringify(expected);
    }).catch((error: unknown) => {
      expect(last).toEqual(expected);
      throw error;
    });
  };
  const ran = async (mirror: Mirrored) => {
    await mirrors.settled();
    const run = await mirrors.run(mirror, { mode: 'full' });
    expect(run.state).toBe('succeeded');
    await mirrors.settled();
    return run;
  };
  const call = async (method: string, { organization, path }: Mirrored, rest = '', body?: unknown) => {
    const answer = await mirrors.world.call(method, `${path}${rest}`, {
      token: organization.admin,
      ...(body === undefined ? {} : { body }),
    });
    expect(answer.status).toBeLessThan(300);
  };

  const FIRST_WINS = ['com.example/one@1.0.0 first', `${SHARED}@1.0.0 first`, 'com.example/two@1.0.0 second'];
  const SECOND_WINS = [
    'com.example/one@1.0.0 first',
    `${SHARED}@0.9.0 second`,
    `${SHARED}@1.0.0 second`,
    'com.example/two@1.0.0 second',
  ];

  it('the first has a name that several offer, with all its versions', async () => {
    await ran(first);
    const run = await ran(other);
    expect(await shown(first)).toEqual(FIRST_WINS);
    const items = await mirrors.items(other, run.id);
    expect(items.filter(({ action }) => action === 'conflict')).toMatchObject([
      { name: SHARED, version: '0.9.0', reason: 'other_mirror' },
      { name: SHARED, version: '1.0.0', reason: 'other_mirror' },
    ]);
    for (const mirror of foreign) await ran(mirror);
    expect(await shown(foreign[0])).toEqual(SECOND_WINS);
  });

  it('the first has it also where the second had it before', async () => {
    await ran(other);
    expect((await shown(first)).filter((one) => one.startsWith(SHARED))).toHaveLength(2);
    await ran(first);
    expect(await shown(first)).toEqual(FIRST_WINS);
    const latest = (await mirrors.shown(first)).filter((one) => officialOf(one).isLatest);
    expect(latest.map(keyOf)).toEqual(['com.example/one@1.0.0', `${SHARED}@1.0.0`, 'com.example/two@1.0.0']);
    for (const mirror of foreign) await ran(mirror);
    expect(await shown(foreign[0])).toEqual(SECOND_WINS);
  });

  it('the first takes over a name that it gets later', async () => {
    const { upstream } = mirrors;
    await ran(first);
    await ran(other);
    await upstream.publish(aServer({ name: 'com.example/two', version: '5.0.0' }));
    await mirrors.run(first);
    await becomes(first, [...FIRST_WINS.slice(0, 2), 'com.example/two@5.0.0 first']);
    await ran(other);
    expect(await shown(first)).toEqual([...FIRST_WINS.slice(0, 2), 'com.example/two@5.0.0 first']);
    for (const mirror of foreign) await ran(mirror);
    expect(await shown(foreign[0])).toEqual(SECOND_WINS);
  });

  it('the second gets a name that the first takes no more', async () => {
    await ran(first);
    await ran(other);
    await call('PATCH', first, '', { exclude: [SHARED] });
    await becomes(first, SECOND_WINS);
    await call('PATCH', first, '', { exclude: [] });
    await becomes(first, FIRST_WINS);
  });

  it('another is the first when their order changes', async () => {
    await ran(first);
    await ran(other);
    await call('PATCH', first, '', { position: 3 });
    await becomes(first, SECOND_WINS);
    await call('PATCH', other, '', { position: 9 });
    await becomes(first, FIRST_WINS);
    await mirrors.settled();
    for (const mirror of foreign) await ran(mirror);
    expect(await shown(foreign[0])).toEqual(SECOND_WINS);
  });

  it('a deleted one takes along what it has brought, and leaves its names to the others', async () => {
    await ran(first);
    await ran(other);
    await call('DELETE', first, '?versions=remove');
    await becomes(first, SECOND_WINS.slice(1));
    const { world } = mirrors;
    await world.publish(world.acme, first.registry, aServer({ name: 'com.example/one', version: '0.0.1' }));
    expect(await shown(first)).toEqual(['com.example/one@0.0.1 here', ...SECOND_WINS.slice(1)]);
    for (const mirror of foreign) await ran(mirror);
    expect(await shown(foreign[0])).toEqual(SECOND_WINS);
  });

  it('a deleted one may leave what it has brought to the registry, which then has it for itself', async () => {
    const { world } = mirrors;
    await ran(first);
    await ran(other);
    await call('DELETE', first, '?versions=keep');
    const kept = ['com.example/one@1.0.0 here', `${SHARED}@1.0.0 here`, 'com.example/two@1.0.0 second'];
    expect(await shown(first)).toEqual(kept);
    await ran(other);
    expect(await shown(first)).toEqual(kept);
    await world.publish(world.acme, first.registry, aServer({ name: SHARED, version: '1.0.1' }));
    expect(await shown(first)).toEqual([...kept.slice(0, 2), `${SHARED}@1.0.1 here`, ...kept.slice(2)]);
    expect(await shown(foreign[0])).toEqual(SECOND_WINS);
  });
});
