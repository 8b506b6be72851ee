import { MirrorWorld, type MirrorSettings, type Mirrored, type Shown } from '../support/mirror-world';
import { until } from '../support/until';
import type { UpstreamStatus } from '../support/upstream';
import { anEntry, keyOf, officialOf } from './support/entries';

const npm = { registryType: 'npm', identifier: '@example/a', version: '1.0.0', transport: { type: 'stdio' } };
const oci = { registryType: 'oci', identifier: 'docker.io/example/a:1.0.0', transport: { type: 'stdio' } };
const remote = (type: string, host: string) => ({ type, url: `https://${host}.example.com/mcp` });

const A = 'com.acme/alpha';
const VERSION = (version: string, status: UpstreamStatus = 'active') =>
  anEntry({ name: A, version, packages: [npm] }, { status });
const LISTED = [
  VERSION('1.0.0'),
  VERSION('1.1.0', 'deprecated'),
  VERSION('2.0.0-rc.1'),
  VERSION('2.0.0', 'deleted'),
  anEntry({ name: 'com.acme.labs/Beta', packages: [oci], remotes: [remote('sse', 'beta')] }),
  anEntry({ name: 'io.other/gamma_1', remotes: [remote('streamable-http', 'gamma')] }),
  anEntry({ name: 'io.other/gammaX1', packages: [npm, oci] }),
  anEntry({ name: 'io.other/test-tool', remotes: [remote('sse', 'tool'), remote('streamable-http', 'tool')] }),
];
const ALPHA = [`${A}@1.0.0`, `${A}@1.1.0`, `${A}@2.0.0`, `${A}@2.0.0-rc.1`];
const [BETA, GAMMA_, GAMMAX, TOOL] = [
  'com.acme.labs/Beta@1.0.0',
  'io.other/gamma_1@1.0.0',
  'io.other/gammaX1@1.0.0',
  'io.other/test-tool@1.0.0',
] as const;
const ALL = [BETA, ...ALPHA, GAMMA_, GAMMAX, TOOL].sort();

describe('A mirror takes', () => {
  let mirrors: MirrorWorld;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    await mirrors.startWorker();
  });
  beforeEach(async () => {
    await mirrors.reset();
    await mirrors.upstream.load(LISTED);
  });
  afterAll(() => mirrors.close());

  const keys = (versions: readonly Shown[]) => versions.map(keyOf).sort();
  const shownBy = async (mirror: Mirrored) => keys(await mirrors.shown(mirror));
  const change = async ({ organization, path }: Mirrored, body: MirrorSettings) => {
    const answer = await mirrors.world.call('PATCH', path, { token: organization.admin, body });
    if (answer.status !== 200) throw new Error(answer.text);
  };
  const becomes = (mirror: Mirrored, expected: readonly string[]) =>
    until(`it shows ${expected.length} versions`, async () => {
      const shown = await shownBy(mirror);
      return shown.length === expected.length && shown.every((key) => expected.includes(key));
    });

  const FILTERS: readonly (readonly [MirrorSettings, readonly string[]])[] = [
    [{}, ALL],
    [{ include: ['com.acme/*'] }, ALPHA],
    [{ include: ['COM.ACME*'] }, [...ALPHA, BETA]],
    [{ include: ['com.acme*', '*/test-*'], exclude: ['*.labs/*'] }, [...ALPHA, TOOL]],
    [{ include: ['io.other/gamma_1'] }, [GAMMA_]],
    [{ include: ['io.other/gamma?1'] }, [GAMMA_, GAMMAX]],
    [{ include: ['io.other/gamma%'] }, []],
    [{ exclude: ['*'] }, []],
    [{ registry_types: ['npm'] }, [...ALPHA, GAMMAX]],
    [{ registry_types: ['oci', 'pypi'] }, [BETA, GAMMAX]],
    [{ transports: ['sse'] }, [BETA, TOOL]],
    [{ transports: ['stdio'], registry_types: ['oci'], exclude: ['io.*'] }, [BETA]],
    [{ latest_only: true }, [`${A}@2.0.0-rc.1`, BETA, GAMMA_, GAMMAX, TOOL]],
    [{ statuses: ['active'] }, ALL.filter((key) => ![`${A}@1.1.0`, `${A}@2.0.0`].includes(key))],
    [{ statuses: ['deprecated', 'deleted'] }, [`${A}@1.1.0`, `${A}@2.0.0`]],
    [{ statuses: ['active', 'deprecated'], latest_only: true, include: ['com.acme/*'] }, [`${A}@2.0.0-rc.1`]],
  ];

  it('what fits its filters, and of another organization what fits those', async () => {
    const { world } = mirrors;
    const upstreamId = await mirrors.anUpstream(world.acme);
    const all: (readonly [Mirrored, readonly string[]])[] = [];
    const whole = await mirrors.aMirror(world.globex);
    for (const [settings, expected] of FILTERS)
      all.push([await mirrors.aMirror(world.acme, { upstreamId, ...settings }), expected]);
    for (const [mirror, expected] of all) {
      const run = await mirrors.run(mirror);
      expect({
        settings: FILTERS[all.findIndex(([one]) => one === mirror)]?.[0],
        shown: await shownBy(mirror),
      }).toEqual({
        settings: expect.any(Object) as object,
        shown: [...expected].sort(),
      });
      expect(run).toMatchObject({ state: 'succeeded', counts: { conflicts: 0, quarantined: 0, tombstoned: 0 } });
      await mirrors.settled();
    }
    expect(await shownBy(whole)).toEqual(ALL);
  });

  it('one latest version of what it shows', async () => {
    const mirror = await mirrors.aMirror(mirrors.world.acme, { statuses: ['deprecated'], include: ['com.acme/*'] });
    await mirrors.run(mirror);
    const [only] = await mirrors.shown(mirror);
    expect(officialOf(only)).toMatchObject({ status: 'deprecated', isLatest: true });
  });

  it('no more what fits no more, and what fits again, without asking its upstream for all of it', async () => {
    const { upstream, world } = mirrors;
    const [mirror, foreign] = [await mirrors.aMirror(world.acme), await mirrors.aMirror(world.globex)];
    await mirrors.run(mirror);
    await mirrors.settled();
    await upstream.clearRequests();
    await change(mirror, { include: ['com.acme/*'] });
    await becomes(mirror, ALPHA);
    await change(mirror, { include: [], exclude: ['com.acme/*'], registry_types: ['oci'] });
    await becomes(mirror, [BETA, GAMMAX]);
    await change(mirror, { exclude: [], registry_types: [], statuses: ['active'] });
    await becomes(
      mirror,
      ALL.filter((key) => ![`${A}@1.1.0`, `${A}@2.0.0`].includes(key)),
    );
    await change(mirror, { statuses: ['active', 'deprecated', 'deleted'] });
    await becomes(mirror, ALL);
    await mirrors.settled();
    for (const { query } of await upstream.requests()) expect(query).toContain('updated_since=');
    expect(await shownBy(foreign)).toEqual(ALL);
  });

  it('each time the newest version only, where it is to', async () => {
    const { upstream, world } = mirrors;
    const mirror = await mirrors.aMirror(world.acme, { latest_only: true, include: ['com.acme/*'] });
    const foreign = await mirrors.aMirror(world.globex, { include: ['com.acme/*'] });
    await mirrors.run(mirror);
    expect(await shownBy(mirror)).toEqual([`${A}@2.0.0-rc.1`]);
    await upstream.publish({ name: A, version: '3.0.0', description: 'Three' });
    const run = await mirrors.run(mirror);
    expect(run).toMatchObject({ state: 'succeeded', counts: { new: 1, removed: 1, tombstoned: 0 } });
    expect(await shownBy(mirror)).toEqual([`${A}@3.0.0`]);
    await upstream.setStatus(A, '3.0.0', 'deleted');
    expect(await mirrors.run(mirror)).toMatchObject({ state: 'succeeded' });
    expect(await shownBy(mirror)).toEqual([`${A}@2.0.0-rc.1`]);
    await mirrors.settled();
    expect(await shownBy(foreign)).toEqual([...ALPHA, `${A}@3.0.0`]);
  });

  it('a status that leaves its statuses as a deletion', async () => {
    const { upstream, world } = mirrors;
    const settings = { statuses: ['active'], max_removed_percent: 100 };
    const mirror = await mirrors.aMirror(world.acme, settings);
    const foreign = await mirrors.aMirror(world.globex);
    await mirrors.run(mirror);
    await upstream.setStatus(A, '1.0.0', 'deprecated', 'Old');
    const run = await mirrors.run(mirror);
    expect(run).toMatchObject({ state: 'succeeded', counts: { tombstoned: 1 } });
    expect(await mirrors.items(mirror, run.id)).toMatchObject([
      { version: '1.0.0', action: 'tombstoned', reason: 'status' },
    ]);
    const statusIn = async (of: Mirrored) =>
      officialOf((await mirrors.shown(of)).find((one) => keyOf(one) === `${A}@1.0.0`)).status;
    expect(await statusIn(mirror)).toBe('deleted');
    await mirrors.settled();
    expect(await statusIn(foreign)).toBe('deprecated');
  });

  it('nothing in a dry run, which tells what it would', async () => {
    const { upstream, world } = mirrors;
    const [mirror, foreign] = [
      await mirrors.aMirror(world.acme, { max_removed_percent: 100 }),
      await mirrors.aMirror(world.globex, { max_removed_percent: 100 }),
    ];
    const first = await mirrors.run(mirror, { dry_run: true });
    expect(first).toMatchObject({ state: 'succeeded', dry_run: true, counts: { fetched: 8, new: 8 } });
    expect(
      (await mirrors.items(mirror, first.id)).map((one) => `${one.name}@${one.version} ${one.action}`).sort(),
    ).toEqual(ALL.map((key) => `${key} new`));
    expect(await shownBy(mirror)).toEqual([]);
    await mirrors.run(mirror);
    await mirrors.settled();
    await upstream.setStatus(A, '1.0.0', 'deprecated');
    await upstream.publish({ name: 'com.acme/delta', version: '1.0.0', description: 'Delta' });
    await upstream.remove('io.other/gamma_1', '1.0.0');
    const before = await mirrors.shown(mirror);
    const run = await mirrors.run(mirror, { dry_run: true, mode: 'full' });
    expect(run).toMatchObject({ state: 'succeeded', counts: { new: 1, changed: 1, tombstoned: 1, removed: 0 } });
    expect(await mirrors.shown(mirror)).toEqual(before);
    // What it has read is not lost, and waits for a run that does it.
    expect(await mirrors.run(mirror)).toMatchObject({
      state: 'succeeded',
      counts: { new: 1, changed: 1, tombstoned: 1 },
    });
    expect(await shownBy(mirror)).toHaveLength(9);
    await mirrors.settled();
    expect(await shownBy(foreign)).toHaveLength(9);
  });
});
