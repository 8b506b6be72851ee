import { aWorld, type World } from '../../support/world';
import {
  aMirror,
  anUpstream,
  aRun,
  MISSING,
  refusalsOf,
  runPathOf,
  TIME,
  UUID,
  type Mirror,
  type Run,
} from './support/mirrors';

describe('create-mirror-run: POST /v0/registries/{registryIdentifier}/mirrors/{mirrorId}/runs', () => {
  let world: World;
  let id: string;
  let sibling: string;
  let foreign: string;
  let upstream: string;
  let mirror: Mirror;
  let foreignMirror: Mirror;

  const create = (body: unknown, mirrorId = mirror.id, registry = id, token: string | null = world.acme.admin) =>
    world.call('POST', runPathOf(registry, mirrorId), token === null ? { body } : { token, body });
  const rows = () => world.db.query<{ state: string }>('select state from mirror_run');
  const typeOf = async (answer: ReturnType<typeof create>) => (await answer).json().type;

  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'tools');
    sibling = await world.aRegistry(world.acme, 'sibling');
    foreign = await world.aRegistry(world.globex, 'tools');
    upstream = await anUpstream(world, world.acme, 'partner');
    mirror = await aMirror(world, world.acme, id, upstream);
    foreignMirror = await aMirror(world, world.globex, foreign, await anUpstream(world, world.globex, 'partner'));
  });

  beforeEach(() => world.db.query('delete from mirror_run'));

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 202 with the run, which waits, and where it is', async () => {
      const answer = await create({});
      expect(answer.status).toBe(202);
      const run = answer.json<Run>();
      expect(run).toEqual({
        id: UUID,
        mirror_id: mirror.id,
        mode: 'incremental',
        applied_mode: null,
        dry_run: false,
        trigger: 'request',
        state: 'waiting',
        phase: null,
        requested_at: TIME,
        started_at: null,
        finished_at: null,
        due_at: TIME,
        attempts: 0,
        counts: {
          fetched: 0,
          new: 0,
          changed: 0,
          unchanged: 0,
          tombstoned: 0,
          removed: 0,
          quarantined: 0,
          filtered: 0,
          conflicts: 0,
        },
        pages: 0,
        bytes: 0,
        upstream_status: null,
        reading_ms: 0,
        applying_ms: 0,
        reasons: [],
        items_truncated: false,
        error: null,
        cancel_requested: false,
        released: false,
      });
      expect(answer.headers.location).toBe(runPathOf(id, mirror.id, run.id));
      const at = await world.call('GET', answer.headers.location ?? '', { token: world.acme.admin });
      expect(at.json()).toEqual(run);
    });

    it('takes the mode and a dry run, by the name of the registry too', async () => {
      const answer = await create({ mode: 'full', dry_run: true }, mirror.id, 'tools');
      expect(answer.json()).toMatchObject({ mode: 'full', dry_run: true });
      expect(answer.headers.location).toBe(runPathOf(id, mirror.id, answer.json<Run>().id));
    });

    it('takes a dry run of a mirror that is not enabled yet', async () => {
      await world.db.query('update mirror set enabled = false where id = $1', [mirror.id]);
      const answer = await create({ dry_run: true });
      await world.db.query('update mirror set enabled = true where id = $1', [mirror.id]);
      expect([answer.status, answer.json()]).toEqual([
        202,
        expect.objectContaining({ dry_run: true, state: 'waiting' }),
      ]);
    });

    it('answers at the alias', async () => {
      const path = `/v0/mcp-registries/${id}/mirrors/${mirror.id}/runs`;
      expect((await world.call('POST', path, { token: world.acme.admin, body: {} })).status).toBe(202);
    });

    it('wants a crawl that begins after it, and calls a worker', async () => {
      await world.db.query('delete from outbox');
      const { id: run } = (await create({})).json<Run>();
      const fresh = await world.db.query(
        `select fresh_from >= requested_at - interval '1 minute' as is_fresh from mirror_run`,
      );
      expect(fresh).toEqual([{ is_fresh: true }]);
      expect(await world.db.query('select org_id, name, payload from outbox')).toEqual([
        { org_id: world.acme.id, name: 'mirror.run', payload: { run_id: run } },
      ]);
    });

    it.each(['held', 'succeeded', 'failed', 'cancelled', 'refused', 'superseded'])(
      'runs again after one that is %s',
      async (state) => {
        await aRun(world, mirror.id, { state });
        expect((await create({})).status).toBe(202);
      },
    );

    it('writes one audit row that says what was asked for', async () => {
      await world.db.query('delete from audit_log');
      const { id: run } = (await create({ mode: 'full' })).json<Run>();
      expect(
        await world.db.query(
          'select action, target_id, parent_type, parent_id, registry_id, before, after from audit_log',
        ),
      ).toEqual([
        {
          action: 'mirror.run.create',
          target_id: run,
          parent_type: 'mirror',
          parent_id: mirror.id,
          registry_id: id,
          before: null,
          after: { mode: 'full', dry_run: false },
        },
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ mode: 'partial' }, 'mode', 'enum'],
      [{ mode: null }, 'mode', 'enum'],
      [{ dry_run: 'yes' }, 'dry_run', 'is_boolean'],
      [{ trigger: 'schedule' }, 'trigger', 'unknown_property'],
    ])('row %# names the field and the rule, and no run is made', async (body, field, rule) => {
      const answer = await create(body);
      expect(answer.status).toBe(400);
      expect(refusalsOf(answer)).toEqual([expect.objectContaining({ field, rule, source: 'body' })]);
      expect(await rows()).toEqual([]);
    });

    it('answers 400 without a body', async () => {
      expect((await create(undefined)).status).toBe(400);
    });

    it.each(['waiting', 'running'])('answers 409 while another one is %s', async (state) => {
      await aRun(world, mirror.id, { state });
      const answer = await create({});
      expect([answer.status, answer.json().type]).toEqual([409, 'urn:portolan:error:mirror_run_active']);
      expect(await rows()).toEqual([{ state }]);
    });

    it('answers 202 to one of two and 409 to the other', async () => {
      const answers = await Promise.all([create({}), create({})]);
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
      expect(await rows()).toHaveLength(1);
    });

    it('answers 409 for a mirror or an upstream that is disabled', async () => {
      await world.db.query('update upstream set enabled = false where id = $1', [upstream]);
      expect(await typeOf(create({}))).toBe('urn:portolan:error:upstream_disabled');
      await world.db.query('update mirror set enabled = false where id = $1', [mirror.id]);
      expect(await typeOf(create({}))).toBe('urn:portolan:error:mirror_disabled');
      expect(await typeOf(create({ dry_run: true }))).toBe('urn:portolan:error:upstream_disabled');
      await world.db.query('update upstream set enabled = true where id = $1', [upstream]);
      await world.db.query('update mirror set enabled = true where id = $1', [mirror.id]);
      expect(await rows()).toEqual([]);
    });

    it('answers 404 for a mirror of another registry, and for what is no id', async () => {
      expect(await typeOf(create({}, mirror.id, sibling))).toBe('urn:portolan:error:mirror_not_found');
      expect(await typeOf(create({}, 'partner'))).toBe('urn:portolan:error:mirror_not_found');
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, of whatever mirror', async () => {
      for (const one of [mirror.id, foreignMirror.id, MISSING])
        expect((await create({}, one, id, null)).status).toBe(401);
      expect(await rows()).toEqual([]);
    });
  });

  describe('requires the permission', () => {
    it.each([
      ['Admin', 202],
      ['Publisher', 403],
      ['Viewer', 403],
    ] as const)('answers %s of the registry %d', async (role, status) => {
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await create({}, mirror.id, id, token)).status).toBe(status);
    });

    it('answers 404 to who does not know the registry', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: sibling }]);
      expect((await create({}, mirror.id, id, token)).status).toBe(404);
    });
  });

  describe('hides other organizations', () => {
    it('answers a foreign mirror and a missing one alike, byte for byte', async () => {
      const hidden = await create({}, foreignMirror.id);
      expect([hidden.status, hidden.masked]).toEqual([404, (await create({}, MISSING)).masked]);
    });

    it('answers a foreign registry and a missing one alike, byte for byte, and makes no run', async () => {
      const hidden = await create({}, foreignMirror.id, foreign);
      expect([hidden.status, hidden.masked]).toEqual([404, (await create({}, foreignMirror.id, MISSING)).masked]);
      expect(await rows()).toEqual([]);
    });
  });
});
