import { aWorld, type World } from '../../support/world';
import {
  aMirror,
  anAccountWithUpstreams,
  anUpstream,
  MISSING,
  pathOf,
  refusalsOf,
  TIME,
  UUID,
  type Mirror,
} from './support/mirrors';

describe('create-mirror: POST /v0/registries/{registryIdentifier}/mirrors', () => {
  let world: World;
  let id: string;
  let sibling: string;
  let foreign: string;
  let upstream: string;
  let other: string;
  let foreignUpstream: string;

  const create = (body: unknown, registry = id, token: string | null = world.acme.admin) =>
    world.call('POST', pathOf(registry), token === null ? { body } : { token, body });
  const rows = () => world.db.query<{ upstream_id: string }>('select upstream_id from mirror');

  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'tools');
    sibling = await world.aRegistry(world.acme, 'sibling');
    foreign = await world.aRegistry(world.globex, 'tools');
    upstream = await anUpstream(world, world.acme, 'partner');
    other = await anUpstream(world, world.acme, 'other');
    foreignUpstream = await anUpstream(world, world.globex, 'partner');
  });

  beforeEach(() => world.db.query('delete from mirror'));

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with the mirror and its defaults', async () => {
      const answer = await create({ upstream_id: upstream });
      expect(answer.status).toBe(201);
      expect(answer.json()).toEqual({
        id: UUID,
        upstream_id: upstream,
        upstream_name: 'partner',
        schedule: '1h',
        include: [],
        exclude: [],
        registry_types: [],
        transports: [],
        latest_only: false,
        statuses: ['active', 'deprecated', 'deleted'],
        max_removed_percent: 10,
        on_conflict: 'skip',
        enabled: true,
        position: 1,
        created_at: TIME,
        updated_at: TIME,
        next_run_at: TIME,
        data_as_of: null,
        last_run: null,
      });
    });

    it('takes every setting, patterns as they are given', async () => {
      const settings = {
        schedule: '*/30 * * * *',
        include: ['com.example/*', 'io.?/X'],
        exclude: ['*/test-*', '*/test-*'],
        registry_types: ['oci', 'of-the-future'],
        transports: ['stdio', 'sse', 'streamable-http'],
        latest_only: true,
        statuses: ['active'],
        max_removed_percent: 0,
        on_conflict: 'hold',
        enabled: false,
        position: 1_000,
      };
      const answer = await create({ upstream_id: upstream, ...settings });
      expect(answer.status).toBe(201);
      expect(answer.json()).toMatchObject({ ...settings, next_run_at: null });
    });

    it('takes 200 patterns of 200 characters', async () => {
      const include = Array.from({ length: 200 }, (_, index) => `${index}*`.padEnd(200, 'x'));
      expect((await create({ upstream_id: upstream, include })).json<Mirror>()['include']).toEqual(include);
    });

    it('takes each of a list once, whatever its order', async () => {
      const body = {
        upstream_id: upstream,
        statuses: ['deleted', 'active', 'deleted'],
        transports: ['sse', 'stdio'],
        registry_types: ['oci', 'npm', 'oci'],
      };
      expect((await create(body)).json()).toMatchObject({
        statuses: ['active', 'deleted'],
        transports: ['stdio', 'sse'],
        registry_types: ['oci', 'npm'],
      });
    });

    it('makes the first run due at once when it is enabled', async () => {
      const { next_run_at: next } = (await create({ upstream_id: upstream, schedule: '30d' })).json<Mirror>();
      const [due] = await world.db.query<{ due: boolean }>('select $1::timestamptz <= clock_timestamp() as due', [
        next,
      ]);
      expect(due).toEqual({ due: true });
    });

    it('puts a mirror after the last one unless it is told where', async () => {
      await aMirror(world, world.acme, id, upstream, { position: 40 });
      expect((await create({ upstream_id: other })).json()).toMatchObject({ position: 41 });
      await world.db.query('update mirror set position = 1000');
      const third = await anUpstream(world, world.acme, 'third');
      expect((await create({ upstream_id: third })).json()).toMatchObject({ position: 1000 });
    });

    it('mirrors one upstream into two registries, and one that is disabled', async () => {
      await world.db.query('update upstream set enabled = false where id = $1', [upstream]);
      for (const registry of [id, sibling])
        expect((await create({ upstream_id: upstream }, registry)).status).toBe(201);
      await world.db.query('update upstream set enabled = true where id = $1', [upstream]);
    });

    it('answers by the name of the registry and at the alias', async () => {
      expect((await create({ upstream_id: upstream }, 'tools')).status).toBe(201);
      const alias = await world.call('POST', `/v0/mcp-registries/${id}/mirrors`, {
        token: world.acme.admin,
        body: { upstream_id: other },
      });
      expect(alias.status).toBe(201);
    });

    it('writes one audit row with the settings', async () => {
      await world.db.query('delete from audit_log');
      const { next_run_at: _, data_as_of: __, last_run: ___, ...kept } = await aMirror(world, world.acme, id, upstream);
      expect(
        await world.db.query('select action, target_id, target_name, registry_id, before, after from audit_log'),
      ).toEqual([
        {
          action: 'mirror.create',
          target_id: kept.id,
          target_name: 'partner',
          registry_id: id,
          before: null,
          after: kept,
        },
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ upstream_id: undefined }, 'upstream_id', 'required'],
      [{ upstream_id: 7 }, 'upstream_id', 'is_string'],
      [{ upstream_id: 'partner' }, 'upstream_id', 'missing_reference'],
      [{ schedule: '4m' }, 'schedule', 'min'],
      [{ schedule: '31d' }, 'schedule', 'max'],
      [{ schedule: '* * * * *' }, 'schedule', 'min'],
      [{ schedule: '0 0 30 2 *' }, 'schedule', 'invalid'],
      [{ schedule: 'hourly' }, 'schedule', 'invalid'],
      [{ schedule: null }, 'schedule', 'is_string'],
      [{ include: 'com.example/*' }, 'include', 'is_array'],
      [{ include: null }, 'include', 'is_array'],
      [{ include: { 0: 'x' } }, 'include', 'is_array'],
      [{ include: Array(201).fill('x') }, 'include', 'max_items'],
      [{ include: ['x', ''] }, 'include.1', 'min_length'],
      [{ include: ['x'.repeat(201)] }, 'include.0', 'max_length'],
      [{ include: [7] }, 'include.0', 'is_string'],
      [{ exclude: ['a\u0000b'] }, 'exclude.0', 'is_storable_text'],
      [{ exclude: ['\ud800'] }, 'exclude.0', 'is_storable_text'],
      [{ registry_types: ['NPM'] }, 'registry_types.0', 'matches_regex'],
      [{ registry_types: ['n'.repeat(51)] }, 'registry_types.0', 'matches_regex'],
      [{ registry_types: Array(51).fill('npm') }, 'registry_types', 'max_items'],
      [{ transports: ['http'] }, 'transports.0', 'enum'],
      [{ transports: 'sse' }, 'transports', 'is_array'],
      [{ statuses: [] }, 'statuses', 'min_items'],
      [{ statuses: ['active', 'yanked'] }, 'statuses.1', 'enum'],
      [{ statuses: [null] }, 'statuses.0', 'enum'],
      [{ latest_only: 'yes' }, 'latest_only', 'is_boolean'],
      [{ max_removed_percent: 101 }, 'max_removed_percent', 'max'],
      [{ max_removed_percent: -1 }, 'max_removed_percent', 'min'],
      [{ max_removed_percent: 1.5 }, 'max_removed_percent', 'is_integer'],
      [{ on_conflict: 'take' }, 'on_conflict', 'enum'],
      [{ enabled: null }, 'enabled', 'is_boolean'],
      [{ position: 0 }, 'position', 'min'],
      [{ position: 1_001 }, 'position', 'max'],
      [{ id: MISSING }, 'id', 'unknown_property'],
      [{ next_run_at: '2030-01-01T00:00:00Z' }, 'next_run_at', 'unknown_property'],
    ])('row %# names the field and the rule, and nothing is made', async (body, field, rule) => {
      const answer = await create({ upstream_id: upstream, ...body });
      expect(answer.status).toBe(400);
      expect(refusalsOf(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(await rows()).toEqual([]);
    });

    it('answers 400 without a body', async () => {
      expect((await create(undefined)).status).toBe(400);
    });

    it('answers 409 to one of two mirrors of the same upstream', async () => {
      const answers = await Promise.all([create({ upstream_id: upstream }), create({ upstream_id: upstream })]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
      const refused = answers.find(({ status }) => status === 409);
      expect(refused?.json().type).toBe('urn:portolan:error:mirror_exists');
      expect(await rows()).toHaveLength(1);
    });

    it('answers 403 with the numbers when a registry has 20, and counts exactly in a crowd', async () => {
      const upstreams: string[] = [];
      for (let index = 0; index < 24; index += 1) upstreams.push(await anUpstream(world, world.acme, `many-${index}`));
      const answers = await Promise.all(upstreams.map((one) => create({ upstream_id: one })));
      const refused = answers.filter(({ status }) => status !== 201);
      expect(refused).toHaveLength(4);
      for (const answer of refused) {
        expect(answer.status).toBe(403);
        expect(answer.json()).toMatchObject({
          type: 'urn:portolan:error:quota_exceeded',
          detail: 'Maximum number of mirrors of a registry exceeded. Max allowed: 20. In use: 20.',
        });
      }
      expect((await create({ upstream_id: upstream }, sibling)).status).toBe(201);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, of whatever registry', async () => {
      for (const registry of [id, foreign, MISSING])
        expect((await create({ upstream_id: upstream }, registry, null)).status).toBe(401);
      expect(await rows()).toEqual([]);
    });
  });

  describe('requires the permission', () => {
    it.each([
      ['Admin', 201],
      ['Publisher', 403],
      ['Viewer', 403],
    ] as const)('answers %s of the registry, who may see upstreams, %d', async (role, status) => {
      const token = await anAccountWithUpstreams(world, world.acme, role, id);
      expect((await create({ upstream_id: upstream }, id, token)).status).toBe(status);
    });

    it('hides upstreams from an Admin of the registry who may not see them', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: id }]);
      const answers = [
        await create({ upstream_id: upstream }, id, token),
        await create({ upstream_id: MISSING }, id, token),
      ];
      expect(answers[0]?.status).toBe(400);
      expect(answers[0]?.masked).toBe(answers[1]?.masked);
      expect(await rows()).toEqual([]);
    });

    it('answers 404 to who does not know the registry, and writes that down', async () => {
      await world.db.query('delete from audit_log');
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: sibling }]);
      expect((await create({ upstream_id: upstream }, id, token)).status).toBe(404);
      const denied = await world.db.query('select action, result, reason from audit_log');
      expect(denied).toEqual([{ action: 'permission.deny', result: 'denied', reason: 'mirror:edit' }]);
    });
  });

  describe('hides other organizations', () => {
    it('answers a foreign registry and a missing one alike, byte for byte', async () => {
      const hidden = await create({ upstream_id: upstream }, foreign);
      const missing = await create({ upstream_id: upstream }, MISSING);
      expect([hidden.status, hidden.masked]).toEqual([404, missing.masked]);
    });

    it('answers a foreign upstream and a missing one alike, byte for byte', async () => {
      const hidden = await create({ upstream_id: foreignUpstream });
      const missing = await create({ upstream_id: MISSING });
      expect([hidden.status, hidden.masked]).toEqual([400, missing.masked]);
      expect(await rows()).toEqual([]);
    });
  });
});
