import { aPerson, aSession, held, logIn } from '../../sign-in/people';
import { aProvider } from '../../sign-in/sso';
import { aWorld, type World } from '../../support/world';
import {
  anAccountWith,
  anIdentityAdmin,
  join,
  needsIdentityAdmin,
  needsSignIn,
  predefinedTeam,
  problems,
  refusal,
  trailOf,
} from './support/identity';

const OFF = { basic_auth_enabled: true, oidc_auth_enabled: false, idp_mapping_enabled: false };

describe('update-authentication-settings: PATCH /v0/authentication-settings', () => {
  let world: World;

  const patch = (body: unknown, token = world.acme.admin, query = '') =>
    world.call('PATCH', `/v0/authentication-settings${query}`, { token, body });
  const settings = async (organization = world.acme) =>
    (await world.call('GET', '/v0/authentication-settings', { token: organization.admin })).json();

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_AUTH: '1000/10000' });
  });

  beforeEach(async () => {
    await world.db.query('delete from identity_provider');
    await world.db.query(
      'update organization set basic_auth_enabled = true, oidc_auth_enabled = false, idp_mapping_enabled = false',
    );
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('changes what is there and leaves the rest', async () => {
      await aProvider(world, world.acme, true);
      const answer = await patch({ oidc_auth_enabled: true });
      expect([answer.status, answer.json()]).toEqual([200, { ...OFF, oidc_auth_enabled: true }]);
      expect((await patch({ idp_mapping_enabled: true })).json()).toEqual({
        basic_auth_enabled: true,
        oidc_auth_enabled: true,
        idp_mapping_enabled: true,
      });
      expect((await patch({})).json()).toEqual(await settings());
    });

    it('turns passwords off at once', async () => {
      const person = await aPerson(world, world.acme);
      await aProvider(world, world.acme, true);
      expect((await logIn(world, world.acme, person)).status).toBe(200);
      await patch({ oidc_auth_enabled: true, basic_auth_enabled: false });
      expect(refusal(await logIn(world, world.acme, person))).toEqual([403, 'login_disabled']);
    });

    it('ends the sessions of the way that is turned off, in the same row of the trail', async () => {
      const session = await aSession(world, world.acme, await aPerson(world, world.acme));
      const me = () => world.call('GET', '/v0/users/me', { headers: held(session) });
      await aProvider(world, world.acme, true);
      await patch({ oidc_auth_enabled: true });
      expect((await me()).status).toBe(200);
      const trail = await trailOf(world, world.acme, () => patch({ basic_auth_enabled: false }));
      expect((await me()).status).toBe(401);
      expect(trail).toEqual([expect.objectContaining({ action: 'authentication_settings.update' })]);
      expect(trail[0]?.after?.ended).toBeGreaterThan(0);
    });

    it('writes one audit row with the settings before and after', async () => {
      const trail = await trailOf(world, world.acme, () => patch({ idp_mapping_enabled: true }));
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'authentication_settings.update',
          before: OFF,
          after: { ...OFF, idp_mapping_enabled: true },
        }),
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ basic_auth_enabled: null }, 'basic_auth_enabled', 'is_boolean'],
      [{ oidc_auth_enabled: 'true' }, 'oidc_auth_enabled', 'is_boolean'],
      [{ idp_mapping_enabled: 1 }, 'idp_mapping_enabled', 'is_boolean'],
      [{ saml_auth_enabled: true }, 'saml_auth_enabled', 'unknown_property'],
      [{ basic_auth_enabled: false }, 'basic_auth_enabled', 'invalid'],
      [{ oidc_auth_enabled: true }, 'oidc_auth_enabled', 'missing_reference'],
      [{ basic_auth_enabled: false, oidc_auth_enabled: true }, 'oidc_auth_enabled', 'missing_reference'],
    ])('row %# names the field and the rule, and nothing changes', async (body, field, rule) => {
      await aProvider(world, world.acme);
      const answer = await patch(body);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toEqual([expect.objectContaining({ field, rule, source: 'body' })]);
      expect(await settings()).toEqual(OFF);
    });

    it.each(['force=yes', 'force=true&force=true', 'forced=true'])('refuses the query %s', async (query) => {
      expect((await patch({}, world.acme.admin, `?${query}`)).status).toBe(400);
    });

    it('does not lock the caller out unless he means it', async () => {
      const admin = await aPerson(world, world.acme);
      const team = await predefinedTeam(world, world.acme, 'Organization Admin');
      await join(world, world.acme, team, { type: 'user', id: admin.id });
      await aProvider(world, world.acme, true);
      const session = await aSession(world, world.acme, admin);
      const off = (query: string) =>
        world.call('PATCH', `/v0/authentication-settings${query}`, {
          headers: held(session),
          body: { basic_auth_enabled: false, oidc_auth_enabled: true },
        });
      expect(refusal(await off(''))).toEqual([409, 'would_lock_out']);
      expect(refusal(await off('?force=false'))).toEqual([409, 'would_lock_out']);
      expect(await settings()).toEqual(OFF);
      expect((await world.call('GET', '/v0/users/me', { headers: held(session) })).status).toBe(200);
      expect((await off('?force=true')).status).toBe(200);
      expect((await world.call('GET', '/v0/users/me', { headers: held(session) })).status).toBe(401);
    });

    it('keeps a provider enabled that OIDC is turned on for at the same time', async () => {
      const id = await aProvider(world, world.acme, true);
      const path = `/v0/identity-providers/${id}`;
      await Promise.all([patch({ oidc_auth_enabled: true }), world.call('DELETE', path, { token: world.acme.admin })]);
      const [row] = await world.db.query<{ fits: boolean }>(
        `select not o.oidc_auth_enabled
                or exists (select 1 from identity_provider p where p.org_id = o.id and p.enabled) as fits
         from organization o where o.id = $1`,
        [world.acme.id],
      );
      expect(row).toEqual({ fits: true });
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      () => world.call('PATCH', '/v0/authentication-settings', { body: {} }),
      () => '',
    );
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => patch({ idp_mapping_enabled: true }, token),
    );

    it('needs all that the administrators of the organization have, whatever changes', async () => {
      const admin = await anIdentityAdmin(world, world.acme);
      await aProvider(world, world.acme, true);
      for (const body of [{}, { oidc_auth_enabled: true }, { basic_auth_enabled: false, oidc_auth_enabled: true }])
        expect([body, refusal(await patch(body, admin))]).toEqual([body, [403, 'privilege_ceiling']]);
      expect(await settings()).toEqual(OFF);
      const all = await anAccountWith(
        world,
        world.acme,
        ['Admin', 'Identity'],
        ['Admin', 'Audit Logs'],
        ['Admin', 'MCP Registries'],
        ['Creator', 'MCP Registries'],
        ['Admin', 'Upstreams'],
      );
      expect((await patch({ oidc_auth_enabled: true }, all)).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('changes the own organization only, and counts no foreign provider', async () => {
      await aProvider(world, world.globex, true);
      expect((await patch({ oidc_auth_enabled: true })).status).toBe(400);
      await patch({ idp_mapping_enabled: true });
      expect(await settings(world.globex)).toEqual(OFF);
    });
  });
});
