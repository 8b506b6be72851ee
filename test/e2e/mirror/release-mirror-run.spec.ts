import { aWorld, type World } from '../../support/world';
import { aMirror, anUpstream, aRun, TIME, type Mirror } from './support/mirrors';
import { RunDecision } from './support/run-decisions';

const REASONS = [{ guard: 'removed_percent', detail: '40 of 100 versions would go' }];

describe('release-mirror-run: POST /v0/registries/{registryIdentifier}/mirrors/{mirrorId}/runs/{runId}/release', () => {
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

  const decision = new RunDecision('release', 'held', () => {
    return { world, id, sibling, foreign, mirror, other, foreignMirror, run, foreignRun };
  });
  const release = (runId = run, mirrorId = mirror.id, registry = id) => decision.ask({ runId, mirrorId, registry });
  const stateOf = () => decision.stateOf();
  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'tools');
    sibling = await world.aRegistry(world.acme, 'sibling');
    foreign = await world.aRegistry(world.globex, 'tools');
    upstream = await anUpstream(world, world.acme, 'partner');
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
      crawl_number: 5,
      reasons: JSON.stringify(REASONS),
    });
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the run, which waits for a worker and keeps what it was judged by', async () => {
      const answer = await release();
      expect(answer.status).toBe(200);
      expect(answer.json()).toMatchObject({
        id: run,
        state: 'waiting',
        released: true,
        due_at: TIME,
        finished_at: null,
        reasons: REASONS,
      });
      expect(
        await world.db.query(
          'select crawl_number, due_at <= clock_timestamp() as is_due from mirror_run where id = $1',
          [run],
        ),
      ).toEqual([{ crawl_number: '5', is_due: true }]);
    });

    it('calls a worker', async () => {
      await world.db.query('delete from outbox');
      await release();
      expect(await world.db.query('select org_id, name, payload from outbox')).toEqual([
        { org_id: world.acme.id, name: 'mirror.run', payload: { run_id: run } },
      ]);
    });

    it('answers by the name of the registry and at the alias', async () => {
      expect((await release(run, mirror.id, 'tools')).status).toBe(200);
      run = await aRun(world, other.id, { state: 'held' });
      const alias = `/v0/mcp-registries/${id}/mirrors/${other.id}/runs/${run}/release`;
      expect((await world.call('POST', alias, { token: world.acme.admin })).status).toBe(200);
    });

    it('writes one audit row with the state before and after', async () => {
      await world.db.query('delete from audit_log');
      await release();
      expect(
        await world.db.query(
          'select action, target_id, parent_type, parent_id, registry_id, before, after from audit_log',
        ),
      ).toEqual([
        {
          action: 'mirror.run.release',
          target_id: run,
          parent_type: 'mirror',
          parent_id: mirror.id,
          registry_id: id,
          before: { state: 'held', reasons: REASONS },
          after: { state: 'waiting' },
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

    it.each(['waiting', 'running'])('answers 409 while another run of the mirror is %s', async (state) => {
      await aRun(world, mirror.id, { state });
      const answer = await release();
      expect([answer.status, answer.json().type]).toEqual([409, 'urn:portolan:error:mirror_run_active']);
      expect(await stateOf()).toBe('held');
    });

    it.each([
      ['mirror', 'mirror_disabled'],
      ['upstream', 'upstream_disabled'],
    ])('answers 409 while the %s is disabled', async (table, code) => {
      const disabled = { mirror: mirror.id, upstream }[table];
      await world.db.query(`update ${table} set enabled = false where id = $1`, [disabled]);
      const answer = await release();
      await world.db.query(`update ${table} set enabled = true where id = $1`, [disabled]);
      expect([answer.status, answer.json().type]).toEqual([409, `urn:portolan:error:${code}`]);
      expect(await stateOf()).toBe('held');
    });
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
