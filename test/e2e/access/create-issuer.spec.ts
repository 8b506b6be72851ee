import { aWorld, type Organization, type World } from '../../support/world';
import { anIdentityAccount, anIssuer, aTeam, issuerBody, type Issuer } from './issuer';

const MISSING = '00000000-0000-7000-8000-000000000000';
const VIEWER = { role_name: 'Viewer', entity_type_name: 'MCP Registries', entity_id: '*' };

describe('create-issuer: POST /v0/identity/issuers', () => {
  let world: World;
  let team: string;
  let registry: string;
  let foreignTeam: string;
  let foreignRegistry: string;

  const create = (overrides: Readonly<Record<string, unknown>> = {}, token = world.acme.admin) =>
    world.call('POST', '/v0/identity/issuers', { token, body: issuerBody(overrides) });
  const rules = (rule: Readonly<Record<string, unknown>>) => ({
    claim_rules: [{ claim: 'groups', value: 'platform', ...rule }],
  });
  const countOf = async ({ id }: Organization) =>
    (await world.db.query('select id from trusted_issuer where org_id = $1', [id])).length;

  beforeAll(async () => {
    world = await aWorld();
    team = await aTeam(world, world.acme, ['Viewer']);
    foreignTeam = await aTeam(world, world.globex, ['Viewer']);
    registry = await world.aRegistry(world.acme, 'tools');
    foreignRegistry = await world.aRegistry(world.globex, 'tools');
  });

  beforeEach(() => world.db.query('delete from trusted_issuer'));

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with the whole issuer, and defaults for what was left out', async () => {
      const answer = await create();
      expect(answer.status).toBe(201);
      expect(answer.json()).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        ...issuerBody(),
        claim_rules: [],
        max_lifetime_seconds: 3600,
        enabled: true,
        created_at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
        updated_at: expect.any(String) as string,
      });
    });

    it("takes its organization's own audience when none is given", async () => {
      const [own, theirs] = [
        await create({ audiences: undefined }),
        await create({ audiences: undefined }, world.globex.admin),
      ];
      expect([own.status, own.json().audiences]).toEqual([201, [`${world.url}/o/acme`]]);
      expect([theirs.status, theirs.json().audiences]).toEqual([201, [`${world.url}/o/globex`]]);
    });

    it('keeps every field', async () => {
      const body = issuerBody({
        issuer_url: 'https://Idp.example.com:8443/realms/Acme/',
        audiences: ['portolan', 'https://mcp.example.com/registries', `${world.url}/o/acme`],
        claim_rules: [
          { claim: 'realm_access.roles', value: 'platform', team_id: team },
          { claim: 'https://example.com/roles', value: 'ünïcode', role: { ...VIEWER, entity_id: registry } },
          { claim: 'sub', value: 'ci', role: VIEWER },
          { claim: 'sub', value: 'auditor', role: { ...VIEWER, entity_type_name: 'Audit Logs' } },
        ],
        max_lifetime_seconds: 86_400,
        enabled: false,
      });
      const answer = await create(body);
      expect([answer.status, answer.json()]).toEqual([201, expect.objectContaining(body)]);
    });

    it('takes an id in capital letters for what it is', async () => {
      const created = (await create(rules({ team_id: team.toUpperCase() }))).json<Issuer>();
      expect(created.claim_rules).toEqual([{ claim: 'groups', value: 'platform', team_id: team }]);
    });

    it('takes the same issuer again for other audiences', async () => {
      await anIssuer(world, world.acme);
      expect((await create({ name: 'second', audiences: ['other'] })).status).toBe(201);
      expect((await create({ name: 'third', issuer_url: 'https://other.example.com' })).status).toBe(201);
    });

    it('writes one audit row with the issuer', async () => {
      await world.db.query('delete from audit_log');
      const after = (await create(rules({ team_id: team }))).json<Issuer>();
      expect(
        await world.db.query(
          'select action, result, target_type, target_id, target_name, before, after from audit_log',
        ),
      ).toEqual([
        {
          action: 'issuer.create',
          result: 'success',
          target_type: 'issuer',
          target_id: after.id,
          target_name: 'idp',
          before: null,
          after,
        },
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ name: undefined }, 'name', 'required'],
      [{ name: '' }, 'name', 'min_length'],
      [{ name: 'n'.repeat(121) }, 'name', 'max_length'],
      [{ name: 'a\u0000' }, 'name', 'is_storable_text'],
      [{ name: 5 }, 'name', 'is_string'],
      [{ id: MISSING }, 'id', 'unknown_property'],
      [{ org_id: MISSING }, 'org_id', 'unknown_property'],
      [{ audience: 'portolan' }, 'audience', 'unknown_property'],
      [{ issuer_url: undefined }, 'issuer_url', 'required'],
      [{ issuer_url: null }, 'issuer_url', 'is_string'],
      [{ issuer_url: '' }, 'issuer_url', 'is_url'],
      [{ issuer_url: 'idp.example.com' }, 'issuer_url', 'is_url'],
      [{ issuer_url: 'https://idp.example.com/?tenant=a' }, 'issuer_url', 'is_url'],
      [{ issuer_url: 'https://idp.example.com/#a' }, 'issuer_url', 'is_url'],
      [{ issuer_url: ' https://idp.example.com' }, 'issuer_url', 'is_url'],
      [{ issuer_url: 'https://idp.exa\nmple.com' }, 'issuer_url', 'is_url'],
      [{ issuer_url: 'https:\\\\idp.example.com' }, 'issuer_url', 'is_url'],
      [{ issuer_url: `https://idp.example.com/${'x'.repeat(2_000)}` }, 'issuer_url', 'max_length'],
      [{ audiences: null }, 'audiences', 'is_array'],
      [{ audiences: 'portolan' }, 'audiences', 'is_array'],
      [{ audiences: [] }, 'audiences', 'min_items'],
      [{ audiences: Array.from({ length: 21 }, (_, index) => `a${index}`) }, 'audiences', 'max_items'],
      [{ audiences: ['a', 'a'] }, 'audiences', 'unique_items'],
      [{ audiences: ['a', ''] }, 'audiences.1', 'min_length'],
      [{ audiences: ['a'.repeat(501)] }, 'audiences.0', 'max_length'],
      [{ audiences: [5] }, 'audiences.0', 'is_string'],
      [{ audiences: ['\ud800'] }, 'audiences.0', 'is_storable_text'],
      [{ max_lifetime_seconds: 59 }, 'max_lifetime_seconds', 'min'],
      [{ max_lifetime_seconds: 86_401 }, 'max_lifetime_seconds', 'max'],
      [{ max_lifetime_seconds: 60.5 }, 'max_lifetime_seconds', 'is_integer'],
      [{ max_lifetime_seconds: null }, 'max_lifetime_seconds', 'is_integer'],
      [{ max_lifetime_seconds: '3600' }, 'max_lifetime_seconds', 'is_integer'],
      [{ enabled: 'true' }, 'enabled', 'is_boolean'],
      [{ enabled: null }, 'enabled', 'is_boolean'],
      [{ claim_rules: null }, 'claim_rules', 'is_array'],
      [{ claim_rules: {} }, 'claim_rules', 'is_array'],
      [{ claim_rules: Array(101).fill({ claim: 'a', value: 'b', role: VIEWER }) }, 'claim_rules', 'max_items'],
      [{ claim_rules: [null] }, 'claim_rules.0', 'is_object'],
      [{ claim_rules: [[]] }, 'claim_rules.0', 'is_object'],
      [rules({}), 'claim_rules.0', 'one_of'],
      [rules({ team_id: MISSING, role: VIEWER }), 'claim_rules.0', 'one_of'],
      [rules({ role: VIEWER, toString: 'x' }), 'claim_rules.0.toString', 'unknown_property'],
      [rules({ role: VIEWER, claim: undefined }), 'claim_rules.0.claim', 'required'],
      [rules({ role: VIEWER, claim: '' }), 'claim_rules.0.claim', 'min_length'],
      [rules({ role: VIEWER, claim: 'c'.repeat(201) }), 'claim_rules.0.claim', 'max_length'],
      [rules({ role: VIEWER, value: 5 }), 'claim_rules.0.value', 'is_string'],
      [rules({ role: VIEWER, value: 'v'.repeat(501) }), 'claim_rules.0.value', 'max_length'],
      [rules({ role: VIEWER, value: 'a\u0000' }), 'claim_rules.0.value', 'is_storable_text'],
      [rules({ team_id: null }), 'claim_rules.0.team_id', 'is_string'],
      [rules({ role: null }), 'claim_rules.0.role', 'is_object'],
      [rules({ role: { ...VIEWER, entity_region: '*' } }), 'claim_rules.0.role.entity_region', 'unknown_property'],
      [rules({ role: { ...VIEWER, role_name: 'toString' } }), 'claim_rules.0.role.role_name', 'enum'],
      [rules({ role: { ...VIEWER, role_name: undefined } }), 'claim_rules.0.role.role_name', 'required'],
      [rules({ role: { ...VIEWER, entity_type_name: 'Portals' } }), 'claim_rules.0.role.entity_type_name', 'enum'],
      [rules({ role: { ...VIEWER, entity_id: undefined } }), 'claim_rules.0.role.entity_id', 'required'],
      [
        rules({ role: { ...VIEWER, entity_type_name: 'Identity', entity_id: MISSING } }),
        'claim_rules.0.role.entity_id',
        'enum',
      ],
    ])('row %# names the field and the rule, and nothing is made', async (overrides, field, rule) => {
      const answer = await create(overrides);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field, rule, source: 'body' }),
      );
      expect(await countOf(world.acme)).toBe(0);
    });

    it.each([
      'http://idp.example.org:80x/',
      'https://169.254.169.254/',
      'http://169.254.169.254/',
      'http://[::ffff:a9fe:a9fe]/',
      'http://0xa9fea9fe/',
      'http://2852039166/',
      'https://user:secret@idp.example.com',
      'file:///etc/passwd',
      'gopher://idp.example.com/',
    ])('refuses to ask %s for keys', async (issuerUrl) => {
      const answer = await create({ issuer_url: issuerUrl });
      expect([400, 422]).toContain(answer.status);
      expect(answer.text).not.toContain('secret');
      expect(await countOf(world.acme)).toBe(0);
    });

    it('answers 422 for an address that may not be reached, whatever is there', async () => {
      const answer = await create({ issuer_url: 'https://10.0.0.1/' });
      expect([answer.status, answer.json().type]).toEqual([422, 'urn:portolan:error:forbidden_address']);
    });

    it('answers 409 for a name that is taken', async () => {
      await anIssuer(world, world.acme);
      const answer = await create({ issuer_url: 'https://other.example.com' });
      expect([answer.status, answer.json().type]).toEqual([409, 'urn:portolan:error:issuer_name_taken']);
    });

    it.each(['/o/globex', '/o/missing', '/o/acme/', '/o/acme/registries/tools', '/registries/tools', '/o/', '/', '/x'])(
      "refuses %s of ours as an audience, which is not the organization's own",
      async (path) => {
        const answer = await create({ audiences: ['portolan', `${world.url}${path}`] });
        expect(answer.status).toBe(400);
        expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
          expect.objectContaining({ field: 'audiences', rule: 'reserved', source: 'body' }),
        ]);
        expect(await countOf(world.acme)).toBe(0);
      },
    );

    it('refuses an audience that another issuer of that URL takes', async () => {
      await anIssuer(world, world.acme, { audiences: ['one', 'two'] });
      const answer = await create({ name: 'second', audiences: ['three', 'two'] });
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field: 'audiences', rule: 'already_taken' }),
      ]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 before it looks at the body', async () => {
      expect((await world.call('POST', '/v0/identity/issuers', { body: {} })).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to whoever may only read identities, and to a registry admin', async () => {
      const reader = await anIdentityAccount(world, world.acme, 'Viewer');
      const registryAdmin = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: '*' }]);
      for (const token of [reader, registryAdmin]) expect((await create({}, token)).status).toBe(403);
      expect(await countOf(world.acme)).toBe(0);
    });

    it('lets nobody give more than he has, be it by a role or by a team', async () => {
      const identityAdmin = await anIdentityAccount(world, world.acme, 'Admin');
      const admins = await world.db.query<{ id: string }>(
        `select id from team where org_id = $1 and name = 'Organization Admin'`,
        [world.acme.id],
      );
      for (const rule of [
        { role: VIEWER },
        { role: { ...VIEWER, entity_id: registry } },
        { role: { ...VIEWER, entity_type_name: 'Audit Logs' } },
        { team_id: team },
        { team_id: admins[0]?.id },
      ]) {
        const answer = await create(rules(rule), identityAdmin);
        expect([answer.status, answer.json().type]).toEqual([403, 'urn:portolan:error:privilege_ceiling']);
      }
      expect(await countOf(world.acme)).toBe(0);
      expect((await create({}, identityAdmin)).status).toBe(201);
    });

    it('lets him give what he has', async () => {
      const token = await anIdentityAccount(world, world.acme, 'Admin', [{ role: 'Viewer', on: '*' }]);
      expect((await create({ name: 'a', ...rules({ role: VIEWER }) }, token)).status).toBe(201);
      expect((await create({ name: 'b', audiences: ['b'], ...rules({ team_id: team }) }, token)).status).toBe(201);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign team or registry, a missing one and what is no id', async () => {
      for (const [ids, ruleOf] of [
        [[foreignTeam, MISSING, 'engineers'], (id: string) => ({ team_id: id })],
        [[foreignRegistry, MISSING, 'tools'], (id: string) => ({ role: { ...VIEWER, entity_id: id } })],
      ] as const) {
        const answers = await Promise.all(ids.map((id) => create(rules(ruleOf(id)))));
        expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
        expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
        expect(answers[0]?.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
          expect.objectContaining({ rule: 'missing_reference' }),
        ]);
      }
    });

    it('takes a name, URL and audience that another organization has', async () => {
      await anIssuer(world, world.globex);
      expect((await create()).status).toBe(201);
      expect([await countOf(world.acme), await countOf(world.globex)]).toEqual([1, 1]);
    });
  });
});
