import { aWorld, type World } from '../../support/world';
import { aMirror, anUpstream, aRun, MISSING, TIME, type Mirror, type Run } from './support/mirrors';
import { RunDecision } from './support/run-decisions';

const REASONS = [{ guard: 'removed_percent', detail: '40 of 100 versions would go' }];

describe('refuse-mirror-run: POST /v0/registries/{registryIdentifier}/mirrors/{mirrorId}/runs/{runId}/refuse', () => {
  let world: World;
  let id: string;
  let sibling: string;
  let foreign: string;
  let upstream: string;
  let mirror: Mirror;
  let other: Mirror;
  let foreignMirror: Mirror;
  let source: string;
  let run: string;
  let foreignRun: string;

  const decision = new RunDecision('refuse', 'held', () => {
    return { world, id, sibling, foreign, mirror, other, foreignMirror, run, foreignRun };
  });
  const refuse = (runId = run, mirrorId = mirror.id, registry = id) => decision.ask({ runId, mirrorId, registry });
  const stateOf = (runId?: string) => decision.stateOf(runId);
  const sourceOf = async (upstreamId: string) =>
    (await world.db.query<{ source_id: string }>('select source_id from upstream where id = $1', [upstreamId]))[0]
      ?.source_id ?? '';
  const refused = async (mirrorId = mirror.id) =>
    (await world.db.query<{ refused_crawl: string }>('select refused_crawl from mirror where id = $1', [mirrorId]))[0]
      ?.refused_crawl;

  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'tools');
    sibling = await world.aRegistry(world.acme, 'sibling');
    foreign = await world.aRegistry(world.globex, 'tools');
    upstream = await anUpstream(world, world.acme, 'partner');
    source = await sourceOf(upstream);
    mirror = await aMirror(world, world.acme, id, upstream);
    other = await aMirror(world, world.acme, id, await anUpstream(world, world.acme, 'other'));
    foreignMirror = await aMirror(world, world.globex, foreign, await anUpstream(world, world.globex, 'partner'));
    foreignRun = await aRun(world, foreignMirror.id, { state: 'held' });
  });

  beforeEach(async () => {
    await world.db.query('delete from mirror_run where org_id = $1', [world.acme.id]);
    run = await aRun(world, mirror.id, {
      state: 'held',
      finished_at: '2026-01-01T00:00:00Z',
      source_id: source,
      crawl_number: 5,
      reasons: JSON.stringify(REASONS),
    });
    await world.db.query('update mirror set refused_crawl = 2');
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the run, which has ended now', async () => {
      const answer = await refuse();
      expect(answer.status).toBe(200);
      expect(answer.json()).toMatchObject({ id: run, state: 'refused', finished_at: TIME, reasons: REASONS });
      expect(answer.json<Run>().finished_at).not.toBe('2026-01-01T00:00:00.000000Z');
    });

    it('keeps which crawl was refused, of this mirror only', async () => {
      await refuse();
      expect([await refused(), await refused(other.id), await refused(foreignMirror.id)]).toEqual(['5', '2', '2']);
    });

    it('keeps nothing of a crawl of a copy that the upstream has left', async () => {
      await world.db.query('update mirror_run set source_id = $2 where id = $1', [run, MISSING]);
      expect((await refuse()).status).toBe(200);
      expect(await refused()).toBe('2');
    });

    it('refuses while another run waits', async () => {
      const waiting = await aRun(world, mirror.id);
      expect((await refuse()).status).toBe(200);
      expect(await stateOf(waiting)).toBe('waiting');
    });

    it('answers by the name of the registry and at the alias', async () => {
      expect((await refuse(run, mirror.id, 'tools')).status).toBe(200);
      run = await aRun(world, other.id, { state: 'held' });
      const alias = `/v0/mcp-registries/${id}/mirrors/${other.id}/runs/${run}/refuse`;
      expect((await world.call('POST', alias, { token: world.acme.admin })).status).toBe(200);
    });

    it('writes one audit row with the state before and after', async () => {
      await world.db.query('delete from audit_log');
      await refuse();
      expect(
        await world.db.query(
          'select action, target_id, parent_type, parent_id, registry_id, before, after from audit_log',
        ),
      ).toEqual([
        {
          action: 'mirror.run.refuse',
          target_id: run,
          parent_type: 'mirror',
          parent_id: mirror.id,
          registry_id: id,
          before: { state: 'held', reasons: REASONS },
          after: { state: 'refused' },
        },
      ]);
    });
  });

  describe('rejects bad input', () => {
    decision.refusesRunsThatAre(
      ['waiting', 'running', 'succeeded', 'failed', 'cancelled', 'refused', 'superseded'],
      'mirror_run_not_held',
    );
    decision.refusesRunsThatAreElsewhere();
  });

  describe('requires sign-in', () => {
    decision.requiresSignIn();
  });

  describe('requires the permission', () => {
    decision.requiresThePermission();
  });

  describe('hides other organizations', () => {
    decision.hidesOtherOrganizations();
  });
});
