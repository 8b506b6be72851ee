import { aWorld, type World } from '../../support/world';
import { aMirror, anUpstream, aRun, runPathOf, TIME, type Mirror, type Run } from './support/mirrors';
import { RunDecision } from './support/run-decisions';

describe('cancel-mirror-run: POST /v0/registries/{registryIdentifier}/mirrors/{mirrorId}/runs/{runId}/cancel', () => {
  let world: World;
  let id: string;
  let sibling: string;
  let foreign: string;
  let mirror: Mirror;
  let other: Mirror;
  let foreignMirror: Mirror;
  let run: string;
  let foreignRun: string;

  const decision = new RunDecision('cancel', 'waiting', () => {
    return { world, id, sibling, foreign, mirror, other, foreignMirror, run, foreignRun };
  });
  const cancel = (runId = run, mirrorId = mirror.id, registry = id) => decision.ask({ runId, mirrorId, registry });
  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'tools');
    sibling = await world.aRegistry(world.acme, 'sibling');
    foreign = await world.aRegistry(world.globex, 'tools');
    mirror = await aMirror(world, world.acme, id, await anUpstream(world, world.acme, 'partner'));
    other = await aMirror(world, world.acme, id, await anUpstream(world, world.acme, 'other'));
    foreignMirror = await aMirror(world, world.globex, foreign, await anUpstream(world, world.globex, 'partner'));
    foreignRun = await aRun(world, foreignMirror.id, { state: 'waiting' });
  });

  beforeEach(async () => {
    await world.db.query('delete from mirror_run where org_id = $1', [world.acme.id]);
    run = await aRun(world, mirror.id);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('ends a run that waits at once', async () => {
      const answer = await cancel();
      expect(answer.status).toBe(200);
      expect(answer.json()).toMatchObject({
        id: run,
        state: 'cancelled',
        cancel_requested: true,
        finished_at: TIME,
        due_at: null,
      });
      const at = await world.call('GET', runPathOf(id, mirror.id, run), { token: world.acme.admin });
      expect(at.json()).toEqual(answer.json());
    });

    it('asks the worker of one that is under way to end it, as often as somebody likes', async () => {
      await world.db.query(`update mirror_run set state = 'running' where id = $1`, [run]);
      for (let times = 0; times < 2; times += 1) {
        const answer = await cancel();
        expect(answer.status).toBe(200);
        expect(answer.json()).toMatchObject({ state: 'running', cancel_requested: true, finished_at: null });
      }
    });

    it('ends one that is held', async () => {
      run = await aRun(world, other.id, { state: 'held', finished_at: '2026-01-01T00:00:00Z' });
      const ended = (await cancel(run, other.id)).json<Run>();
      expect(ended.state).toBe('cancelled');
      expect((ended.finished_at ?? '') > '2026-01-02').toBe(true);
    });

    it('lets another run be asked for', async () => {
      await cancel();
      const again = await world.call('POST', runPathOf(id, mirror.id), { token: world.acme.admin, body: {} });
      expect(again.status).toBe(202);
    });

    it('answers by the name of the registry and at the alias', async () => {
      expect((await cancel(run, mirror.id, 'tools')).status).toBe(200);
      run = await aRun(world, other.id, { state: 'waiting' });
      const alias = `/v0/mcp-registries/${id}/mirrors/${other.id}/runs/${run}/cancel`;
      expect((await world.call('POST', alias, { token: world.acme.admin })).status).toBe(200);
    });

    it('writes one audit row with the state before and after', async () => {
      await world.db.query('delete from audit_log');
      await cancel();
      expect(
        await world.db.query(
          'select action, target_id, parent_type, parent_id, registry_id, before, after from audit_log',
        ),
      ).toEqual([
        {
          action: 'mirror.run.cancel',
          target_id: run,
          parent_type: 'mirror',
          parent_id: mirror.id,
          registry_id: id,
          before: { state: 'waiting', cancel_requested: false },
          after: { state: 'cancelled', cancel_requested: true },
        },
      ]);
    });
  });

  describe('rejects bad input', () => {
    decision.refusesRunsThatAre(['succeeded', 'failed', 'cancelled', 'refused', 'superseded'], 'mirror_run_ended');
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
