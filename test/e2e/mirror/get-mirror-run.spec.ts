import { aWorld, type World } from '../../support/world';
import { aCrawl, aMirror, anUpstream, aRun, MISSING, runPathOf, type Mirror, type Run } from './support/mirrors';

const READ = { pages: 12, bytes: 3_000_000_000, fetched: 345 };

describe('get-mirror-run: GET /v0/registries/{registryIdentifier}/mirrors/{mirrorId}/runs/{runId}', () => {
  let world: World;
  let id: string;
  let sibling: string;
  let foreign: string;
  let upstream: string;
  let mirror: Mirror;
  let other: Mirror;
  let foreignMirror: Mirror;
  let run: string;
  let foreignRun: string;

  const get = (runId = run, mirrorId = mirror.id, registry = id, token: string | null = world.acme.admin) =>
    world.call('GET', runPathOf(registry, mirrorId, runId), token === null ? {} : { token });

  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'tools');
    sibling = await world.aRegistry(world.acme, 'sibling');
    foreign = await world.aRegistry(world.globex, 'tools');
    upstream = await anUpstream(world, world.acme, 'partner');
    mirror = await aMirror(world, world.acme, id, upstream);
    other = await aMirror(world, world.acme, id, await anUpstream(world, world.acme, 'other'));
    foreignMirror = await aMirror(world, world.globex, foreign, await anUpstream(world, world.globex, 'partner'));
    foreignRun = await aRun(world, foreignMirror.id);
  });

  beforeEach(async () => {
    await world.db.query('delete from mirror_run where org_id = $1', [world.acme.id]);
    await world.db.query('delete from source_crawl');
    run = await aRun(world, mirror.id);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with a run that has ended, and all that it counted', async () => {
      run = await aRun(world, mirror.id, {
        state: 'held',
        applied_mode: 'full',
        started_at: '2026-01-01T00:00:01Z',
        finished_at: '2026-01-01T00:00:09.5Z',
        attempts: 2,
        counts: JSON.stringify({ new: 1, changed: 2, unchanged: 3, tombstoned: 4, removed: 5, conflicts: 6 }),
        ...READ,
        upstream_status: 200,
        reading_ms: 8_000,
        applying_ms: 500,
        reasons: JSON.stringify([{ guard: 'max_removed_percent', detail: '40 of 100 versions would go' }]),
        items_truncated: true,
      });
      const answer = await get();
      expect(answer.status).toBe(200);
      expect(answer.json()).toMatchObject({
        id: run,
        mirror_id: mirror.id,
        state: 'held',
        mode: 'incremental',
        applied_mode: 'full',
        trigger: 'schedule',
        started_at: '2026-01-01T00:00:01.000000Z',
        finished_at: '2026-01-01T00:00:09.500000Z',
        due_at: null,
        attempts: 2,
        counts: {
          fetched: 345,
          new: 1,
          changed: 2,
          unchanged: 3,
          tombstoned: 4,
          removed: 5,
          quarantined: 0,
          filtered: 0,
          conflicts: 6,
        },
        pages: 12,
        bytes: 3_000_000_000,
        upstream_status: 200,
        reading_ms: 8_000,
        applying_ms: 500,
        reasons: [{ guard: 'max_removed_percent', detail: '40 of 100 versions would go' }],
        items_truncated: true,
        error: null,
      });
    });

    it('tells why a run failed', async () => {
      run = await aRun(world, mirror.id, { state: 'failed', error_code: 'unreachable', error_detail: 'No answer' });
      expect((await get()).json()).toMatchObject({ error: { code: 'unreachable', detail: 'No answer' } });
    });

    it.each(['running', 'waiting'])('tells of one that is %s how far its crawl has come', async (state) => {
      const source_id = await aCrawl(world, upstream, 5, READ);
      await world.db.query(
        `update mirror_run set state = $2, phase = 'reading', source_id = $3, crawl_number = 5 where id = $1`,
        [run, state, source_id],
      );
      const { counts, ...shown } = (await get()).json<Run>();
      expect({ ...shown, fetched: counts['fetched'] }).toMatchObject({ state, phase: 'reading', ...READ });
    });

    it.each([[`state = 'running', phase = 'applying'`], [`state = 'failed', phase = 'reading'`]])(
      'tells what the run itself has read where %s',
      async (columns) => {
        const source_id = await aCrawl(world, upstream, 5, READ);
        await world.db.query(
          `update mirror_run set ${columns}, source_id = $2, crawl_number = 5, pages = 2, fetched = 7 where id = $1`,
          [run, source_id],
        );
        expect((await get()).json()).toMatchObject({ pages: 2, bytes: 0, counts: { fetched: 7 } });
      },
    );

    it('reads a crawl of the own organization, and no foreign one that is not shared', async () => {
      const source_id = await aCrawl(world, upstream, 5, READ);
      await world.db.query(`update mirror_run set phase = 'reading', source_id = $2, crawl_number = 5 where id = $1`, [
        run,
        source_id,
      ]);
      const becomes = (orgId: string) =>
        world.db.query(
          `with copy as (update source set org_id = $1, upstream_id = $2 where id = $3)
           update source_crawl set org_id = $1 where source_id = $3`,
          [orgId, upstream, source_id],
        );
      await becomes(world.acme.id);
      expect((await get()).json()).toMatchObject({ pages: 12 });
      await becomes(world.globex.id);
      expect((await get()).json()).toMatchObject({ pages: 0 });
    });

    it('answers by the name of the registry and at the alias', async () => {
      for (const path of [
        runPathOf('tools', mirror.id, run),
        `/v0/mcp-registries/${id}/mirrors/${mirror.id}/runs/${run}`,
      ])
        expect((await world.call('GET', path, { token: world.acme.admin })).json()).toMatchObject({ id: run });
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 for a run of another mirror, a missing one and what is no id, alike', async () => {
      const missing = await get(MISSING);
      expect([missing.status, missing.json().type]).toEqual([404, 'urn:portolan:error:mirror_run_not_found']);
      for (const answer of [await get(run, other.id), await get('first')]) expect(answer.masked).toBe(missing.masked);
    });

    it('answers 404 for a mirror of another registry', async () => {
      const answer = await get(run, mirror.id, sibling);
      expect([answer.status, answer.json().type]).toEqual([404, 'urn:portolan:error:mirror_not_found']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, of whatever run', async () => {
      for (const one of [run, foreignRun, MISSING]) expect((await get(one, mirror.id, id, null)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it.each(['Admin', 'Publisher', 'Viewer'] as const)('answers %s of the registry 200', async (role) => {
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await get(run, mirror.id, id, token)).status).toBe(200);
    });

    it('answers 404 to who does not know the registry', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: sibling }]);
      expect((await get(run, mirror.id, id, token)).status).toBe(404);
    });
  });

  describe('hides other organizations', () => {
    it('answers a foreign run and a missing one alike, byte for byte', async () => {
      const hidden = await get(foreignRun);
      expect([hidden.status, hidden.masked]).toEqual([404, (await get(MISSING)).masked]);
    });

    it('answers a foreign mirror and a missing one alike, byte for byte', async () => {
      const hidden = await get(foreignRun, foreignMirror.id);
      expect([hidden.status, hidden.masked]).toEqual([404, (await get(foreignRun, MISSING)).masked]);
    });

    it('answers a foreign registry and a missing one alike, byte for byte', async () => {
      const hidden = await get(foreignRun, foreignMirror.id, foreign);
      expect([hidden.status, hidden.masked]).toEqual([404, (await get(foreignRun, foreignMirror.id, MISSING)).masked]);
    });
  });
});
