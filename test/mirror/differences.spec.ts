import { TidySources } from '@portolan/mirror';
import { MirrorWorld, standings, type Mirrored, type Shown } from '../support/mirror-world';
import { randomOf } from '../support/random.mjs';
import type { UpstreamStatus } from '../support/upstream';
import { aServer, type Organization } from '../support/world';
import { aSmallUpstream, sends } from '../e2e/mirror/support/small-upstream';
import { anEntry, keyOf, OFFICIAL, officialOf, someEntries } from './support/entries';

const NAMES = ['com.example/one', 'com.example/two', 'io.other/three'];
const VERSIONS = ['1.0.0', '1.0.0+a', '1.0.0+b', '1.1.0-rc.1', '1.1.0', '1.10.0', '2.0.0', 'nightly', '2025.01'];
const ROUNDS = 8;
const HERE = ['active', 'deprecated', 'deleted'];

/** All that a client sees but what says when it was changed, and by which run. */
const seen = (versions: readonly Shown[]) =>
  versions.map(({ server, _meta }) => {
    const { status, statusMessage, publishedAt, isLatest } = _meta[OFFICIAL];
    return { server, status, statusMessage, publishedAt, isLatest };
  });

describe('A difference', () => {
  let mirrors: MirrorWorld;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    await mirrors.startWorker();
  });
  beforeEach(() => mirrors.reset());
  afterAll(() => mirrors.close());

  const runsOf = ({ id }: Mirrored) =>
    mirrors.world.db.query<{ applied_mode: string; state: string; counts: Record<string, number> }>(
      'select applied_mode, state, counts from mirror_run where mirror_id = $1 order by requested_at, id',
      [id],
    );
  /** Registries whose counts are not what they hold. */
  const miscounted = () =>
    mirrors.world.db.query(
      `select r.name, r.version_count, r.server_count, count(v.name) as versions, count(distinct v.name) as servers
       from registry r left join server_version v on v.registry_id = r.id
       group by r.id having (r.version_count, r.server_count) <> (count(v.name), count(distinct v.name))`,
    );
  /** Of a version, or of the whole server. */
  const setHere = async (organization: Organization, registry: string, [name, version, status]: readonly string[]) => {
    const which = version === '' ? '' : `/versions/${version}`;
    const path = `/registries/${registry}/v0.1/servers/${encodeURIComponent(name ?? '')}${which}/status`;
    return (await mirrors.world.call('PATCH', path, { token: organization.admin, body: { status } })).status;
  };

  it.each([
    [1, {}],
    [2, {}],
    [3, { latest_only: true }],
    [4, { statuses: ['active'] }],
  ])('leads where a look at everything leads, whatever happens (%i: %j)', async (seed, rules) => {
    const { upstream, world } = mirrors;
    const random = randomOf(seed);
    const states = new Map<string, UpstreamStatus>();
    const add = async (name: string, version: string) => {
      states.set(`${name}@${version}`, 'active');
      await upstream.publish(aServer({ name, version }));
    };
    await upstream.load(NAMES.map((name) => anEntry({ name, version: '0.1.0' })));
    const [follower, comparer] = await Promise.all(
      [world.acme, world.globex].map((one) => mirrors.aMirror(one, { ...rules, max_removed_percent: 100 })),
    );
    if (!follower || !comparer) throw new Error('there are two');
    await mirrors.run(comparer);
    await mirrors.settled();

    const happens = async () => {
      const [name, version] = [random.of(NAMES), random.of(VERSIONS)];
      const key = `${name}@${version}`;
      const state = states.get(key);
      if (state === undefined) return add(name, version);
      // What is deleted comes back to nobody without being asked, so it stays.
      if (state === 'deleted') return;
      const next = random.below(8);
      if (next === 0) {
        states.set(key, 'deleted');
        await upstream.remove(name, version);
      } else if (next < 3) {
        // Spoiled, or as it was.
        const entry = (await upstream.entries()).find((one) => keyOf(one) === key);
        const isSpoiled = String(entry?.server['description']).length > 100;
        await upstream.replaceContent(name, version, aServer(isSpoiled ? {} : { description: 'x'.repeat(101) }));
      } else {
        const status = random.of<UpstreamStatus>(['active', 'deprecated', 'deleted']);
        states.set(key, status);
        await upstream.setStatus(name, version, status);
      }
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let n = 0; n <= random.below(6); n += 1) await happens();
      const change = [random.of(NAMES), random.of(['', ...VERSIONS]), random.of(HERE)];
      const answers = [follower, comparer].map((one) => setHere(one.organization, one.registry, change));
      expect(new Set(await Promise.all(answers)).size).toBe(1);
      // Whoever does not know what he shows compares everything.
      await world.db.query('update mirror set applied_crawl = null where id = $1', [comparer.id]);
      await mirrors.run(comparer, { mode: random.below(3) === 0 ? 'full' : 'incremental' });
      await mirrors.settled();
      const [mine, theirs] = await Promise.all([follower, comparer].map((one) => mirrors.shown(one)));
      expect(seen(mine ?? [])).toEqual(seen(theirs ?? []));
      expect(await miscounted()).toEqual([]);
    }
    const [mine, theirs] = [await runsOf(follower), await runsOf(comparer)];
    expect(new Set(mine.slice(1).map((run) => `${run.applied_mode} ${run.state}`))).toEqual(
      new Set(['incremental succeeded']),
    );
    expect(theirs.filter((run) => run.applied_mode === 'full').length).toBeGreaterThan(ROUNDS);
    expect(mine.length).toBeGreaterThan(ROUNDS / 2);
  });

  it('looks at what has changed and at the latest version, however many others there are', async () => {
    const { upstream, world } = mirrors;
    const name = 'com.example/many';
    const versions = Array.from({ length: 30 }, (_, minor) => `1.${minor}.0`);
    await upstream.load(versions.map((version) => anEntry({ name, version }, { isLatest: version === '1.29.0' })));
    const [mirror, foreign] = [await mirrors.aMirror(world.acme), await mirrors.aMirror(world.globex)];
    await mirrors.run(mirror);
    await upstream.setStatus(name, '1.3.0', 'deprecated');
    expect((await mirrors.run(mirror)).counts).toMatchObject({ changed: 1, unchanged: 1 });
    await upstream.publish(aServer({ name, version: '1.30.0' }));
    expect((await mirrors.run(mirror)).counts).toMatchObject({ new: 1, unchanged: 1 });
    // The next one may be any of them.
    await upstream.setStatus(name, '1.30.0', 'deleted');
    expect((await mirrors.run(mirror)).counts).toMatchObject({ tombstoned: 1, unchanged: 30 });
    await mirrors.settled();
    for (const one of [mirror, foreign])
      expect((await mirrors.shown(one)).filter((version) => officialOf(version).isLatest).map(keyOf)).toEqual([
        `${name}@1.29.0`,
      ]);
  });

  it('goes by all versions where they are deleted, and the upstream knows the latest no more', async () => {
    const { upstream, world } = mirrors;
    const name = 'com.example/gone';
    const versions = ['0.1.0', '1.0.0'].map((version) => anEntry({ name, version }, { status: 'deleted' }));
    await upstream.load([...versions, anEntry({ name, version: '2.0.0' }), anEntry()]);
    const [mirror, foreign] = [await mirrors.aMirror(world.acme), await mirrors.aMirror(world.globex)];
    await world.db.query('update mirror set max_removed_percent = 100');
    await mirrors.run(mirror);
    await upstream.remove(name, '2.0.0');
    expect((await mirrors.run(mirror, { mode: 'full' })).counts).toMatchObject({ tombstoned: 1 });
    await upstream.setStatus('com.example/weather', '1.0.0', 'deprecated');
    await mirrors.run(mirror);
    await mirrors.settled();
    const tidied = async () => {
      await world.app.get(TidySources, { strict: false }).execute(() => false);
      return (await world.db.query('select from source_version where missing')).length;
    };
    // However many crawls there are in a day: some mirror may have compared everything before it went missing.
    await world.db.query(
      `insert into source_crawl (org_id, source_id, number, mode, state, started_at)
       select org_id, id, head + i, 'incremental', 'finished', now() from source, generate_series(1, 150) i`,
    );
    await world.db.query('update source set head = head + 150');
    expect([await tidied(), await tidied()]).toEqual([1, 1]);
    await world.db.query(`update source_crawl set started_at = now() - interval '3 days'`);
    expect(await tidied()).toBe(0);
    await upstream.setStatus(name, '0.1.0', 'deleted', 'Too old');
    await world.db.query('update mirror set applied_crawl = null where id = $1', [foreign.id]);
    expect(await mirrors.run(mirror)).toMatchObject({ applied_mode: 'incremental', counts: { changed: 1 } });
    await mirrors.settled();
    for (const one of [mirror, foreign])
      expect(standings(await mirrors.shown(one))).toEqual([
        `${name}@0.1.0 deleted`,
        `${name}@1.0.0 deleted latest`,
        `${name}@2.0.0 deleted`,
        'com.example/weather@1.0.0 deprecated latest',
      ]);
  });

  it('takes a whole server away whose namespace is reserved, though only a version of it has changed', async () => {
    const { upstream, world } = mirrors;
    const name = 'com.partner/tool';
    await upstream.load([anEntry({ name, version: '1.0.0' }), anEntry({ name, version: '2.0.0' }), anEntry()]);
    const [mirror, foreign] = [await mirrors.aMirror(world.acme), await mirrors.aMirror(world.globex)];
    await mirrors.run(mirror);
    await mirrors.settled();
    // A moment ago, between the steps of the run: neither that nor the worker sees to it.
    await world.db.query('update mirror set reserved_up_to = 1000000 where id = $1', [mirror.id]);
    await world.db.query(
      `insert into reserved_namespace (org_id, id, namespace, is_enforced)
       values ($1, gen_random_uuid(), 'com.partner', true)`,
      [world.acme.id],
    );
    await upstream.publish(aServer({ name, version: '1.5.0' }));
    expect(await mirrors.run(mirror)).toMatchObject({ applied_mode: 'full', counts: { removed: 2, conflicts: 1 } });
    await mirrors.settled();
    expect((await mirrors.shown(mirror)).map(keyOf)).toEqual(['com.example/weather@1.0.0']);
    expect((await mirrors.shown(foreign)).map(keyOf)).toHaveLength(4);
    expect(await miscounted()).toEqual([]);
  });

  it('compares everything after the release of what was read days ago', async () => {
    const { upstream, world } = mirrors;
    await upstream.load(someEntries(3));
    const [mirror, foreign] = [await mirrors.aMirror(world.acme), await mirrors.aMirror(world.globex)];
    await mirrors.run(mirror);
    await mirrors.settled();
    await upstream.replaceContent('com.example/s-001', '1.0.0', aServer({ description: 'Another' }));
    const held = await mirrors.run(mirror);
    expect(held.state).toBe('held');
    await mirrors.settled();
    await world.db.query(`update mirror set compared_at = now() - interval '3 days'`);
    await world.db.query(`update source_crawl set started_at = now() - interval '3 days'`);
    // What is read since is not his, or it would be what he is asked about.
    await world.db.query('update mirror set enabled = false where id = $1', [mirror.id]);
    await upstream.publish(aServer({ name: 'com.example/new' }));
    expect((await mirrors.run(foreign)).state).toBe('held');
    await mirrors.settled();
    await world.db.query('update mirror set enabled = true where id = $1', [mirror.id]);
    await mirrors.decide(mirror, held.id, 'release');
    expect(await mirrors.ended(mirror, held.id)).toMatchObject({ state: 'succeeded', applied_mode: 'full' });
    await mirrors.settled();
    const [next] = (await runsOf(mirror)).slice(-1);
    expect(next).toMatchObject({ applied_mode: 'full', state: 'succeeded', counts: { new: 1 } });
    expect((await mirrors.shown(mirror)).map(keyOf)).toContain('com.example/new@1.0.0');
    expect(await mirrors.shown(foreign)).toHaveLength(3);
  });

  describe('in versions that are not semantic', () => {
    const latest = async (mirror: Mirrored) =>
      (await mirrors.shown(mirror)).filter((one) => officialOf(one).isLatest).map(keyOf);

    it('makes the newest the latest where the upstream tells no times', async () => {
      const { world } = mirrors;
      const silent = await aSmallUpstream();
      try {
        const upstreamId = await mirrors.anUpstream(world.acme, { url: silent.url });
        const mirror = await mirrors.aMirror(world.acme, { upstreamId });
        const foreign = await mirrors.aMirror(world.globex);
        for (const count of [1, 2, 3]) {
          const servers = ['spring', 'summer', 'autumn']
            .slice(0, count)
            .map((version) => ({ server: aServer({ version }) }));
          silent.answerWith(sends({ servers, metadata: { count } }));
          expect(await mirrors.run(mirror)).toMatchObject({ state: 'succeeded', counts: { new: 1 } });
          expect(await latest(mirror)).toEqual([keyOf(servers[count - 1] ?? anEntry())]);
        }
        expect(await mirrors.shown(foreign)).toEqual([]);
      } finally {
        await silent.close();
      }
    });

    it.each(['active', 'deleted'] as const)(
      'goes by the time of what is shown, whatever a spoiled entry says (%s)',
      async (status) => {
        const { upstream, world } = mirrors;
        const [march, april, may] = [3, 4, 5].map((month) => `2025-0${month}-01T00:00:00Z`);
        const [old, young] = ['old', 'young'].map(
          (version) =>
            (more: object, publishedAt = '') =>
              anEntry({ version, ...more }, { status, publishedAt, updatedAt: publishedAt }),
        );
        if (!old || !young) throw new Error('there are two');
        await upstream.load([old({}, march), young({}, april)]);
        const [mirror, foreign] = [await mirrors.aMirror(world.acme), await mirrors.aMirror(world.globex)];
        await mirrors.run(mirror);
        await upstream.load([old({ description: 'x'.repeat(101) }, may), young({}, april)]);
        expect(await mirrors.run(mirror)).toMatchObject({ state: 'succeeded', counts: { fetched: 1, changed: 0 } });
        await mirrors.settled();
        for (const one of [mirror, foreign]) expect(await latest(one)).toEqual(['com.example/weather@young']);
      },
    );
  });
});
