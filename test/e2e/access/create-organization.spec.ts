import { aWorld, type World } from '../../support/world';
import { operate, type OrganizationBody } from './operator';
import { auditRows, problem } from './token-owners';

describe('create-organization: POST /v0/organizations', () => {
  let world: World;

  const create = (body: unknown, token?: string) => operate(world, token).create(body);

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with the organization and a token of its first administrator', async () => {
      await world.db.query('delete from audit_log');
      const answer = await create({ name: 'initech', display_name: 'Initech', admin_email: 'bill@example.com' });
      expect(answer.status).toBe(201);
      const { admin_token, ...created } = answer.json<Required<OrganizationBody>>();
      expect(created).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        name: 'initech',
        display_name: 'Initech',
        login_path: 'initech',
        state: 'active',
        suspended_reason: null,
        rate_limits: {},
        quotas: {},
        created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        updated_at: expect.stringMatching(/\.\d{6}Z$/) as string,
      });
      const me = await world.call('GET', '/v0/users/me', { token: admin_token });
      expect(me.json().email).toBe('bill@example.com');
      const registry = await world.call('POST', '/v0/registries', { token: admin_token, body: { name: 'tools' } });
      expect(registry.status).toBe(201);
      expect(await operate(world).get(created.id)).toMatchObject({ status: 200 });
    });

    it('writes one audit row in the new organization, as the operator and without the token', async () => {
      await world.db.query('delete from audit_log');
      const { id, admin_token } = (await create({ name: 'hooli' })).json<Required<OrganizationBody>>();
      const rows = await world.db.query(
        `select org_id, action, principal_type, principal_name, host(address) as address from audit_log`,
      );
      expect(rows).toEqual([
        {
          org_id: id,
          action: 'organization.create',
          principal_type: 'operator',
          principal_name: 'operator',
          address: '127.0.0.1',
        },
      ]);
      expect(JSON.stringify(await auditRows(world))).not.toContain(admin_token.slice(0, 20));
    });

    it('takes defaults for all but the name', async () => {
      const { display_name, admin_token } = (await create({ name: 'umbrella' })).json<Required<OrganizationBody>>();
      expect(display_name).toBe('umbrella');
      const me = await world.call('GET', '/v0/users/me', { token: admin_token });
      expect(me.json().email).toBe('admin@umbrella.invalid');
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{}, 'name', 'required', {}],
      [{ name: 'Acme' }, 'name', 'matches_regex', {}],
      [{ name: 'a'.repeat(121) }, 'name', 'max_length', { maximum: 120 }],
      [{ name: 'x', display_name: '' }, 'display_name', 'min_length', { minimum: 1 }],
      [{ name: 'x', admin_email: 'bill' }, 'admin_email', 'is_email', {}],
      [{ name: 'x', admin_email: 'a@b.example\nBcc: c@d.example' }, 'admin_email', 'is_email', {}],
      [{ name: 'x', state: 'active' }, 'state', 'unknown_property', {}],
    ])('row %# names the field and the rule', async (body, field, rule, limits) => {
      const answer = await create(body);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field, rule, source: 'body', ...limits }),
      );
    });

    it('answers 409 for a name that is taken, also as a login path, and one of 10 at the same moment wins', async () => {
      expect(problem(await create({ name: 'acme' }))).toEqual([409, 'organization_name_taken']);
      await world.db.query(`update organization set login_path = 'acme-login' where name = 'acme'`);
      expect(problem(await create({ name: 'acme-login' }))).toEqual([409, 'organization_name_taken']);
      const answers = await Promise.all(Array.from({ length: 10 }, () => create({ name: 'raced' })));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(9).fill(409)]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await create({ name: 'nobody' }, '')).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to organization admins, and nothing is made', async () => {
      expect(problem(await create({ name: 'denied' }, world.acme.admin))).toEqual([403, 'forbidden']);
      expect(await world.db.query(`select from organization where name = 'denied'`)).toHaveLength(0);
    });
  });

  describe('hides other organizations', () => {
    it('does not tell an organization admin which names are taken', async () => {
      const [taken, free] = [
        await create({ name: 'globex' }, world.acme.admin),
        await create({ name: 'free' }, world.acme.admin),
      ];
      expect(taken.masked).toBe(free.masked);
    });

    it('gives the new one nothing of another', async () => {
      await world.aRegistry(world.acme, 'secret');
      const { admin_token } = (await create({ name: 'newcomer' })).json<Required<OrganizationBody>>();
      const registries = await world.call('GET', '/v0/registries', { token: admin_token });
      expect(registries.json()).toMatchObject({ data: [] });
    });
  });
});
