import { MirrorWorld, type Mirrored, type Run, type Shown } from '../support/mirror-world';
import type { UpstreamRow } from '../support/upstream';
import { anEntry, find, keyOf, OFFICIAL, officialOf, ORIGIN, someEntries } from './support/entries';

const MICROS = (time: string) => Date.parse(time) * 1_000 + Number((/\.\d{3}(\d{3})/.exec(time) ?? [])[1] ?? 0);

/** What an upstream says of a version besides its official block. */
function restOf(meta: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(meta).filter(([key]) => key !== OFFICIAL && key !== ORIGIN));
}

const ODD: readonly UpstreamRow[] = [
  anEntry(
    {
      name: 'com.example/keys',
      version: '1.0.0',
      title: 'Größe „x“ \u{1f9ed} \u2028',
      _meta: {
        'io.modelcontextprotocol.registry/publisher-provided': {
          '2': 'b',
          '1': ['a', null, 1.5e-7],
          in: [[], {}, false],
        },
      },
      packages: [
        {
          registryType: 'npm',
          identifier: '@example/keys',
          version: '1.0.0',
          transport: { type: 'stdio' },
          environmentVariables: [{ name: 'TOKEN', isSecret: true, default: '' }],
        },
      ],
      remotes: [{ type: 'streamable-http', url: 'https://keys.example.com/mcp' }],
    },
    { statusMessage: 'as new', statusChangedAt: '2025-10-02T00:00:00.5Z' },
    { 'com.example/scan': { score: 0.25, at: '2025-10-03' }, 'com.example/list': [1, 'two', null], flag: true },
  ),
  anEntry({ name: 'com.example/status', version: '1.0.0' }, { status: 'deprecated', statusMessage: 'Use "2" \\ soon' }),
  anEntry({ name: 'com.example/status', version: '2.0.0' }, { status: 'deleted', statusMessage: 'Withdrawn' }),
  anEntry(
    { name: 'com.example/micros' },
    { publishedAt: '2025-09-09T01:02:03.000001Z', updatedAt: '2025-09-09T01:02:04Z' },
  ),
  anEntry({ name: 'com.example/offset' }, { publishedAt: '2025-09-09T03:02:03.25+02:00' }),
  anEntry({ name: 'com.example/origin' }, {}, { [ORIGIN]: { upstream: 'somebody', run: 'else' }, kept: 1 }),
];

describe('A mirrored version', () => {
  let mirrors: MirrorWorld;
  const fixture: { mirror: Mirrored; upstreamName: string; run: Run; shown: Shown[] }[] = [];
  let listed: UpstreamRow[];

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    const { upstream, world } = mirrors;
    await upstream.generate({ versions: 200, seed: 2 });
    await upstream.load([...(await upstream.entries()), ...ODD]);
    listed = await upstream.entries();
    await mirrors.startWorker();
    for (const organization of [world.acme, world.globex]) {
      const upstreamId = await mirrors.anUpstream(organization, { name: `of-${organization.name}` });
      const mirror = await mirrors.aMirror(organization, { upstreamId });
      const run = await mirrors.run(mirror);
      fixture.push({ mirror, upstreamName: `of-${organization.name}`, run, shown: await mirrors.shown(mirror) });
    }
  });

  afterAll(() => mirrors.close());

  it('has the document of its upstream, and all that one says of it', async () => {
    for (const { run, shown, mirror } of fixture) {
      expect(run).toMatchObject({ state: 'succeeded', error: null });
      const items = await mirrors.items(mirror, run.id);
      const quarantined = new Set(
        items.filter(({ action }) => action === 'quarantined').map((one) => `${one.name}@${one.version}`),
      );
      expect(quarantined.size).toBe(run.counts['quarantined']);
      const expected = listed.filter((entry) => !quarantined.has(keyOf(entry)));
      expect(expected.length).toBeGreaterThan(150);
      expect(shown.map(keyOf)).toEqual(expected.map(keyOf));
      expect(shown.map(({ server }) => server)).toEqual(expected.map(({ server }) => server));
      expect(shown.map(({ _meta }) => restOf(_meta))).toEqual(expected.map(({ _meta }) => restOf(_meta)));
      for (const key of ['com.example/keys@1.0.0', 'com.example/status@2.0.0'])
        expect(JSON.stringify(find(shown, key).server)).toBe(
          JSON.stringify(listed.find((entry) => keyOf(entry) === key)?.server),
        );
    }
  });

  it('has the times and the status of its upstream, and the time of its own update', () => {
    for (const { run, shown } of fixture)
      for (const version of shown) {
        const theirs = listed.find((entry) => keyOf(entry) === keyOf(version))?._meta?.[OFFICIAL];
        const ours = officialOf(version);
        if (theirs === undefined) throw new Error('each of these has a block');
        expect([ours.status, ours.statusMessage]).toEqual([theirs.status, theirs.statusMessage]);
        expect(MICROS(ours.publishedAt)).toBe(MICROS(theirs.publishedAt));
        expect(Date.parse(ours.updatedAt)).toBeGreaterThanOrEqual(Date.parse(run.requested_at));
      }
  });

  it('tells its upstream, the time there and the run that brought it', () => {
    for (const { run, shown, upstreamName } of fixture)
      for (const version of shown) {
        const theirs = listed.find((entry) => keyOf(entry) === keyOf(version))?._meta?.[OFFICIAL];
        const { updatedAt, ...origin } = version._meta[ORIGIN] ?? { upstream: 'none', run: 'none' };
        expect(origin).toEqual({ upstream: upstreamName, run: run.id });
        expect(MICROS(updatedAt ?? '')).toBe(MICROS(theirs?.updatedAt ?? ''));
      }
    const [acme, globex] = fixture;
    expect(acme?.run.id).not.toBe(globex?.run.id);
  });

  it('reads the same alone, among its versions and in a search', async () => {
    for (const { mirror, shown } of fixture) {
      const path = `/registries/${mirror.registry}/v0.1/servers`;
      const token = mirror.organization.admin;
      const version = find(shown, 'com.example/keys@1.0.0');
      const name = encodeURIComponent('com.example/keys');
      const read = async (rest: string) => (await mirrors.world.call('GET', `${path}${rest}`, { token })).json();
      expect(await read(`/${name}/versions/1.0.0`)).toEqual(version);
      expect(await read(`/${name}/versions/latest`)).toEqual(version);
      expect(await read(`/${name}/versions`)).toMatchObject({ servers: [version] });
      expect(await read('?search=com.example/keys')).toMatchObject({ servers: [version] });
    }
  });
});

describe('What an upstream lists', () => {
  let mirrors: MirrorWorld;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    await mirrors.startWorker();
  });
  beforeEach(() => mirrors.reset());
  afterAll(() => mirrors.close());

  it('comes through gzip as it is', async () => {
    const { upstream, world } = mirrors;
    await upstream.load(ODD);
    await upstream.fault('gzip');
    const shown = await Promise.all(
      [world.acme, world.globex].map(async (organization) => {
        const mirror = await mirrors.aMirror(organization);
        await mirrors.run(mirror);
        return mirrors.shown(mirror);
      }),
    );
    for (const versions of shown)
      expect(versions.map(({ server }) => server)).toEqual((await upstream.entries()).map(({ server }) => server));
  });

  it('may say nothing of its versions but what they are', async () => {
    const { upstream, world } = mirrors;
    const bare = someEntries(12).map(({ server }) => ({ server }));
    await upstream.load(bare);
    const mirror = await mirrors.aMirror(world.acme);
    const run = await mirrors.run(mirror);
    const shown = await mirrors.shown(mirror);
    expect(shown.map(({ server }) => server)).toEqual(bare.map(({ server }) => server));
    for (const version of shown) {
      expect(version._meta[ORIGIN]).toEqual({ upstream: expect.any(String) as string, run: run.id });
      expect(officialOf(version)).toMatchObject({ status: 'active', isLatest: true });
    }
    // Without times there is no difference to ask for: what changed is found all the same.
    await upstream.load([...bare.slice(1), { server: { ...bare[0]?.server, version: '2.0.0' } }]);
    expect((await mirrors.run(mirror)).counts).toMatchObject({ fetched: 12, new: 1, tombstoned: 1, changed: 0 });
    const other = await mirrors.aMirror(world.globex);
    await mirrors.run(other);
    expect((await mirrors.shown(other)).map(keyOf)).toEqual(['com.example/s-000@2.0.0', ...bare.slice(1).map(keyOf)]);
  });

  it('brings along what changes beside a document', async () => {
    const { upstream, world } = mirrors;
    const scanned = (score: number, updatedAt: string) => anEntry({}, { updatedAt }, { 'com.example/scan': { score } });
    await upstream.load([scanned(1, '2025-10-01T00:00:00Z'), ...someEntries(1)]);
    const [mirror, other] = [await mirrors.aMirror(world.acme), await mirrors.aMirror(world.globex)];
    await mirrors.run(mirror);
    await mirrors.settled();
    await upstream.load([scanned(2, '2025-11-01T00:00:00Z'), ...someEntries(1)]);
    const run = await mirrors.run(mirror);
    expect(run.counts).toMatchObject({ new: 0, changed: 1 });
    expect(await mirrors.items(mirror, run.id)).toMatchObject([{ action: 'changed', reason: 'metadata' }]);
    await mirrors.settled();
    for (const one of [mirror, other])
      expect(find(await mirrors.shown(one), 'com.example/weather@1.0.0')._meta).toMatchObject({
        'com.example/scan': { score: 2 },
        [ORIGIN]: { updatedAt: '2025-11-01T00:00:00Z' },
      });
  });

  it('is kept from readers where no registry may hold it, and stops nothing', async () => {
    const { upstream, world } = mirrors;
    await upstream.load(someEntries(150));
    await upstream.fault('poison');
    const valid = someEntries(150).map(keyOf);
    for (const organization of [world.acme, world.globex]) {
      const mirror = await mirrors.aMirror(organization);
      const run = await mirrors.run(mirror);
      expect(run).toMatchObject({ state: 'succeeded', error: null });
      const items = await mirrors.items(mirror, run.id);
      const quarantined = items.filter(({ action }) => action === 'quarantined');
      expect(quarantined).toHaveLength(run.counts['quarantined'] ?? -1);
      expect(quarantined.length).toBeGreaterThan(20);
      for (const { reason, detail } of quarantined) {
        expect(reason).toBe('quarantined');
        expect(detail).toMatch(/\S/);
      }
      const shown = (await mirrors.shown(mirror)).map(keyOf);
      expect(shown).toEqual(expect.arrayContaining(valid));
      expect(quarantined.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['(no name)', '<script>/alert(1)', 'com.example.poison/nul-19']),
      );
      const faulty = new Set(quarantined.map(({ name }) => name));
      expect(shown.filter((key) => faulty.has(key.slice(0, key.lastIndexOf('@'))))).toEqual([]);
    }
  });

  it('stays as it was when its upstream makes something of it that no registry may hold', async () => {
    const { upstream, world } = mirrors;
    await upstream.load([anEntry(), ...someEntries(2)]);
    const [mirror, other] = [await mirrors.aMirror(world.acme), await mirrors.aMirror(world.globex)];
    await mirrors.run(mirror);
    await mirrors.settled();
    const before = await mirrors.shown(mirror);
    await upstream.replaceContent('com.example/weather', '1.0.0', { description: 7 });
    const run = await mirrors.run(mirror);
    expect(run).toMatchObject({ state: 'succeeded', counts: { quarantined: 1, changed: 0, tombstoned: 0 } });
    expect(await mirrors.items(mirror, run.id)).toMatchObject([
      {
        name: 'com.example/weather',
        version: '1.0.0',
        action: 'quarantined',
        detail: expect.stringMatching(/description/) as string,
      },
    ]);
    await mirrors.settled();
    expect(await mirrors.shown(mirror)).toEqual(before);
    expect((await mirrors.shown(other)).map(({ server }) => server)).toEqual(before.map(({ server }) => server));
  });
});
