import { aWorld, type World } from '../../support/world';
import { ADMINISTRATOR, aSession, auditRows, aUserWith, MISSING, problem, signsIn, tokensOf } from './token-owners';

describe('update-token-settings: PATCH /v0/organizations/{organizationId}/personal-access-token-settings', () => {
  let world: World;

  const call = (options: { token?: string; body?: unknown } = {}, id = 'me', query = '') =>
    world.call('PATCH', `/v0/organizations/${id}/personal-access-token-settings${query}`, {
      token: world.acme.admin,
      ...options,
    });
  const read = (token = world.acme.admin) =>
    world.call('GET', '/v0/organizations/me/personal-access-token-settings', { token });

  beforeAll(async () => {
    world = await aWorld();
  });

  afterEach(() =>
    world.db.query(
      `update organization set personal_tokens_enabled = true, token_lifetime_max_days = 365,
                               ip_allow_list_enabled = false, allowed_ips = '{}'`,
    ),
  );

  afterAll(() => world.close());

  describe('works', () => {
    it('changes what is given and leaves the rest, with one audit row', async () => {
      await world.db.query('delete from audit_log');
      const answer = await call({ body: { max_expiration_period_days: 30 } });
      const after = { pats_enabled: true, max_expiration_period_days: 30 };
      expect([answer.status, answer.json()]).toEqual([200, after]);
      expect((await read()).json()).toEqual(after);
      expect(await auditRows(world)).toEqual([
        {
          action: 'token_settings.update',
          target_id: world.acme.id,
          before: { pats_enabled: true, max_expiration_period_days: 365 },
          after,
        },
      ]);
    });

    it('counts for tokens that are made from then on, and leaves others alone', async () => {
      const user = await aUserWith(world, world.acme);
      const mine = tokensOf(world, 'users', 'me', user.token);
      const { id, expires_at } = await mine.made('before', { ttl_seconds: 31_536_000 });
      await call({ body: { max_expiration_period_days: 1 } });
      expect((await mine.create({ name: 'after', ttl_seconds: 86_401 })).status).toBe(400);
      expect((await mine.get(id)).json().expires_at).toBe(expires_at);
    });

    it('turns personal tokens off by a session, and system accounts go on', async () => {
      const admin = await aUserWith(world, world.acme, ...ADMINISTRATOR);
      const account = await world.aSystemAccount(world.acme);
      const headers = await aSession(world, world.acme, admin.id);
      const path = '/v0/organizations/me/personal-access-token-settings';
      const answer = await world.call('PATCH', path, { headers, body: { pats_enabled: false } });
      expect([answer.status, answer.json().pats_enabled]).toEqual([200, false]);
      expect([await signsIn(world, admin.token), await signsIn(world, account)]).toEqual([false, true]);
      await world.call('PATCH', path, { headers, body: { pats_enabled: true } });
      expect(await signsIn(world, admin.token)).toBe(true);
    });

    it('answers 409 to who would end the own token by it, unless forced', async () => {
      const body = { pats_enabled: false };
      for (const query of ['', '?force=false']) {
        expect(problem(await call({ body }, 'me', query))).toEqual([409, 'would_lock_out']);
        expect((await read()).json().pats_enabled).toBe(true);
      }
      expect((await call({ body }, 'me', '?force=true')).status).toBe(200);
      expect(await signsIn(world, world.acme.admin)).toBe(false);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ pats_enabled: 'no' }, 'pats_enabled', 'is_boolean', {}],
      [{ pats_enabled: null }, 'pats_enabled', 'is_boolean', {}],
      [{ max_expiration_period_days: 0 }, 'max_expiration_period_days', 'min', { minimum: 1 }],
      [{ max_expiration_period_days: 366 }, 'max_expiration_period_days', 'max', { maximum: 365 }],
      [{ max_expiration_period_days: 1.5 }, 'max_expiration_period_days', 'is_integer', {}],
      [{ max_days: 3 }, 'max_days', 'unknown_property', {}],
    ])('row %# names the field and the rule', async (body, field, rule, limits) => {
      const answer = await call({ body });
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field, rule, source: 'body', ...limits }),
      );
    });

    it.each([
      ['force=yes', 'force', 'is_boolean'],
      ['forced=true', 'forced', 'unknown_property'],
    ])('?%s names the parameter', async (query, field, rule) => {
      const answer = await call({ body: {} }, 'me', `?${query}`);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field, rule, source: 'query' }),
      ]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      for (const id of ['me', world.acme.id])
        expect(
          (await world.call('PATCH', `/v0/organizations/${id}/personal-access-token-settings`, { body: {} })).status,
        ).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to who may not change how the organization signs in, and changes nothing', async () => {
      const before = (await read()).text;
      for (const roles of [[['Admin', 'MCP Registries']], [['Viewer', 'Identity']]] as const) {
        const { token } = await aUserWith(world, world.acme, ...roles);
        expect(problem(await call({ token, body: { max_expiration_period_days: 1 } }))).toEqual([403, 'forbidden']);
      }
      expect((await read()).text).toBe(before);
    });

    it('answers 403 to an identity admin who may do less than the administrators that it could shut out', async () => {
      const before = (await read()).text;
      const { token } = await aUserWith(world, world.acme, ['Admin', 'Identity']);
      for (const query of ['', '?force=true'])
        expect(problem(await call({ token, body: { max_expiration_period_days: 1 } }, 'me', query))).toEqual([
          403,
          'privilege_ceiling',
        ]);
      expect((await read()).text).toBe(before);
    });

    it('takes the rights of an administrator, not the membership', async () => {
      const { token } = await aUserWith(world, world.acme, ...ADMINISTRATOR);
      expect((await call({ token, body: { max_expiration_period_days: 1 } })).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign and a missing organization', async () => {
      const answers = [];
      for (const id of [world.globex.id, MISSING, 'globex'])
        answers.push(await call({ body: { max_expiration_period_days: 2 } }, id));
      for (const answer of answers) {
        expect(problem(answer)).toEqual([404, 'organization_not_found']);
        expect(answer.masked).toBe(answers[0]?.masked);
      }
    });

    it('leaves the settings of another organization alone', async () => {
      const before = (await read(world.globex.admin)).text;
      expect((await call({ body: { max_expiration_period_days: 2 } })).status).toBe(200);
      expect((await read(world.globex.admin)).text).toBe(before);
    });
  });
});
