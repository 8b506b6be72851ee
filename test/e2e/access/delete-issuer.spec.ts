import { aWorld, type World } from '../../support/world';
import { anIdentityAccount, anIssuer, type Issuer } from './issuer';

const MISSING = '00000000-0000-7000-8000-000000000000';
const VIEWER_RULE = {
  claim: 'groups',
  value: 'platform',
  role: { role_name: 'Viewer', entity_type_name: 'MCP Registries', entity_id: '*' },
};

describe('delete-issuer: DELETE /v0/identity/issuers/{issuerId}', () => {
  let world: World;
  let issuer: Issuer;
  let foreign: Issuer;

  const remove = (id = issuer.id, token = world.acme.admin) =>
    world.call('DELETE', `/v0/identity/issuers/${id}`, { token });
  const isThere = async (id = issuer.id, token = world.acme.admin) =>
    (await world.call('GET', `/v0/identity/issuers/${id}`, { token })).status === 200;

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(async () => {
    await world.db.query('delete from trusted_issuer');
    issuer = await anIssuer(world, world.acme, { claim_rules: [VIEWER_RULE] });
    foreign = await anIssuer(world, world.globex);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 204 without a body, and 404 the second time', async () => {
      const answer = await remove();
      expect([answer.status, answer.text, await isThere()]).toEqual([204, '', false]);
      expect((await remove()).status).toBe(404);
    });

    it('takes its subjects along, and the roles that they held', async () => {
      await world.db.query(
        `with subject as (
           insert into issuer_subject (org_id, id, issuer_id, subject)
           values ($1, gen_random_uuid(), $2, 'agent-1') returning org_id, id
         )
         insert into role_assignment (org_id, id, issuer_subject_id, role_name, entity_type_name, entity_id)
         select org_id, gen_random_uuid(), id, 'Viewer', 'MCP Registries', '*' from subject`,
        [world.acme.id, issuer.id],
      );
      expect((await remove()).status).toBe(204);
      expect(await world.db.query('select 1 from issuer_subject')).toEqual([]);
      expect(await world.db.query('select 1 from role_assignment where issuer_subject_id is not null')).toEqual([]);
    });

    it('writes one audit row with what was deleted', async () => {
      await world.db.query('delete from audit_log');
      await remove();
      expect(await world.db.query('select action, target_id, target_name, before, after from audit_log')).toEqual([
        { action: 'issuer.delete', target_id: issuer.id, target_name: 'idp', before: issuer, after: null },
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each(['x', 'idp', `${MISSING}x`])('answers 404 for %s, which is no id', async (id) => {
      expect((await remove(id)).status).toBe(404);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401, be the issuer there or not', async () => {
      for (const id of [issuer.id, MISSING])
        expect((await world.call('DELETE', `/v0/identity/issuers/${id}`)).status).toBe(401);
      expect(await isThere()).toBe(true);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to whoever may only read identities', async () => {
      const reader = await anIdentityAccount(world, world.acme, 'Viewer', [{ role: 'Admin', on: '*' }]);
      expect([(await remove(issuer.id, reader)).status, await isThere()]).toEqual([403, true]);
    });

    it('lets nobody take what he has not', async () => {
      const identityAdmin = await anIdentityAccount(world, world.acme, 'Admin');
      const answer = await remove(issuer.id, identityAdmin);
      expect([answer.status, answer.json().type]).toEqual([403, 'urn:portolan:error:privilege_ceiling']);
      expect(await isThere()).toBe(true);
      const viewer = await anIdentityAccount(world, world.acme, 'Admin', [{ role: 'Viewer', on: '*' }]);
      expect((await remove(issuer.id, viewer)).status).toBe(204);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign issuer, a missing one and what is no id, alike, and deletes nothing', async () => {
      const answers = await Promise.all([foreign.id, MISSING, 'idp'].map((id) => remove(id)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
      expect(await isThere(foreign.id, world.globex.admin)).toBe(true);
    });
  });
});
