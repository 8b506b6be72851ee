import { aWorld, type World } from '../../support/world';
import { anIdentityAccount, anIssuer, type Issuer } from './issuer';

const MISSING = '00000000-0000-7000-8000-000000000000';

describe('get-issuer: GET /v0/identity/issuers/{issuerId}', () => {
  let world: World;
  let issuer: Issuer;
  let foreign: Issuer;

  const get = (id: string, token = world.acme.admin) => world.call('GET', `/v0/identity/issuers/${id}`, { token });

  beforeAll(async () => {
    world = await aWorld();
    issuer = await anIssuer(world, world.acme);
    foreign = await anIssuer(world, world.globex);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers with what was created', async () => {
      const answer = await get(issuer.id);
      expect([answer.status, answer.json()]).toEqual([200, issuer]);
      expect((await get(issuer.id.toUpperCase())).json()).toEqual(issuer);
    });

    it('answers to whoever may read identities', async () => {
      expect((await get(issuer.id, await anIdentityAccount(world, world.acme, 'Viewer'))).json()).toEqual(issuer);
    });
  });

  describe('rejects bad input', () => {
    it.each(['x', 'idp', '%00', "'", `${MISSING}x`])('answers 404 for %s, which is no id', async (id) => {
      expect((await get(id)).status).toBe(id === '%00' ? 400 : 404);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401, be the issuer there or not', async () => {
      const answers = await Promise.all(
        [issuer.id, MISSING].map((id) => world.call('GET', `/v0/identity/issuers/${id}`)),
      );
      expect(answers.map(({ status }) => status)).toEqual([401, 401]);
      expect(answers[0]?.masked).toBe(answers[1]?.masked);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to an Admin of all registries, be the issuer there or not', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: '*' }]);
      for (const id of [issuer.id, MISSING]) expect((await get(id, token)).status).toBe(403);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign issuer, a missing one and what is no id, byte for byte alike', async () => {
      const answers = await Promise.all([foreign.id, MISSING, 'idp'].map((id) => get(id)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
    });
  });
});
