import { aWorld, type World } from '../../support/world';
import { anOldRow, daysAgo, partitionsSince } from '../../audit/past';
import { aUserWith, problem } from '../access/token-owners';

const PATH = '/v0/audit-logs/settings';
const DEFAULTS = { retention_days: 400, legal_hold: false, log_grants: false, access_sample_percent: 0 };
const UNCHANGED = { ...DEFAULTS, updated_at: null, purge_paused_until: null };

describe('update-audit-settings: PATCH /v0/audit-logs/settings', () => {
  let world: World;

  const call = (body: unknown, options: { token?: string; query?: string } = {}) =>
    world.call('PATCH', `${PATH}${options.query ?? ''}`, { token: options.token ?? world.acme.admin, body });
  const read = async (token = world.acme.admin) => (await world.call('GET', PATH, { token })).json();
  const trail = () =>
    world.db.query(
      `select target_type, target_id, before, after from audit_log where action = 'audit_settings.update'
       order by occurred_at`,
    );

  beforeAll(async () => {
    world = await aWorld();
    await partitionsSince(world, 500);
  });

  afterEach(async () => {
    await world.db.query('delete from audit_settings');
    await world.db.query('delete from audit_log');
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('changes what is given and leaves the rest, with one audit row', async () => {
      const after = { ...DEFAULTS, log_grants: true };
      const answer = await call({ log_grants: true });
      const updated_at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/) as string;
      expect([answer.status, answer.json()]).toEqual([200, { ...after, updated_at, purge_paused_until: null }]);
      expect(await read()).toEqual(answer.json());
      const target = { target_type: 'organization', target_id: world.acme.id };
      expect(await trail()).toEqual([{ ...target, before: DEFAULTS, after }]);
      await call({ access_sample_percent: 5, retention_days: 3_650 });
      expect((await trail())[1]).toEqual({
        ...target,
        before: after,
        after: { ...after, access_sample_percent: 5, retention_days: 3_650 },
      });
    });

    it('takes a body without a change, and writes that down as well', async () => {
      expect((await call({})).status).toBe(200);
      expect(await trail()).toHaveLength(1);
    });

    it('loses no change of several that come at once', async () => {
      await Promise.all([
        call({ log_grants: true }),
        call({ legal_hold: true }),
        call({ access_sample_percent: 7 }),
        call({ retention_days: 500 }),
      ]);
      expect(await read()).toMatchObject({
        retention_days: 500,
        legal_hold: true,
        log_grants: true,
        access_sample_percent: 7,
      });
    });

    it('answers 409 when rows that are kept would go by a shorter retention, unless forced', async () => {
      await anOldRow(world, world.acme, daysAgo(200));
      for (const query of ['', '?force=false']) {
        expect(problem(await call({ retention_days: 199 }, { query }))).toEqual([409, 'retention_not_confirmed']);
        expect(await read()).toMatchObject({ retention_days: 400, updated_at: null });
      }
      expect(await trail()).toEqual([]);
      expect((await call({ retention_days: 201 })).status).toBe(200);
      const forced = await call({ retention_days: 199 }, { query: '?force=true' });
      expect([forced.status, forced.json().retention_days]).toEqual([200, 199]);
    });

    it('asks nobody about rows that are too old already, or that a hold keeps', async () => {
      await anOldRow(world, world.acme, daysAgo(450));
      expect((await call({ retention_days: 300 })).status).toBe(200);
      await anOldRow(world, world.acme, daysAgo(200));
      expect((await call({ retention_days: 100, legal_hold: true })).status).toBe(200);
    });

    it('asks before the end of a hold lets rows go', async () => {
      await call({ legal_hold: true });
      await anOldRow(world, world.acme, daysAgo(450));
      expect(problem(await call({ legal_hold: false }))).toEqual([409, 'retention_not_confirmed']);
      expect((await call({ legal_hold: false, retention_days: 500 })).status).toBe(200);
    });

    it.each([
      [{ retention_days: 500 }, { retention_days: 499 }],
      [{}, { retention_days: 399 }],
      [{ legal_hold: true }, { legal_hold: false }],
    ])('tells that nothing is deleted for seven days after %j became %j', async (before, after) => {
      expect((await call(before)).json().purge_paused_until).toBeNull();
      const { updated_at, purge_paused_until } = (await call(after)).json<Record<string, string>>();
      const days = (Date.parse(purge_paused_until ?? '') - Date.parse(updated_at ?? '')) / 86_400_000;
      expect(days).toBeCloseTo(7, 3);
      for (const body of [{ log_grants: true }, { retention_days: 3_650, legal_hold: true }])
        expect((await call(body)).json()).toMatchObject({ purge_paused_until });
      expect(await read()).toMatchObject({ purge_paused_until });
    });

    it('does not wait for a purge to change what is written down', async () => {
      const purge = `hashtextextended('portolan audit purge', 0)`;
      await world.db.query(`select pg_advisory_lock(${purge})`);
      try {
        expect((await call({ log_grants: true, retention_days: 400 })).status).toBe(200);
      } finally {
        await world.db.query(`select pg_advisory_unlock(${purge})`);
      }
    });

    it('does not ask because of rows of another organization', async () => {
      await anOldRow(world, world.globex, daysAgo(200));
      expect((await call({ retention_days: 90 })).status).toBe(200);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ retention_days: 89 }, 'retention_days', 'min', { minimum: 90 }],
      [{ retention_days: 3_651 }, 'retention_days', 'max', { maximum: 3_650 }],
      [{ retention_days: 90.5 }, 'retention_days', 'is_integer', {}],
      [{ retention_days: null }, 'retention_days', 'is_integer', {}],
      [{ legal_hold: 'yes' }, 'legal_hold', 'is_boolean', {}],
      [{ legal_hold: null }, 'legal_hold', 'is_boolean', {}],
      [{ log_grants: 1 }, 'log_grants', 'is_boolean', {}],
      [{ access_sample_percent: -1 }, 'access_sample_percent', 'min', { minimum: 0 }],
      [{ access_sample_percent: 101 }, 'access_sample_percent', 'max', { maximum: 100 }],
      [{ access_sample_percent: '5' }, 'access_sample_percent', 'is_integer', {}],
      [{ updated_at: '2026-01-01T00:00:00Z' }, 'updated_at', 'unknown_property', {}],
    ])('row %# names the field and the rule, and nothing is changed', async (body, field, rule, limits) => {
      const answer = await call(body);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field, rule, source: 'body', ...limits }),
      );
      expect(await read()).toEqual(UNCHANGED);
    });

    it.each([
      ['force=yes', 'force', 'is_boolean'],
      ['forced=true', 'forced', 'unknown_property'],
    ])('?%s names the parameter', async (query, field, rule) => {
      const answer = await call({}, { query: `?${query}` });
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field, rule, source: 'query' }),
      ]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await world.call('PATCH', PATH, { body: {} })).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to who may only read the trail, and changes nothing', async () => {
      for (const roles of [[['Admin', 'MCP Registries']], [['Viewer', 'Audit Logs']]] as const) {
        const { token } = await aUserWith(world, world.acme, ...roles);
        expect(problem(await call({ legal_hold: true }, { token }))).toEqual([403, 'forbidden']);
      }
      expect(await read()).toEqual(UNCHANGED);
      const { token } = await aUserWith(world, world.acme, ['Admin', 'Audit Logs']);
      expect((await call({ legal_hold: true }, { token })).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('leaves the settings of another organization alone', async () => {
      await call({ retention_days: 90, legal_hold: true });
      expect(await read(world.globex.admin)).toEqual(UNCHANGED);
    });
  });
});
