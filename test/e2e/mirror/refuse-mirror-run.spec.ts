import { aWorld, type World } from '../../support/world';
import { aMirror, anUpstream, aRun, MISSING, runPathOf, TIME, type Mirror, type Run } from './support/mirrors';

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

  const refuse = (runId = run, mirrorId = mirror.id, registry = id, token: string | null = world.acme.admin) =>
    world.call('POST', `${runPathOf(registry, mirrorId, runId)}/refuse`, token === null ? {} : { token });
  const stateOf = async (runId = run) =>
    (await world.db.query<{ state: string }>('select state from mirror_run where id = $1', [runId]))[0]?.state;
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
    it.each(['waiting', 'running', 'succeeded', 'failed', 'cancelled', 'refused', 'superseded'])(
      'answers 409 for a run that is %s, and writes nothing down',
      async (state) => {
        await world.db.query('update mirror_run set state = $2 where id = $1', [run, state]);
        await world.db.query('delete from audit_log');
        const answer = await refuse();
        expect([answer.status, answer.json().type]).toEqual([409, 'urn:portolan:error:mirror_run_not_held']);
        expect(await stateOf()).toBe(state);
        expect(await world.db.query('select from audit_log')).toEqual([]);
      },
    );

    it('answers 200 to one of two and 409 to the other', async () => {
      const answers = await Promise.all([refuse(), refuse()]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    });

    it('answers 404 for a run of another mirror, a missing one and what is no id, alike', async () => {
      const missing = await refuse(MISSING);
      expect([missing.status, missing.json().type]).toEqual([404, 'urn:portolan:error:mirror_run_not_found']);
      for (const answer of [await refuse(run, other.id), await refuse('first')])
        expect(answer.masked).toBe(missing.masked);
    });

    it('answers 404 for a mirror of another registry, and nothing has changed', async () => {
      const answer = await refuse(run, mirror.id, sibling);
      expect([answer.status, answer.json().type]).toEqual([404, 'urn:portolan:error:mirror_not_found']);
      expect(await stateOf()).toBe('held');
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, of whatever run', async () => {
      for (const one of [run, foreignRun, MISSING]) expect((await refuse(one, mirror.id, id, null)).status).toBe(401);
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
      expect((await refuse(run, mirror.id, id, token)).status).toBe(status);
    });

    it('answers 404 to who does not know the registry', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: sibling }]);
      expect((await refuse(run, mirror.id, id, token)).status).toBe(404);
    });
  });

  describe('hides other organizations', () => {
    it('answers a foreign run and a missing one alike, byte for byte', async () => {
      const hidden = await refuse(foreignRun);
      expect([hidden.status, hidden.masked]).toEqual([404, (await refuse(MISSING)).masked]);
    });

    it('answers a foreign mirror and a missing one alike, byte for byte', async () => {
      const hidden = await refuse(foreignRun, foreignMirror.id);
      expect([hidden.status, hidden.masked]).toEqual([404, (await refuse(foreignRun, MISSING)).masked]);
    });

    it('answers a foreign registry and a missing one alike, byte for byte, and nothing has changed', async () => {
      const hidden = await refuse(foreignRun, foreignMirror.id, foreign);
      const missing = await refuse(foreignRun, foreignMirror.id, MISSING);
      expect([hidden.status, hidden.masked]).toEqual([404, missing.masked]);
      expect(await stateOf(foreignRun)).toBe('held');
    });
  });
});
