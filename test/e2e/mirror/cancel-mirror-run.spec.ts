import { aWorld, type World } from '../../support/world';
import { aMirror, anUpstream, aRun, MISSING, runPathOf, TIME, type Mirror, type Run } from './support/mirrors';

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

  const cancel = (runId = run, mirrorId = mirror.id, registry = id, token: string | null = world.acme.admin) =>
    world.call('POST', `${runPathOf(registry, mirrorId, runId)}/cancel`, token === null ? {} : { token });
  const stateOf = async (runId = run) =>
    (await world.db.query<{ state: string }>('select state from mirror_run where id = $1', [runId]))[0]?.state;

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
    it.each(['succeeded', 'failed', 'cancelled', 'refused', 'superseded'])(
      'answers 409 for a run that is %s, and writes nothing down',
      async (state) => {
        await world.db.query('update mirror_run set state = $2 where id = $1', [run, state]);
        await world.db.query('delete from audit_log');
        const answer = await cancel();
        expect([answer.status, answer.json().type]).toEqual([409, 'urn:portolan:error:mirror_run_ended']);
        expect(await stateOf()).toBe(state);
        expect(await world.db.query('select from audit_log')).toEqual([]);
      },
    );

    it('answers 200 to one of two and 409 to the other', async () => {
      const answers = await Promise.all([cancel(), cancel()]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    });

    it('answers 404 for a run of another mirror, a missing one and what is no id, alike', async () => {
      const missing = await cancel(MISSING);
      expect([missing.status, missing.json().type]).toEqual([404, 'urn:portolan:error:mirror_run_not_found']);
      for (const answer of [await cancel(run, other.id), await cancel('first')])
        expect(answer.masked).toBe(missing.masked);
    });

    it('answers 404 for a mirror of another registry, and nothing has changed', async () => {
      const answer = await cancel(run, mirror.id, sibling);
      expect([answer.status, answer.json().type]).toEqual([404, 'urn:portolan:error:mirror_not_found']);
      expect(await stateOf()).toBe('waiting');
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, of whatever run', async () => {
      for (const one of [run, foreignRun, MISSING]) expect((await cancel(one, mirror.id, id, null)).status).toBe(401);
      expect(await stateOf()).toBe('waiting');
    });
  });

  describe('requires the permission', () => {
    it.each([
      ['Admin', 200],
      ['Publisher', 403],
      ['Viewer', 403],
    ] as const)('answers %s of the registry %d', async (role, status) => {
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await cancel(run, mirror.id, id, token)).status).toBe(status);
    });

    it('answers 404 to who does not know the registry', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: sibling }]);
      expect((await cancel(run, mirror.id, id, token)).status).toBe(404);
    });
  });

  describe('hides other organizations', () => {
    it('answers a foreign run and a missing one alike, byte for byte', async () => {
      const hidden = await cancel(foreignRun);
      expect([hidden.status, hidden.masked]).toEqual([404, (await cancel(MISSING)).masked]);
    });

    it('answers a foreign mirror and a missing one alike, byte for byte', async () => {
      const hidden = await cancel(foreignRun, foreignMirror.id);
      expect([hidden.status, hidden.masked]).toEqual([404, (await cancel(foreignRun, MISSING)).masked]);
    });

    it('answers a foreign registry and a missing one alike, byte for byte, and nothing has changed', async () => {
      const hidden = await cancel(foreignRun, foreignMirror.id, foreign);
      const missing = await cancel(foreignRun, foreignMirror.id, MISSING);
      expect([hidden.status, hidden.masked]).toEqual([404, missing.masked]);
      expect(await stateOf(foreignRun)).toBe('waiting');
    });
  });
});
