import { aProvider } from '../../sign-in/sso';
import { aPerson } from '../../sign-in/people';
import { aWorld, type World } from '../../support/world';
import {
  anIdentityAdmin,
  grant,
  join,
  needsIdentityAdmin,
  predefinedTeam,
  problems,
  refusal,
  trailOf,
  type Listed,
} from './support/identity';

const SECRET = 'a secret that never comes back';
const CONFIG = { issuer_url: 'https://idp.example.com', client_id: 'portolan', client_secret: SECRET };

describe('create-identity-provider: POST /v0/identity-providers', () => {
  let world: World;

  const create = (body: unknown, token = world.acme.admin) =>
    world.call('POST', '/v0/identity-providers', { token, body });
  const withConfig = (change: Record<string, unknown>) => ({ type: 'oidc', config: { ...CONFIG, ...change } });
  const stored = () =>
    world.db.query<{ org_id: string; config: unknown; client_secret_sealed: string }>(
      `select org_id, config, client_secret_sealed from identity_provider`,
    );

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(() => world.db.query('delete from identity_provider'));

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with the whole provider, its defaults, and never the secret', async () => {
      const answer = await create({ type: 'oidc', config: CONFIG });
      expect(answer.status).toBe(201);
      expect(answer.json()).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        type: 'oidc',
        enabled: false,
        login_path: 'acme',
        config: {
          issuer_url: 'https://idp.example.com',
          client_id: 'portolan',
          scopes: ['email', 'openid', 'profile'],
          claim_mappings: { name: 'name', email: 'email', groups: 'groups' },
        },
        created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        updated_at: expect.stringMatching(/\.\d{6}Z$/) as string,
      });
      expect(answer.text).not.toMatch(/secret/);
    });

    it('takes scopes and claims of its own', async () => {
      const answer = await create(
        withConfig({
          scopes: ['openid', 'groups', 'openid'],
          claim_mappings: { groups: 'https://example.com/groups' },
        }),
      );
      expect(answer.json().config).toMatchObject({
        scopes: ['openid', 'groups'],
        claim_mappings: { name: 'name', email: 'email', groups: 'https://example.com/groups' },
      });
    });

    it('stores the secret sealed', async () => {
      await create({ type: 'oidc', config: CONFIG });
      const [row] = await stored();
      expect(row?.client_secret_sealed).toMatch(/^v1\./);
      expect(JSON.stringify(row)).not.toContain(SECRET);
    });

    it('lets an organization prepare others while one is enabled, and enable no second one', async () => {
      expect((await create({ type: 'oidc', enabled: true, config: CONFIG })).status).toBe(201);
      expect((await create({ type: 'oidc', config: CONFIG })).status).toBe(201);
      expect(refusal(await create({ type: 'oidc', enabled: true, config: CONFIG }))).toEqual([
        409,
        'identity_provider_exists',
      ]);
      expect((await stored()).length).toBe(2);
    });

    it('enables one of many that are created at the same time', async () => {
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => create({ type: 'oidc', enabled: true, config: CONFIG })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(409)]);
    });

    it('writes one audit row without the secret', async () => {
      const trail = await trailOf(world, world.acme, () => create({ type: 'oidc', config: CONFIG }));
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'identity_provider.create',
          target_name: 'https://idp.example.com',
          after: expect.objectContaining({ enabled: false }) as object,
        }),
      ]);
      expect(JSON.stringify(trail)).not.toContain(SECRET);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ config: CONFIG }, 'type', 'required'],
      [{ type: 'saml', config: CONFIG }, 'type', 'enum'],
      [{ type: 'oidc', enabled: 'yes', config: CONFIG }, 'enabled', 'is_boolean'],
      [{ type: 'oidc', login_path: 'mine', config: CONFIG }, 'login_path', 'unknown_property'],
      [{ type: 'oidc' }, 'config', 'required'],
      [{ type: 'oidc', config: null }, 'config', 'is_object'],
      [{ type: 'oidc', config: [] }, 'config', 'is_object'],
    ])('row %# names the field and the rule', async (body, field, rule) => {
      const answer = await create(body);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(await stored()).toEqual([]);
    });

    it.each([
      [{ issuer_url: undefined }, 'issuer_url', 'required'],
      [{ issuer_url: 5 }, 'issuer_url', 'is_string'],
      [{ issuer_url: '' }, 'issuer_url', 'min_length'],
      [{ issuer_url: 'idp.example.com' }, 'issuer_url', 'is_url'],
      [{ issuer_url: 'https://idp.example.com?tenant=x' }, 'issuer_url', 'is_url'],
      [{ issuer_url: 'https://idp.example.com#x' }, 'issuer_url', 'is_url'],
      [{ issuer_url: 'https://idp.example.com/.well-known/openid-configuration' }, 'issuer_url', 'is_url'],
      [{ issuer_url: `https://idp.example.com/${'a'.repeat(2000)}` }, 'issuer_url', 'max_length'],
      [{ client_id: undefined }, 'client_id', 'required'],
      [{ client_id: 'c'.repeat(256) }, 'client_id', 'max_length'],
      [{ client_id: 'a\u0000' }, 'client_id', 'is_storable_text'],
      [{ client_secret: undefined }, 'client_secret', 'required'],
      [{ client_secret: '' }, 'client_secret', 'min_length'],
      [{ client_secret: null }, 'client_secret', 'is_string'],
      [{ scopes: 'openid' }, 'scopes', 'is_array'],
      [{ scopes: ['email'] }, 'scopes', 'required'],
      [{ scopes: ['openid', 'two words'] }, 'scopes', 'matches_regex'],
      [{ scopes: ['openid', 5] }, 'scopes', 'matches_regex'],
      [{ scopes: ['openid', ...Array<string>(20).fill('a')] }, 'scopes', 'max_items'],
      [{ claim_mappings: 'name' }, 'claim_mappings', 'is_object'],
      [{ claim_mappings: { email: 5 } }, 'claim_mappings.email', 'is_string'],
      [{ claim_mappings: { sub: 'x' } }, 'claim_mappings.sub', 'unknown_property'],
      [{ authorize_url: 'https://idp.example.com' }, 'authorize_url', 'unknown_property'],
    ])('config %# names the field and the rule', async (change, field, rule) => {
      const answer = await create(withConfig(change));
      expect(answer.status).toBe(400);
      expect(problems(answer)).toEqual([expect.objectContaining({ field: `config.${field}`, rule, source: 'body' })]);
      expect(answer.text).not.toContain(SECRET);
    });

    it('stores no secret where the operator has set no key', async () => {
      const keyless = await aWorld({ SECRETS_KEY: '' });
      const body = { type: 'oidc', config: CONFIG };
      const answer = await keyless.call('POST', '/v0/identity-providers', { token: keyless.acme.admin, body });
      expect(refusal(answer)).toEqual([503, 'encryption_not_configured']);
      await keyless.close();
    });

    it.each([
      'http://idp.example.invalid:99999/',
      'ftp://idp.example.com',
      'https://user:password@idp.example.com',
      'http://10.0.0.1',
      'https://169.254.169.254/latest',
      'https://[::ffff:10.0.0.1]',
    ])('takes no issuer that may not be reached: %s', async (issuer_url) => {
      expect([400, 422]).toContain((await create(withConfig({ issuer_url }))).status);
      expect(await stored()).toEqual([]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await world.call('POST', '/v0/identity-providers', { body: {} })).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => create({ type: 'oidc', config: CONFIG }, token),
    );

    it('lets an Identity Admin create one as long as nobody who may do more is invited', async () => {
      const admin = await anIdentityAdmin(world, world.acme);
      expect((await create({ type: 'oidc', config: CONFIG }, admin)).status).toBe(201);
      const invited = await aPerson(world, world.acme, { active: false, invited: true, password: null });
      expect((await create({ type: 'oidc', config: CONFIG }, admin)).status).toBe(201);
      await grant(world, world.acme, { type: 'user', id: invited.id }, ['Viewer', 'MCP Registries']);
      expect(refusal(await create({ type: 'oidc', config: CONFIG }, admin))).toEqual([403, 'privilege_ceiling']);
      await world.db.query(`delete from role_assignment where user_id = $1`, [invited.id]);
      const team = await predefinedTeam(world, world.acme, 'Organization Admin');
      await join(world, world.acme, team, { type: 'user', id: invited.id });
      expect(refusal(await create({ type: 'oidc', config: CONFIG }, admin))).toEqual([403, 'privilege_ceiling']);
      expect((await create({ type: 'oidc', config: CONFIG })).status).toBe(201);
    });
  });

  describe('hides other organizations', () => {
    it('enables one in each organization, and neither sees the other', async () => {
      await aProvider(world, world.globex, true);
      expect((await create({ type: 'oidc', enabled: true, config: CONFIG })).status).toBe(201);
      const list = await world.call('GET', '/v0/identity-providers', { token: world.acme.admin });
      expect(list.json<Listed<unknown>>().meta.page.total).toBe(1);
    });
  });
});
