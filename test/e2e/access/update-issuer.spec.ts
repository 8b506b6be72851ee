import { aWorld, type World } from '../../support/world';
import { anIdentityAccount, anIssuer, aTeam, type Issuer } from './issuer';

const MISSING = '00000000-0000-7000-8000-000000000000';
const VIEWER = { role_name: 'Viewer', entity_type_name: 'MCP Registries', entity_id: '*' };
const VIEWER_RULE = { claim: 'groups', value: 'platform', role: VIEWER };

describe('update-issuer: PATCH /v0/identity/issuers/{issuerId}', () => {
  let world: World;
  let issuer: Issuer;
  let foreign: Issuer;

  const patch = (body: unknown, id = issuer.id, token = world.acme.admin) =>
    world.call('PATCH', `/v0/identity/issuers/${id}`, { token, body });
  const read = async (id = issuer.id, token = world.acme.admin) =>
    (await world.call('GET', `/v0/identity/issuers/${id}`, { token })).json();

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(async () => {
    await world.db.query('delete from trusted_issuer');
    issuer = await anIssuer(world, world.acme, { claim_rules: [VIEWER_RULE] });
    foreign = await anIssuer(world, world.globex, { claim_rules: [VIEWER_RULE] });
  });

  afterAll(() => world.close());

  describe('works', () => {
    it.each([
      [{ name: 'other' }],
      [{ audiences: ['other', 'portolan'] }],
      [{ claim_rules: [] }],
      [{ max_lifetime_seconds: 60 }],
      [{ enabled: false }],
      [{}],
    ])('changes what is there and leaves the rest: %j', async (change) => {
      const answer = await patch(change);
      expect([answer.status, answer.json()]).toEqual([
        200,
        { ...issuer, ...change, updated_at: expect.any(String) as string },
      ]);
      expect(answer.json().updated_at).not.toBe(issuer.updated_at);
      expect(await read()).toEqual(answer.json());
    });

    it('replaces rules as a whole', async () => {
      const rules = [{ claim: 'sub', value: 'ci', role: { ...VIEWER, role_name: 'Publisher' } }];
      expect((await patch({ claim_rules: rules })).json().claim_rules).toEqual(rules);
    });

    it('leaves rules of a team that is gone alone', async () => {
      const team = await aTeam(world, world.acme);
      await patch({ claim_rules: [{ claim: 'groups', value: 'a', team_id: team }] });
      await world.db.query('delete from team where id = $1', [team]);
      expect((await patch({ enabled: false })).status).toBe(200);
    });

    it('writes one audit row with the issuer before and after', async () => {
      await world.db.query('delete from audit_log');
      const after = (await patch({ audiences: ['other'] })).json();
      expect(await world.db.query('select action, target_id, before, after from audit_log')).toEqual([
        { action: 'issuer.update', target_id: issuer.id, before: issuer, after },
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ id: MISSING }, 'id', 'unknown_property'],
      [{ created_at: '2020-01-01T00:00:00Z' }, 'created_at', 'unknown_property'],
      [{ name: null }, 'name', 'is_string'],
      [{ name: '' }, 'name', 'min_length'],
      [{ issuer_url: 'https://other.example.com' }, 'issuer_url', 'immutable'],
      [{ issuer_url: 'https://idp.example.com' }, 'issuer_url', 'immutable'],
      [{ issuer_url: null }, 'issuer_url', 'immutable'],
      [{ audiences: null }, 'audiences', 'is_array'],
      [{ audiences: [] }, 'audiences', 'min_items'],
      [{ claim_rules: null }, 'claim_rules', 'is_array'],
      [{ claim_rules: [{ claim: 'a', value: 'b' }] }, 'claim_rules.0', 'one_of'],
      [{ max_lifetime_seconds: 86_401 }, 'max_lifetime_seconds', 'max'],
      [{ enabled: null }, 'enabled', 'is_boolean'],
    ])('row %# names the field and the rule, and nothing changes', async (body, field, rule) => {
      const answer = await patch(body);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field, rule, source: 'body' }),
      );
      expect(await read()).toEqual(issuer);
    });

    it("refuses a URL of ours as an audience, unless it is the organization's own", async () => {
      const answer = await patch({ audiences: [`${world.url}/o/globex`] });
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field: 'audiences', rule: 'reserved' }),
      ]);
      expect(await read()).toEqual(issuer);
      expect((await patch({ audiences: [`${world.url}/o/acme`] })).status).toBe(200);
    });

    it('answers 409 for a name that is taken, and 400 for an audience that is', async () => {
      await anIssuer(world, world.acme, { name: 'second', audiences: ['second'] });
      expect((await patch({ name: 'second' })).status).toBe(409);
      expect((await patch({ audiences: ['second'] })).status).toBe(400);
      expect(await read()).toEqual(issuer);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 before it looks at the issuer', async () => {
      for (const id of [issuer.id, MISSING])
        expect((await world.call('PATCH', `/v0/identity/issuers/${id}`, { body: {} })).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to whoever may only read identities', async () => {
      const reader = await anIdentityAccount(world, world.acme, 'Viewer', [{ role: 'Admin', on: '*' }]);
      expect((await patch({ enabled: false }, issuer.id, reader)).status).toBe(403);
      expect(await read()).toEqual(issuer);
    });

    it('lets nobody decide who gets what he has not, be it before or after the change', async () => {
      const identityAdmin = await anIdentityAccount(world, world.acme, 'Admin');
      for (const change of [{ audiences: ['mine'] }, { claim_rules: [] }, { enabled: false }, { name: 'mine' }]) {
        const answer = await patch(change, issuer.id, identityAdmin);
        expect([answer.status, answer.json().type]).toEqual([403, 'urn:portolan:error:privilege_ceiling']);
      }
      expect(await read()).toEqual(issuer);
      const empty = await anIssuer(world, world.acme, { name: 'empty', audiences: ['empty'] });
      expect((await patch({ claim_rules: [VIEWER_RULE] }, empty.id, identityAdmin)).status).toBe(403);
      expect((await patch({ enabled: false }, empty.id, identityAdmin)).status).toBe(200);
    });

    it('counts what subjects of the issuer hold themselves', async () => {
      const viewer = await anIdentityAccount(world, world.acme, 'Admin', [{ role: 'Viewer', on: '*' }]);
      expect((await patch({ audiences: ['mine'] }, issuer.id, viewer)).status).toBe(200);
      await world.db.query(
        `with subject as (
           insert into issuer_subject (org_id, id, issuer_id, subject)
           values ($1, gen_random_uuid(), $2, 'agent-1') returning org_id, id
         )
         insert into role_assignment (org_id, id, issuer_subject_id, role_name, entity_type_name, entity_id)
         select org_id, gen_random_uuid(), id, 'Admin', 'MCP Registries', '*' from subject`,
        [world.acme.id, issuer.id],
      );
      expect((await patch({ audiences: ['next'] }, issuer.id, viewer)).status).toBe(403);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign issuer, a missing one and what is no id, alike, and changes nothing', async () => {
      const answers = await Promise.all([foreign.id, MISSING, 'idp'].map((id) => patch({ name: 'taken over' }, id)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
      expect(await read(foreign.id, world.globex.admin)).toEqual(foreign);
    });

    it('answers alike for a foreign team and a missing one', async () => {
      const foreignTeam = await aTeam(world, world.globex);
      const answers = await Promise.all(
        [foreignTeam, MISSING].map((id) => patch({ claim_rules: [{ claim: 'a', value: 'b', team_id: id }] })),
      );
      expect(answers.map(({ status }) => status)).toEqual([400, 400]);
      expect(answers[0]?.masked).toBe(answers[1]?.masked);
    });
  });
});
