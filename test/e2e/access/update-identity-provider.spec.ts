import { aPerson } from '../../sign-in/people';
import { aProvider } from '../../sign-in/sso';
import { aWorld, type World } from '../../support/world';
import {
  anIdentityAdmin,
  aTeam,
  grant,
  hidesAlike,
  needsIdentityAdmin,
  needsSignIn,
  problems,
  refusal,
  trailOf,
} from './support/identity';

describe('update-identity-provider: PATCH /v0/identity-providers/{providerId}', () => {
  let world: World;
  let id: string;
  let foreign: string;

  const patch = (providerId: string, body: unknown, token = world.acme.admin) =>
    world.call('PATCH', `/v0/identity-providers/${providerId}`, { token, body });
  const stored = async (providerId = id) =>
    (
      await world.db.query<{ enabled: boolean; client_secret_sealed: string }>(
        `select enabled, config, client_secret_sealed from identity_provider where id = $1`,
        [providerId],
      )
    )[0];

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(async () => {
    await world.db.query('delete from identity_provider');
    await world.db.query('update organization set oidc_auth_enabled = false');
    id = await aProvider(world, world.acme);
    foreign = await aProvider(world, world.globex);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('changes what is there and leaves the rest', async () => {
      const answer = await patch(id, { config: { client_id: 'other', claim_mappings: { groups: 'roles' } } });
      expect(answer.status).toBe(200);
      expect(answer.json()).toMatchObject({
        id,
        enabled: false,
        config: {
          issuer_url: 'https://idp.example.com',
          client_id: 'other',
          scopes: ['openid'],
          claim_mappings: { name: 'name', email: 'email', groups: 'roles' },
        },
      });
      expect((await stored())?.client_secret_sealed).toBe('v1.none');
      expect((await patch(id, {})).json()).toMatchObject({ config: { client_id: 'other' } });
    });

    it('replaces the secret and never shows it', async () => {
      const answer = await patch(id, { config: { client_secret: 'a new secret of mine' } });
      expect(answer.text).not.toContain('secret');
      const row = await stored();
      expect(row?.client_secret_sealed).toMatch(/^v1\.[\w-]{40,}$/);
      expect(JSON.stringify(row)).not.toContain('a new secret of mine');
    });

    it('enables one provider at most', async () => {
      const other = await aProvider(world, world.acme);
      expect((await patch(id, { enabled: true })).json().enabled).toBe(true);
      expect(refusal(await patch(other, { enabled: true }))).toEqual([409, 'identity_provider_exists']);
      expect((await patch(id, { enabled: false })).status).toBe(200);
      expect((await patch(other, { enabled: true })).status).toBe(200);
    });

    it('writes one audit row with the provider before and after, and whether the secret changed', async () => {
      const secret = 'a new secret of mine';
      const trail = await trailOf(world, world.acme, () =>
        patch(id, { enabled: true, config: { client_secret: secret } }),
      );
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'identity_provider.update',
          target_id: id,
          before: expect.objectContaining({ enabled: false }) as object,
          after: expect.objectContaining({ enabled: true, client_secret_changed: true }) as object,
        }),
      ]);
      expect(JSON.stringify(trail)).not.toContain(secret);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ type: 'saml' }, 'type', 'immutable'],
      [{ enabled: null }, 'enabled', 'is_boolean'],
      [{ id: 'x' }, 'id', 'unknown_property'],
      [{ config: null }, 'config', 'is_object'],
      [{ config: { scopes: [] } }, 'config.scopes', 'required'],
      [{ config: { issuer_url: 'x' } }, 'config.issuer_url', 'is_url'],
      [{ config: { client_secret: null } }, 'config.client_secret', 'is_string'],
    ])('row %# names the field and the rule, and nothing changes', async (body, field, rule) => {
      const before = await stored();
      const answer = await patch(id, body);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(await stored()).toEqual(before);
    });

    it('sends the secret of one issuer to no other', async () => {
      const issuer_url = 'https://other.example.com';
      const answer = await patch(id, { config: { issuer_url } });
      expect(problems(answer)).toEqual([
        expect.objectContaining({ field: 'config.client_secret', rule: 'required', source: 'body' }),
      ]);
      expect((await patch(id, { config: { issuer_url, client_secret: 'of the other' } })).status).toBe(200);
    });

    it('takes no issuer that may not be reached', async () => {
      const answer = await patch(id, { config: { issuer_url: 'https://10.0.0.1', client_secret: 'x' } });
      expect(refusal(answer)).toEqual([422, 'forbidden_address']);
    });

    it('keeps the provider enabled by which the organization signs in', async () => {
      await patch(id, { enabled: true });
      await world.db.query(`update organization set oidc_auth_enabled = true where id = $1`, [world.acme.id]);
      expect(refusal(await patch(id, { enabled: false }))).toEqual([409, 'identity_provider_in_use']);
      expect((await stored())?.enabled).toBe(true);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (one) => world.call('PATCH', `/v0/identity-providers/${one}`, { body: {} }),
      () => id,
    );
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => patch(id, { enabled: true }, token),
    );

    it('needs all that the people of the provider may do', async () => {
      const admin = await anIdentityAdmin(world, world.acme);
      expect((await patch(id, {}, admin)).status).toBe(200);
      const person = await aPerson(world, world.acme);
      await grant(world, world.acme, { type: 'user', id: person.id }, ['Viewer', 'MCP Registries']);
      expect((await patch(id, {}, admin)).status).toBe(200);
      await world.db.query(
        `insert into user_identity (org_id, identity_provider_id, subject, user_id) values ($1, $2, 'x', $3)`,
        [world.acme.id, id, person.id],
      );
      expect(refusal(await patch(id, {}, admin))).toEqual([403, 'privilege_ceiling']);
      expect((await patch(id, {})).status).toBe(200);
    });

    it('needs all that the mapped teams may do', async () => {
      const admin = await anIdentityAdmin(world, world.acme);
      const team = await aTeam(world, world.acme);
      await grant(world, world.acme, { type: 'team', id: team.id }, ['Viewer', 'Audit Logs']);
      await world.db.query(
        `insert into team_group_mapping (org_id, id, identity_provider_id, team_id, group_name)
         values ($1, gen_random_uuid(), $2, $3, 'auditors')`,
        [world.acme.id, id, team.id],
      );
      expect(refusal(await patch(id, { enabled: true }, admin))).toEqual([403, 'privilege_ceiling']);
      expect((await stored())?.enabled).toBe(false);
    });
  });

  describe('hides other organizations', () => {
    hidesAlike(
      'identity_provider_not_found',
      (one) => patch(one, { enabled: true }),
      () => foreign,
    );

    it('leaves a foreign provider alone', async () => {
      await patch(foreign, { enabled: true });
      expect((await stored(foreign))?.enabled).toBe(false);
    });
  });
});
