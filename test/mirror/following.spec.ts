import { MirrorWorld, standings, type Mirrored, type Run } from '../support/mirror-world';
import { until } from '../support/until';
import { aSmallUpstream, sends } from '../e2e/mirror/support/small-upstream';
import { anEntry, find, keyOf, officialOf, someEntries } from './support/entries';

describe('A mirror', () => {
  let mirrors: MirrorWorld;
  let mirror: Mirrored;
  let foreign: Mirrored;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    await mirrors.startWorker();
  });
  beforeEach(async () => {
    await mirrors.reset();
    mirror = await mirrors.aMirror(mirrors.world.acme);
    foreign = await mirrors.aMirror(mirrors.world.globex);
  });
  afterAll(() => mirrors.close());

  /** Of both organizations, when nobody does anything any more. */
  const shownByBoth = async () => {
    await mirrors.settled();
    return Promise.all([mirror, foreign].map((one) => mirrors.shown(one)));
  };
  const follow = async (settings: Readonly<Record<string, unknown>> = {}): Promise<Run> => {
    const run = await mirrors.run(mirror, settings);
    expect(run).toMatchObject({ state: 'succeeded', error: null });
    await mirrors.settled();
    await mirrors.upstream.clearRequests();
    return run;
  };
  const sinceOfRequests = async () =>
    (await mirrors.upstream.requests()).map(({ query }) => new URLSearchParams(query).get('updated_since'));
  const yesterday = () => mirrors.world.db.query(`update source set last_full_at = now() - interval '25 hours'`);

  it('shows all that its upstream lists, after one look of one of those who follow it', async () => {
    await mirrors.upstream.load([
      ...someEntries(250),
      anEntry({ version: '1.0.0' }, { isLatest: false }),
      anEntry({ version: '1.1.0' }, { status: 'deprecated' }),
    ]);
    const run = await follow();
    expect(run).toMatchObject({ applied_mode: 'full', counts: { fetched: 252, new: 252, quarantined: 0 } });
    const expected = (await mirrors.upstream.entries()).map(keyOf);
    for (const shown of await shownByBoth()) expect(shown.map(keyOf)).toEqual(expected);
  });

  it('asks at most twice and writes no version when nothing has changed', async () => {
    const { db } = mirrors.world;
    await mirrors.upstream.load(someEntries(250));
    await follow();
    const rows = () =>
      db.query(
        `select ctid, xmin, name, version from server_version
         where mirror_id in (select id from mirror) order by registry_id, name, version`,
      );
    const states = () => db.query(`select ctid, xmin, name from source_version order by name, version, from_crawl`);
    const revisions = () => db.query('select id, revision from registry order by id');
    const before = [await rows(), await states(), await revisions()];
    expect(before[0]).toHaveLength(500);
    const run = await mirrors.run(mirror);
    expect(run).toMatchObject({
      state: 'succeeded',
      applied_mode: 'incremental',
      counts: { fetched: 0, new: 0, changed: 0, tombstoned: 0, removed: 0 },
    });
    await mirrors.settled();
    expect((await mirrors.upstream.requests()).length).toBeLessThanOrEqual(2);
    expect([await rows(), await states(), await revisions()]).toEqual(before);
    // Nor does a look at everything write what is there already.
    expect((await mirrors.run(mirror, { mode: 'full' })).counts).toMatchObject({ fetched: 250, new: 0, changed: 0 });
    await mirrors.settled();
    expect([await rows(), await states(), await revisions()]).toEqual(before);
  });

  it('asks for what has changed since it looked, and takes that', async () => {
    const { upstream } = mirrors;
    await upstream.load(someEntries(250));
    await follow();
    await upstream.publish({ name: 'com.example/new', description: 'New', version: '1.0.0' });
    await upstream.setStatus('com.example/s-007', '1.0.0', 'deprecated', 'Old');
    await upstream.setStatus('com.example/s-008', '1.0.0', 'deleted', 'Gone');
    const run = await mirrors.run(mirror);
    expect(run).toMatchObject({
      state: 'succeeded',
      applied_mode: 'incremental',
      pages: 1,
      counts: { fetched: 3, new: 1, changed: 1, tombstoned: 1, removed: 0 },
    });
    for (const since of await sinceOfRequests()) expect(since).toBe('2025-10-01T12:00:00.123456Z');
    const items = (await mirrors.items(mirror, run.id)).map(({ name, action, reason }) => [name, action, reason]);
    expect(items.sort()).toEqual([
      ['com.example/new', 'new', 'listed'],
      ['com.example/s-007', 'changed', 'metadata'],
      ['com.example/s-008', 'tombstoned', 'deleted'],
    ]);
    for (const shown of await shownByBoth()) {
      expect(shown).toHaveLength(251);
      expect(officialOf(find(shown, 'com.example/s-007@1.0.0'))).toMatchObject({
        status: 'deprecated',
        statusMessage: 'Old',
      });
      expect(officialOf(find(shown, 'com.example/s-008@1.0.0'))).toMatchObject({
        status: 'deleted',
        statusMessage: 'Gone',
      });
    }
  });

  it('finds what its upstream commits late, with a time that has passed already', async () => {
    const { upstream } = mirrors;
    const [now, earlier] = [0, 5 * 60_000].map((ms) => new Date(Date.now() - ms).toISOString());
    await upstream.load([...someEntries(3), anEntry({ name: 'com.example/now' }, { updatedAt: now ?? '' })]);
    await follow();
    await upstream.publish(
      { name: 'com.example/late', description: 'Late', version: '1.0.0' },
      { publishedAt: earlier ?? '' },
    );
    expect(await mirrors.run(mirror)).toMatchObject({ applied_mode: 'incremental', counts: { new: 1, changed: 0 } });
    expect((await sinceOfRequests()).every((since) => since !== null)).toBe(true);
    for (const shown of await shownByBoth()) expect(shown.map(keyOf)).toContain('com.example/late@1.0.0');
  });

  it('works out itself which version is the latest', async () => {
    const { upstream } = mirrors;
    const says = (version: string, isLatest: boolean, publishedAt = '2025-10-01T00:00:00Z') =>
      anEntry({ version }, { isLatest, publishedAt });
    await upstream.load([says('1.9.0', true), says('1.10.0', false), says('1.10.0-rc.1', true), says('nightly', true)]);
    await follow();
    for (const shown of await shownByBoth())
      expect(standings(shown)).toEqual([
        'com.example/weather@1.10.0 active latest',
        'com.example/weather@1.10.0-rc.1 active',
        'com.example/weather@1.9.0 active',
        'com.example/weather@nightly active',
      ]);
    // Who loses the flag is not told of by the upstream.
    await upstream.publish({ name: 'com.example/weather', description: 'Two', version: '2.0.0' });
    const before = find(await mirrors.shown(mirror), 'com.example/weather@1.10.0');
    expect(await follow()).toMatchObject({ applied_mode: 'incremental', counts: { fetched: 1, new: 1 } });
    for (const shown of await shownByBoth())
      expect(shown.filter((one) => officialOf(one).isLatest).map(keyOf)).toEqual(['com.example/weather@2.0.0']);
    const after = find(await mirrors.shown(mirror), 'com.example/weather@1.10.0');
    expect(Date.parse(officialOf(after).updatedAt)).toBeGreaterThan(Date.parse(officialOf(before).updatedAt));
    await mirrors.world.db.query('update mirror set max_removed_percent = 100');
    await upstream.setStatus('com.example/weather', '2.0.0', 'deleted');
    await follow();
    for (const shown of await shownByBoth())
      expect(shown.filter((one) => officialOf(one).isLatest).map(keyOf)).toEqual(['com.example/weather@1.10.0']);
  });

  it('looks at everything once a day, and what is missing then becomes deleted', async () => {
    const { upstream, world } = mirrors;
    await upstream.load(someEntries(20));
    await follow();
    await upstream.remove('com.example/s-003', '1.0.0');
    expect(await follow()).toMatchObject({ applied_mode: 'incremental', counts: { fetched: 0, tombstoned: 0 } });
    await yesterday();
    const run = await mirrors.run(mirror);
    expect(run).toMatchObject({ state: 'succeeded', counts: { fetched: 19, new: 0, changed: 0, tombstoned: 1 } });
    expect(await sinceOfRequests()).toContain(null);
    expect(await mirrors.items(mirror, run.id)).toMatchObject([
      { name: 'com.example/s-003', version: '1.0.0', action: 'tombstoned', reason: 'missing' },
    ]);
    for (const shown of await shownByBoth()) {
      expect(shown.filter((one) => officialOf(one).status === 'deleted').map(keyOf)).toEqual([
        'com.example/s-003@1.0.0',
      ]);
      expect(shown).toHaveLength(20);
    }
    // Those who follow us incrementally hear of it, and others find it no more.
    const list = async (query: string) =>
      (
        await world.call('GET', `/registries/${mirror.registry}/v0.1/servers?${query}`, { token: world.acme.admin })
      ).json<{ servers: { server: { name: string } }[] }>();
    const news = await list(`updated_since=${encodeURIComponent(run.requested_at)}`);
    expect(news.servers.map(({ server }) => server.name)).toEqual(['com.example/s-003']);
    expect((await list('limit=100')).servers).toHaveLength(19);
  });

  it('looks at everything on request', async () => {
    const { upstream } = mirrors;
    await upstream.load(someEntries(20));
    await follow();
    await upstream.remove('com.example/s-011', '1.0.0');
    const run = await mirrors.run(mirror, { mode: 'full' });
    expect(run).toMatchObject({
      mode: 'full',
      applied_mode: 'full',
      counts: { fetched: 19, tombstoned: 1, unchanged: 19 },
    });
    for (const shown of await shownByBoth())
      expect(officialOf(find(shown, 'com.example/s-011@1.0.0')).status).toBe('deleted');
  });

  it('looks at everything after a cursor was refused on the way', async () => {
    const { upstream } = mirrors;
    await upstream.load(someEntries(300));
    await follow();
    await upstream.touch(250);
    await upstream.remove('com.example/s-299', '1.0.0');
    await upstream.fault('cursor_refused', { from_page: 3 });
    const id = await mirrors.ask(mirror);
    await until('the cursor was refused', async () => (await mirrors.get(mirror, id)).attempts > 0);
    expect((await mirrors.get(mirror, id)).error).toMatchObject({ code: 'cursor_refused' });
    await upstream.fault(null);
    await mirrors.hurry();
    expect(await mirrors.ended(mirror, id)).toMatchObject({
      state: 'succeeded',
      error: null,
      counts: { changed: 250, tombstoned: 1 },
    });
    const requests = await sinceOfRequests();
    expect([requests[0], requests.includes(null)]).toEqual([expect.any(String), true]);
    const expected = standings((await mirrors.shown(mirror)).filter((one) => keyOf(one) !== 'com.example/s-299@1.0.0'));
    expect(expected.filter((one) => one.includes('deprecated'))).toHaveLength(250);
    for (const shown of await shownByBoth())
      expect(standings(shown)).toEqual([...expected, 'com.example/s-299@1.0.0 deleted latest']);
  });

  it('takes along what changes behind its back while it reads', async () => {
    const { upstream } = mirrors;
    await upstream.load(someEntries(300));
    await upstream.fault('pause_at_page', { page: 3 });
    const id = await mirrors.ask(mirror);
    await until('it is at the third page', async () => (await upstream.held()) === 1);
    await upstream.publish({ name: 'com.example/a-first', description: 'New', version: '1.0.0' });
    await upstream.setStatus('com.example/s-001', '1.0.0', 'deprecated');
    await upstream.fault(null);
    await upstream.resume();
    expect(await mirrors.ended(mirror, id)).toMatchObject({ state: 'succeeded', counts: { new: 301 } });
    for (const shown of await shownByBoth()) {
      expect(shown).toHaveLength(301);
      expect(officialOf(find(shown, 'com.example/s-001@1.0.0')).status).toBe('deprecated');
    }
  });

  it('reads all of an upstream each time that does not tell what has changed', async () => {
    const { world } = mirrors;
    const deaf = await aSmallUpstream();
    try {
      const serve = (...entries: readonly unknown[]) => {
        deaf.answerWith(sends({ servers: entries, metadata: { count: entries.length } }));
      };
      const old = anEntry({ name: 'com.example/old' }, { updatedAt: '2025-09-01T00:00:00Z' });
      serve(old, ...someEntries(11));
      const followed = await mirrors.aMirror(world.acme, {
        upstreamId: await mirrors.anUpstream(world.acme, { url: deaf.url }),
      });
      expect(await mirrors.run(followed)).toMatchObject({ state: 'succeeded', counts: { new: 12 } });
      serve(old, ...someEntries(10), anEntry({ name: 'com.example/zebra' }));
      // What passes for a difference is all of it: it is read once more, as that.
      const run = await mirrors.run(followed);
      expect(run).toMatchObject({ state: 'succeeded', attempts: 1, error: null, counts: { new: 1, tombstoned: 1 } });
      serve(old, ...someEntries(10));
      const next = await mirrors.run(followed);
      expect(next).toMatchObject({ state: 'succeeded', attempts: 0, counts: { new: 0, tombstoned: 1 } });
      expect((await mirrors.shown(followed)).filter((one) => officialOf(one).status === 'deleted')).toHaveLength(2);
      expect(await mirrors.shown(foreign)).toEqual([]);
    } finally {
      await deaf.close();
    }
  });
});
