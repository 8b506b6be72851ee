import { Client } from 'pg';
import { trailOf } from '../e2e/access/support/identity';
import { MirrorWorld, type Mirrored } from '../support/mirror-world';
import { until } from '../support/until';
import { aServer } from '../support/world';
import { anEntry, keyOf, someEntries } from './support/entries';

const PARTNER = ['com.partner/one@1.0.0', 'com.partner/one@2.0.0', 'COM.Partner.tools/two@1.0.0'];

describe('A reserved namespace', () => {
  let mirrors: MirrorWorld;
  let mirror: Mirrored;
  /** Of another organization, which reserves nothing. */
  let foreign: Mirrored;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    await mirrors.startWorker();
  });
  beforeEach(async () => {
    const { upstream, world } = mirrors;
    await mirrors.reset();
    await upstream.load([
      ...someEntries(20),
      ...PARTNER.map((key) => key.split('@')).map(([name, version]) => anEntry({ name, version })),
      anEntry({ name: 'com.partnership/three' }),
    ]);
    mirror = await mirrors.aMirror(world.acme);
    foreign = await mirrors.aMirror(world.globex);
    await followed();
  });
  afterEach(async () => {
    expect(await theirs(foreign)).toEqual(expect.arrayContaining(PARTNER));
    expect(
      await mirrors.world.db.query(
        `select r.id from registry r
         left join (select registry_id, count(*) as versions, count(distinct name) as servers
                    from server_version group by registry_id) v on v.registry_id = r.id
         where (r.version_count, r.server_count) is distinct from (coalesce(versions, 0), coalesce(servers, 0))`,
      ),
    ).toEqual([]);
  });
  afterAll(() => mirrors.close());

  const followed = async (expected: object = {}) => {
    const run = await mirrors.run(mirror);
    expect(run).toMatchObject({ state: 'succeeded', ...expected });
    await mirrors.settled();
    return run;
  };
  const ask = (method: string, path: string, body?: unknown) =>
    mirrors.world.call(method, path, { token: mirrors.world.acme.admin, ...(body === undefined ? {} : { body }) });
  const reserve = async (namespace = 'com.partner') => {
    const answer = await ask('POST', '/v0/reserved-namespaces', { namespace });
    expect(answer.status).toBe(201);
    return answer.json<{ id: string }>().id;
  };
  const free = async (id: string) => {
    expect((await ask('DELETE', `/v0/reserved-namespaces/${id}`)).status).toBe(204);
  };
  const theirs = async (of = mirror) =>
    (await mirrors.shown(of)).map(keyOf).filter((key) => /^com\.partner[./]/i.test(key));
  const gone = () => until('they are gone', async () => (await theirs()).length === 0);
  const back = () => until('they are back', async () => (await theirs()).length === PARTNER.length);
  /** What was read is too old for a run by schedule. */
  const isOld = () =>
    mirrors.world.db.query(`update source set head_started_at = head_started_at - interval '40 days'`);

  it('is never taken, in whatever case it is written', async () => {
    const { upstream } = mirrors;
    await reserve('Com.Example.Tools');
    await mirrors.settled();
    for (const name of [
      'com.example.tools/one',
      'COM.example.Tools/two',
      'com.example.tools.deep/one',
      'com.example.toolsmith/one',
    ])
      await upstream.publish(aServer({ name }));
    const run = await followed({ counts: { new: 1, conflicts: 3 } });
    expect(
      (await mirrors.items(mirror, run.id))
        .filter(({ action }) => action === 'conflict')
        .map(({ name, reason }) => [name, reason]),
    ).toEqual([
      ['COM.example.Tools/two', 'reserved_namespace'],
      ['com.example.tools.deep/one', 'reserved_namespace'],
      ['com.example.tools/one', 'reserved_namespace'],
    ]);
    const names = async (of: Mirrored) => (await mirrors.shown(of)).map(({ server }) => server.name);
    expect((await names(mirror)).filter((name) => /tools/i.test(name) && !/partner/i.test(name))).toEqual([
      'com.example.toolsmith/one',
    ]);
    expect((await names(foreign)).filter((name) => /tools/i.test(name) && !/partner/i.test(name))).toHaveLength(4);
  });

  it('goes where it was taken before, comes back when it is free, and can be published meanwhile', async () => {
    const { upstream, world } = mirrors;
    await upstream.clearRequests();
    const id = await reserve();
    await gone();
    expect((await mirrors.shown(mirror)).map(keyOf)).toContain('com.partnership/three@1.0.0');
    expect(await mirrors.shown(mirror)).toHaveLength(21);
    await world.publish(world.acme, mirror.registry, aServer({ name: 'com.partner/one', version: '0.1.0' }));
    await free(id);
    await until('the other one is back', async () => (await theirs()).length === 2);
    expect(await theirs()).toEqual(['COM.Partner.tools/two@1.0.0', 'com.partner/one@0.1.0']);
    expect(await upstream.requests()).toEqual([]);
  });

  it('goes from every registry of its organization, but for what is published there', async () => {
    const { world } = mirrors;
    const other = await mirrors.aMirror(world.acme, { include: ['com.partner/*'] });
    expect((await mirrors.run(other)).counts['new']).toBe(2);
    await world.aRegistry(world.acme, 'own');
    await world.publish(world.acme, 'own', aServer({ name: 'com.partner/one' }));
    const trail = await trailOf(world, world.acme, async () => {
      await reserve();
      await gone();
      await until('they are gone there', async () => (await mirrors.shown(other)).length === 0);
    });
    expect((await mirrors.shown({ organization: world.acme, registry: 'own' })).map(keyOf)).toEqual([
      'com.partner/one@1.0.0',
    ]);
    const row = (target: Mirrored, servers: readonly string[], after: object) => ({
      action: 'mirror.leave_reserved',
      result: 'success',
      reason: null,
      target_id: target.id,
      target_name: expect.stringMatching(/^upstream-/) as string,
      before: { servers },
      after,
    });
    expect(trail.slice(1)).toEqual([
      row(mirror, ['COM.Partner.tools/two', 'com.partner/one'], { version_count: 3, server_count: 2 }),
      row(other, ['com.partner/one'], { version_count: 2, server_count: 1 }),
    ]);
  });

  describe('goes at once', () => {
    it('where the mirror is disabled', async () => {
      expect((await ask('PATCH', mirror.path, { enabled: false })).status).toBe(200);
      await reserve();
      await gone();
      expect(await mirrors.shown(mirror)).toHaveLength(21);
    });

    it('where a run is held, which then takes nothing of it', async () => {
      const { upstream } = mirrors;
      await upstream.replaceContent('com.example/s-001', '1.0.0', aServer({ description: 'Another' }));
      await upstream.publish(aServer({ name: 'com.partner/one', version: '3.0.0' }));
      const held = await mirrors.run(mirror);
      expect(held).toMatchObject({ state: 'held', counts: { new: 1, changed: 1 } });
      await reserve();
      await gone();
      expect(await mirrors.get(mirror, held.id)).toMatchObject({ state: 'held' });
      await mirrors.decide(mirror, held.id, 'release');
      expect(await mirrors.ended(mirror, held.id)).toMatchObject({
        state: 'succeeded',
        counts: { new: 0, changed: 1 },
      });
      expect(await theirs()).toEqual([]);
    });

    it('where somebody waits for an upstream that is down', async () => {
      const { upstream, world } = mirrors;
      await isOld();
      await upstream.fault('status', { code: 503, retryAfter: 600 });
      const id = await mirrors.ask(mirror);
      await until('the run waits', async () => {
        const waiting = await world.db.query(
          `select from mirror_run where id = $1 and state = 'waiting' and due_at > now() + interval '1 minute'`,
          [id],
        );
        return waiting.length === 1;
      });
      await reserve();
      await gone();
      expect(await mirrors.get(mirror, id)).toMatchObject({ state: 'waiting' });
    });

    it('where a run still reads, which then takes nothing of it', async () => {
      const { upstream } = mirrors;
      await upstream.fault('pause_at_page', { page: 1 });
      const id = await mirrors.ask(mirror, { mode: 'full' });
      await until('it reads', async () => (await upstream.held()) === 1);
      await reserve();
      await gone();
      expect(await mirrors.get(mirror, id)).toMatchObject({ state: 'running' });
      await upstream.resume();
      expect(await mirrors.ended(mirror, id)).toMatchObject({
        state: 'succeeded',
        counts: { conflicts: 3, removed: 0 },
      });
      expect(await theirs()).toEqual([]);
    });
  });

  it.each([
    ['the mirror', 'select from mirror where id = $1 for no key update'],
    [
      'another mirror of the registry',
      `select pg_advisory_xact_lock(hashtextextended('portolan mirrors of ' || registry_id, 0)) from mirror where id = $1`,
    ],
  ])('goes after a run of %s that was planned before, and from other registries meanwhile', async (_whose, lock) => {
    const { world } = mirrors;
    const other = await mirrors.aMirror(world.acme);
    await mirrors.run(other);
    const run = new Client({ connectionString: world.db.superuserUrl });
    await run.connect();
    try {
      await run.query('begin');
      await run.query(lock, [mirror.id]);
      await run.query(
        `insert into server_version (org_id, registry_id, name, version, document_hash, status, status_changed_at,
                                     published_at, updated_at, is_latest, mirror_id, run_id, upstream_name)
         select org_id, registry_id, 'com.partner/late', version, document_hash, status, status_changed_at,
                published_at, updated_at, is_latest, mirror_id, run_id, upstream_name
         from server_version where mirror_id = $1 and name = 'com.example/s-000'`,
        [mirror.id],
      );
      await reserve();
      await until('they are gone there', async () => (await theirs(other)).length === 0);
      expect(await theirs()).toHaveLength(PARTNER.length);
      // Last, as runs do: this alone would hold off whoever takes something out.
      await run.query(
        `update registry set version_count = version_count + 1, server_count = server_count + 1
         where id = (select registry_id from mirror where id = $1)`,
        [mirror.id],
      );
      await run.query('commit');
    } finally {
      await run.end();
    }
    await mirrors.settled();
    expect(await theirs()).toEqual([]);
    expect(await mirrors.shown(mirror)).toHaveLength(21);
  });

  it('goes with its mirror, though what that has brought is kept', async () => {
    const { world } = mirrors;
    // A moment ago: the worker has not come to it yet.
    await world.db.query(
      `insert into reserved_namespace (org_id, id, namespace, is_enforced)
       values ($1, gen_random_uuid(), 'com.partner', true)`,
      [world.acme.id],
    );
    const trail = await trailOf(world, world.acme, async () => {
      expect((await ask('DELETE', `${mirror.path}?versions=keep`)).status).toBe(204);
    });
    expect(trail.map(({ action }) => action)).toEqual(['mirror.leave_reserved', 'mirror.delete']);
    expect(await theirs()).toEqual([]);
    expect(await mirrors.shown(mirror)).toHaveLength(21);
  });

  it('goes from one registry though it cannot leave another yet, and then from that', async () => {
    const { db } = mirrors.world;
    const other = await mirrors.aMirror(mirrors.world.acme);
    await mirrors.run(other);
    await db.query(`create function refuse() returns trigger language plpgsql as 'begin raise ''not yet''; end'`);
    await db.query(`create trigger refuse before delete on server_version for each row
                    when (old.mirror_id = '${mirror.id}') execute function refuse()`);
    try {
      await reserve();
      await until('they are gone there', async () => (await theirs(other)).length === 0);
      expect(await theirs()).toHaveLength(PARTNER.length);
    } finally {
      await db.query('drop trigger refuse on server_version');
      await db.query('drop function refuse()');
    }
    await gone();
  });

  it('goes when a worker is there again', async () => {
    await mirrors.stopWorker();
    await reserve();
    expect(await theirs()).toHaveLength(PARTNER.length);
    await mirrors.startWorker();
    await gone();
  });

  it('goes with a run that comes before the worker looks, whatever becomes of it', async () => {
    const { upstream, world } = mirrors;
    // The worker takes it for done.
    await world.db.query(
      `insert into reserved_namespace (org_id, id, namespace, is_enforced)
       values ($1, gen_random_uuid(), 'com.partner', true)`,
      [world.acme.id],
    );
    await upstream.replaceContent('com.example/s-001', '1.0.0', aServer({ description: 'Another' }));
    expect(await mirrors.run(mirror, { dry_run: true })).toMatchObject({ state: 'succeeded' });
    expect(await theirs()).toHaveLength(PARTNER.length);
    expect(await mirrors.run(mirror)).toMatchObject({ state: 'held' });
    expect(await theirs()).toEqual([]);
  });

  describe('that is free again', () => {
    let id: string;

    beforeEach(async () => {
      id = await reserve();
      await gone();
      await mirrors.settled();
    });

    it('comes back although the run that is under way comes to nothing', async () => {
      const { upstream } = mirrors;
      // Of a second page.
      for (const row of someEntries(100, 'com.more')) await upstream.publish(row.server);
      await followed();
      await isOld();
      await upstream.fault('pause_at_page', { page: 1 });
      const run = await mirrors.ask(mirror, { mode: 'full' });
      await until('it reads', async () => (await upstream.held()) === 1);
      await free(id);
      await until('it is to compare everything', async () => {
        const rows = await mirrors.world.db.query('select from mirror where id = $1 and applied_crawl is null', [
          mirror.id,
        ]);
        return rows.length === 1;
      });
      await upstream.fault('login_redirect');
      await upstream.resume();
      expect(await mirrors.ended(mirror, run)).toMatchObject({ state: 'failed', error: { code: 'redirected' } });
      await back();
    });

    it('comes back when a disabled mirror is enabled', async () => {
      const enable = async (enabled: boolean) => {
        expect((await ask('PATCH', mirror.path, { enabled })).status).toBe(200);
      };
      await enable(false);
      await free(id);
      await until('it is to compare everything', async () => {
        const rows = await mirrors.world.db.query(
          'select from mirror where id = $1 and applied_crawl is null and next_run_at is null',
          [mirror.id],
        );
        return rows.length === 1;
      });
      expect(await theirs()).toEqual([]);
      await enable(true);
      await back();
    });

    it('is looked for once where what was read cannot be applied', async () => {
      const { upstream, world } = mirrors;
      const quota = (versions: number | null) =>
        world.db.query('update organization set quotas = $1 where id = $2', [
          JSON.stringify(versions === null ? {} : { versions }),
          world.acme.id,
        ]);
      await quota(1);
      try {
        await upstream.publish(aServer({ name: 'com.other/new' }));
        expect(await mirrors.run(mirror)).toMatchObject({ state: 'failed', error: { code: 'quota_exceeded' } });
        await free(id);
        const policies = () =>
          world.db.query(`select state, error_code from mirror_run where mirror_id = $1 and trigger = 'policy'`, [
            mirror.id,
          ]);
        await until('it was looked for', async () => (await policies()).length > 0);
        await mirrors.settled();
        expect(await policies()).toEqual([{ state: 'failed', error_code: 'quota_exceeded' }]);
      } finally {
        await quota(null);
      }
    });
  });
});
