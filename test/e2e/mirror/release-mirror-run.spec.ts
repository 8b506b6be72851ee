import { aWorld, type World } from '../../support/world';
import { aMirror, anUpstream, aRun, MISSING, runPathOf, TIME, type Mirror } from './support/mirrors';

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

  const release = (runId = run, mirrorId = mirror.id, registry = id, token: string | null = world.acme.admin) =>
    world.call('POST', `${runPathOf(registry, mirrorId, runId)}/release`, token === null ? {} : { token });
  const stateOf = async (runId = run) =>
    (await world.db.query<{ state: string }>('select state from mirror_run where id = $1', [runId]))[0]?.state;

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
    it.each(['waiting', 'running', 'succeeded', 'failed', 'cancelled', 'refused', 'superseded'])(
      'answers 409 for a run that is %s, and writes nothing down',
      async (state) => {
        await world.db.query('update mirror_run set state = $2 where id = $1', [run, state]);
        await world.db.query('delete from audit_log');
        const answer = await release();
        expect([answer.status, answer.json().type]).toEqual([409, 'urn:portolan:error:mirror_run_not_held']);
        expect(await stateOf()).toBe(state);
        expect(await world.db.query('select from audit_log')).toEqual([]);
      },
    );

    it('answers 200 to one of two and 409 to the other', async () => {
      const answers = await Promise.all([release(), release()]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    });

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

    it('answers 404 for a run of another mirror, a missing one and what is no id, alike', async () => {
      const missing = await release(MISSING);
      expect([missing.status, missing.json().type]).toEqual([404, 'urn:portolan:error:mirror_run_not_found']);
      for (const answer of [await release(run, other.id), await release('first')])
        expect(answer.masked).toBe(missing.masked);
    });

    it('answers 404 for a mirror of another registry, and nothing has changed', async () => {
      const answer = await release(run, mirror.id, sibling);
      expect([answer.status, answer.json().type]).toEqual([404, 'urn:portolan:error:mirror_not_found']);
      expect(await stateOf()).toBe('held');
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, of whatever run', async () => {
      for (const one of [run, foreignRun, MISSING]) expect((await release(one, mirror.id, id, null)).status).toBe(401);
      expect(await stateOf()).toBe('held');
    });
  });

  describe('requires the permission', () => {
    it.each([
      ['Admin', 200],
      ['Publisher', 403],
      ['Viewer', 403],
    ] as const)('answers %s of the registry %d', async (role, status) => {
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await release(run, mirror.id, id, token)).status).toBe(status);
    });

    it('answers 404 to who does not know the registry', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: sibling }]);
      expect((await release(run, mirror.id, id, token)).status).toBe(404);
    });
  });

  describe('hides other organizations', () => {
    it('answers a foreign run and a missing one alike, byte for byte', async () => {
      const hidden = await release(foreignRun);
      expect([hidden.status, hidden.masked]).toEqual([404, (await release(MISSING)).masked]);
    });

    it('answers a foreign mirror and a missing one alike, byte for byte', async () => {
      const hidden = await release(foreignRun, foreignMirror.id);
      expect([hidden.status, hidden.masked]).toEqual([404, (await release(foreignRun, MISSING)).masked]);
    });

    it('answers a foreign registry and a missing one alike, byte for byte, and nothing has changed', async () => {
      const hidden = await release(foreignRun, foreignMirror.id, foreign);
      const missing = await release(foreignRun, foreignMirror.id, MISSING);
      expect([hidden.status, hidden.masked]).toEqual([404, missing.masked]);
      expect(await stateOf(foreignRun)).toBe('held');
    });
  });
});
