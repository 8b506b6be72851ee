import { aServer, aWorld, type World } from '../../support/world';
import { operate, type OrganizationBody } from './operator';
import { auditRows, MISSING, problem } from './token-owners';

describe('update-organization: PATCH /v0/organizations/{organizationId}', () => {
  let world: World;

  const update = (body: unknown, id = world.acme.id, token?: string) => operate(world, token).update(id, body);
  const updated = async (body: unknown) => (await update(body)).json<OrganizationBody>();

  beforeAll(async () => {
    world = await aWorld();
    for (const organization of [world.acme, world.globex]) {
      await world.aRegistry(organization, 'tools', { visibility: 'public' });
      await world.publish(organization, 'tools', aServer());
    }
  });

  afterEach(() =>
    update({ display_name: 'acme', state: 'active', suspended_reason: null, rate_limits: null, quotas: null }),
  );

  afterAll(() => world.close());

  describe('works', () => {
    it('changes what is given and leaves the rest, with one audit row', async () => {
      const before = (await operate(world).get(world.acme.id)).json<OrganizationBody>();
      await world.db.query('delete from audit_log');
      const answer = await update({ display_name: 'Acme Inc.' });
      expect(answer.status).toBe(200);
      const after = answer.json<OrganizationBody>();
      expect(after).toEqual({ ...before, display_name: 'Acme Inc.', updated_at: after.updated_at });
      expect(await auditRows(world)).toEqual([
        { action: 'organization.update', target_id: world.acme.id, before, after },
      ]);
    });

    it('suspends: members are told why with 403, on the API of registries too, and nobody gets 404', async () => {
      await world.db.query('delete from audit_log');
      expect(await updated({ state: 'suspended', suspended_reason: 'Invoice 7 is unpaid' })).toMatchObject({
        state: 'suspended',
        suspended_reason: 'Invoice 7 is unpaid',
      });
      const { admin: token } = world.acme;
      for (const path of ['/v0/registries', '/registries/tools/v0.1/servers', '/registries/missing/v0.1/servers']) {
        const answer = await world.call('GET', path, { token });
        expect([answer.status, answer.json().detail]).toEqual([
          403,
          'The organization is suspended: Invoice 7 is unpaid',
        ]);
      }
      const stranger = await world.call('GET', '/o/acme/registries/tools/v0.1/servers');
      expect([stranger.status, stranger.json().detail]).toEqual([403, 'The organization is suspended']);
      const [row] = await auditRows(world);
      expect(row).toMatchObject({ action: 'organization.suspend', target_id: world.acme.id });
    });

    it('resumes, and forgets the reason', async () => {
      await update({ state: 'suspended', suspended_reason: 'Unpaid' });
      await world.db.query('delete from audit_log');
      expect(await updated({ state: 'active' })).toMatchObject({ state: 'active', suspended_reason: null });
      expect((await world.call('GET', '/v0/registries', { token: world.acme.admin })).status).toBe(200);
      expect((await auditRows(world)).map(({ action }) => action)).toEqual(['organization.resume']);
    });

    it('changes the reason of a suspended organization, and says less again', async () => {
      await update({ state: 'suspended' });
      expect((await updated({ suspended_reason: 'Now known' })).suspended_reason).toBe('Now known');
      expect((await updated({ suspended_reason: null })).state).toBe('suspended');
      const answer = await world.call('GET', '/v0/registries', { token: world.acme.admin });
      expect(answer.json().detail).toBe('The organization is suspended');
    });

    it('merges limits; null gives one, or all, back to the platform', async () => {
      await update({ quotas: { teams: 3, tokens: 0 }, rate_limits: { read: { per_second: 0.5, burst: 7 } } });
      const merged = await updated({ quotas: { teams: 4 }, rate_limits: { search: { per_second: 1, burst: 2 } } });
      expect(merged.quotas).toEqual({ teams: 4, tokens: 0 });
      expect(merged.rate_limits).toEqual({
        read: { per_second: 0.5, burst: 7 },
        search: { per_second: 1, burst: 2 },
      });
      const fewer = await updated({ quotas: { tokens: null }, rate_limits: null });
      expect([fewer.quotas, fewer.rate_limits]).toEqual([{ teams: 4 }, {}]);
    });

    it('has quotas count at once', async () => {
      await update({ quotas: { registries: 1 } });
      const create = () => world.call('POST', '/v0/registries', { token: world.acme.admin, body: { name: 'more' } });
      expect(problem(await create())).toEqual([403, 'quota_exceeded']);
      await update({ quotas: null });
      expect((await create()).status).toBe(201);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ name: 'other' }, 'name', 'immutable', {}],
      [{ login_path: 'other' }, 'login_path', 'unknown_property', {}],
      [{ display_name: '' }, 'display_name', 'min_length', { minimum: 1 }],
      [{ state: 'deleted' }, 'state', 'enum', { choices: ['active', 'suspended'] }],
      [{ suspended_reason: 'Unpaid' }, 'suspended_reason', 'dependent_fields', {}],
      [{ state: 'active', suspended_reason: 'Unpaid' }, 'suspended_reason', 'dependent_fields', {}],
      [{ state: 'suspended', suspended_reason: 'a'.repeat(501) }, 'suspended_reason', 'max_length', { maximum: 500 }],
      [{ quotas: [] }, 'quotas', 'is_object', {}],
      [{ quotas: { users: 3 } }, 'quotas.users', 'unknown_property', {}],
      [{ quotas: { teams: -1 } }, 'quotas.teams', 'min', { minimum: 0 }],
      [{ quotas: { teams: 1_000_000_000 } }, 'quotas.teams', 'max', { maximum: 999_999_999 }],
      [{ quotas: { teams: 1.5 } }, 'quotas.teams', 'is_integer', {}],
      [{ quotas: { teams: '3' } }, 'quotas.teams', 'is_integer', {}],
      [{ rate_limits: 7 }, 'rate_limits', 'is_object', {}],
      [{ rate_limits: { publish: null } }, 'rate_limits.publish', 'unknown_property', {}],
      [{ rate_limits: { read: 7 } }, 'rate_limits.read', 'is_object', {}],
      [{ rate_limits: { read: { burst: 7 } } }, 'rate_limits.read.per_second', 'required', {}],
      [{ rate_limits: { read: { per_second: 0, burst: 7 } } }, 'rate_limits.read.per_second', 'min', {}],
      [{ rate_limits: { read: { per_second: 1, burst: 0 } } }, 'rate_limits.read.burst', 'min', { minimum: 1 }],
      [{ rate_limits: { read: { per_second: 1, burst: 1.5 } } }, 'rate_limits.read.burst', 'is_integer', {}],
      [{ rate_limits: { read: { per_second: 1, burst: 1, of: 1 } } }, 'rate_limits.read.of', 'unknown_property', {}],
    ])('row %# names the field and the rule, and nothing changes', async (body, field, rule, limits) => {
      const before = (await operate(world).get(world.acme.id)).text;
      const answer = await update(body);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field, rule, source: 'body', ...limits }),
      );
      expect((await operate(world).get(world.acme.id)).text).toBe(before);
    });

    it.each(['__proto__', 'constructor', 'toString'])('refuses the quota %s', async (key) => {
      const answer = await world.call('PATCH', `/v0/organizations/${world.acme.id}`, {
        token: 'operator-token-of-the-tests-0123456789',
        raw: `{"quotas": {${JSON.stringify(key)}: 3}}`,
        headers: { 'content-type': 'application/json' },
      });
      expect([answer.status, answer.text.includes(key)]).toEqual([400, true]);
    });

    it('answers 404 for an organization that is not there', async () => {
      for (const id of [MISSING, 'acme', 'no-id'])
        expect(problem(await update({ state: 'active' }, id))).toEqual([404, 'organization_not_found']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await update({ state: 'suspended' }, world.acme.id, '')).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to organization admins, for their own one, too', async () => {
      const answer = await update({ quotas: { registries: 9 } }, world.acme.id, world.acme.admin);
      expect(problem(answer)).toEqual([403, 'forbidden']);
      expect((await operate(world).get(world.acme.id)).json<OrganizationBody>().quotas).toEqual({});
    });
  });

  describe('hides other organizations', () => {
    it('answers members alike for a foreign, a missing and the own one', async () => {
      const answers = [];
      for (const id of [world.globex.id, MISSING, world.acme.id])
        answers.push((await update({ state: 'active' }, id, world.acme.admin)).masked);
      expect(new Set(answers).size).toBe(1);
    });

    it('leaves other organizations alone', async () => {
      await update({ state: 'suspended', suspended_reason: 'Unpaid', quotas: { teams: 0 } });
      expect((await world.call('GET', '/v0/registries', { token: world.globex.admin })).status).toBe(200);
      expect((await operate(world).get(world.globex.id)).json<OrganizationBody>()).toMatchObject({
        state: 'active',
        quotas: {},
      });
    });
  });
});
