import { aWorld, type World } from '../../support/world';
import { ADMINISTRATOR, auditRows, aUserWith, firstParameter, MISSING, problem } from './token-owners';

describe('update-ip-allow-list: PATCH /v0/organizations/{organizationId}/ip-allow-list', () => {
  let world: World;

  const call = (options: { token?: string; body?: unknown } = {}, id = 'me', query = '') =>
    world.call('PATCH', `/v0/organizations/${id}/ip-allow-list${query}`, { token: world.acme.admin, ...options });
  const read = (token = world.acme.admin) => world.call('GET', '/v0/organizations/me/ip-allow-list', { token });

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
    it('changes what is given and leaves the rest, with one audit row each', async () => {
      await world.db.query('delete from audit_log');
      const filled = await call({ body: { allowed_ips: ['127.0.0.0/8'] } });
      expect([filled.status, filled.json()]).toEqual([200, { enabled: false, allowed_ips: ['127.0.0.0/8'] }]);
      const enabled = await call({ body: { enabled: true } });
      expect(enabled.json()).toEqual({ enabled: true, allowed_ips: ['127.0.0.0/8'] });
      expect((await read()).text).toBe(enabled.text);
      const rows = await auditRows(world);
      expect(rows.map(({ action }) => action)).toEqual(['ip_allow_list.update', 'ip_allow_list.update']);
    });

    it('answers 409 when the list that is there would shut the caller out', async () => {
      await call({ body: { allowed_ips: ['192.0.2.0/24'] } });
      expect(problem(await call({ body: { enabled: true } }))).toEqual([409, 'would_lock_out']);
    });

    it('answers 409 to who is not in the list, unless forced', async () => {
      const body = { enabled: true, allowed_ips: ['192.0.2.0/24', '::1'] };
      for (const query of ['', '?force=false']) {
        expect(problem(await call({ body }, 'me', query))).toEqual([409, 'would_lock_out']);
        expect((await read()).json().enabled).toBe(false);
      }
      expect((await call({ body }, 'me', '?force=true')).status).toBe(200);
      expect(problem(await read())).toEqual([403, 'address_not_allowed']);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ enabled: 'yes', allowed_ips: [] }, 'enabled', 'is_boolean', {}],
      [{ enabled: false, allowed_ips: '192.0.2.1' }, 'allowed_ips', 'is_array', {}],
      [{ enabled: false, allowed_ips: null }, 'allowed_ips', 'is_array', {}],
      [{ enabled: false, allowed_ips: ['192.0.2.1', 'office'] }, 'allowed_ips.1', 'is_ip_range', {}],
      [{ enabled: false, allowed_ips: [7] }, 'allowed_ips.0', 'is_ip_range', {}],
      [{ enabled: false, allowed_ips: ['192.0.2.0/33'] }, 'allowed_ips.0', 'is_ip_range', {}],
      [{ enabled: false, allowed_ips: ['192.0.2.1', '192.0.2.1/32'] }, 'allowed_ips.1', 'unique_items', {}],
      [{ enabled: false, allowed_ips: ['2001:db8::1', '2001:DB8:0::1'] }, 'allowed_ips.1', 'unique_items', {}],
      [{ enabled: true, allowed_ips: [] }, 'allowed_ips', 'min_items', { minimum: 1 }],
      [
        {
          enabled: false,
          allowed_ips: Array.from({ length: 1_001 }, (_, index) => `10.0.${index >> 8}.${index & 255}`),
        },
        'allowed_ips',
        'max_items',
        { maximum: 1_000 },
      ],
      [{ enabled: false, allowed_ips: [], denied_ips: [] }, 'denied_ips', 'unknown_property', {}],
    ])('row %# names the field and the rule, and nothing changes', async (body, field, rule, limits) => {
      const answer = await call({ body });
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field, rule, source: 'body', ...limits }),
      );
      expect((await read()).json()).toEqual({ enabled: false, allowed_ips: [] });
    });

    it('cannot be enabled while it is empty', async () => {
      const answer = await call({ body: { enabled: true } }, 'me', '?force=true');
      expect(firstParameter(answer)).toMatchObject({ field: 'allowed_ips', rule: 'min_items', minimum: 1 });
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      for (const id of ['me', world.acme.id])
        expect((await world.call('PATCH', `/v0/organizations/${id}/ip-allow-list`, { body: {} })).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to who may not change how the organization signs in, and changes nothing', async () => {
      const before = (await read()).text;
      for (const roles of [[['Admin', 'MCP Registries']], [['Viewer', 'Identity']]] as const) {
        const { token } = await aUserWith(world, world.acme, ...roles);
        expect(problem(await call({ token, body: { allowed_ips: [] } }))).toEqual([403, 'forbidden']);
      }
      expect((await read()).text).toBe(before);
    });

    it('answers 403 to an identity admin who may do less than the administrators that it could shut out', async () => {
      const before = (await read()).text;
      const { token } = await aUserWith(world, world.acme, ['Admin', 'Identity']);
      for (const query of ['', '?force=true'])
        expect(problem(await call({ token, body: { enabled: false } }, 'me', query))).toEqual([
          403,
          'privilege_ceiling',
        ]);
      expect((await read()).text).toBe(before);
    });

    it('takes the rights of an administrator, not the membership', async () => {
      const { token } = await aUserWith(world, world.acme, ...ADMINISTRATOR);
      expect((await call({ token, body: { enabled: false } })).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign and a missing organization', async () => {
      const answers = [];
      for (const id of [world.globex.id, MISSING, 'globex'])
        answers.push(await call({ body: { enabled: true, allowed_ips: ['127.0.0.0/8'] } }, id));
      for (const answer of answers) {
        expect(problem(answer)).toEqual([404, 'organization_not_found']);
        expect(answer.masked).toBe(answers[0]?.masked);
      }
    });

    it('leaves the settings of another organization alone', async () => {
      const before = (await read(world.globex.admin)).text;
      expect((await call({ body: { enabled: true, allowed_ips: ['127.0.0.0/8'] } })).status).toBe(200);
      expect((await read(world.globex.admin)).text).toBe(before);
    });
  });
});
