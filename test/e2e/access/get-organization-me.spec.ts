import { aWorld, type World } from '../../support/world';

describe('get-organization-me: GET /v0/organizations/me', () => {
  let world: World;

  const me = (token?: string) => world.call('GET', '/v0/organizations/me', token === undefined ? {} : { token });

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  describe('works', () => {
    it("answers 200 with the caller's organization", async () => {
      const answer = await me(world.acme.admin);
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({
        id: world.acme.id,
        name: 'acme',
        display_name: 'acme',
        login_path: 'acme',
        state: 'active',
        created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        updated_at: expect.stringMatching(/\.\d{6}Z$/) as string,
      });
    });

    it('answers a system account as it does a user', async () => {
      expect((await me(await world.aSystemAccount(world.acme))).text).toBe((await me(world.acme.admin)).text);
    });
  });

  describe('rejects bad input', () => {
    it.each(['POST', 'PUT'])('answers 405 with Allow to %s', async (method) => {
      const answer = await world.call(method, '/v0/organizations/me', { token: world.acme.admin });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'DELETE, GET, HEAD, PATCH']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, and says so when it was a bad one', async () => {
      const none = await me();
      expect([none.status, none.headers['www-authenticate']]).toEqual([401, 'Bearer realm="portolan"']);
      const bad = await me('garbage');
      expect([bad.status, bad.headers['www-authenticate']]).toEqual([
        401,
        'Bearer realm="portolan", error="invalid_token"',
      ]);
    });

    it.each([[{ expired: true }], [{ revoked: true }], [{ active: false }]])(
      'refuses a user who is %j',
      async (state) => {
        expect((await me(await world.aUser(world.acme, state))).status).toBe(401);
      },
    );

    it('takes nothing but a bearer token', async () => {
      for (const authorization of [`Basic ${world.acme.admin}`, `Token ${world.acme.admin}`, world.acme.admin, '']) {
        const answer = await world.call('GET', '/v0/organizations/me', { headers: { authorization } });
        expect(answer.status).toBe(401);
      }
      const answer = await world.call('GET', `/v0/organizations/me?access_token=${world.acme.admin}`);
      expect(answer.status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('needs no role: who is signed in may know where', async () => {
      expect((await me(await world.aUser(world.acme))).status).toBe(200);
    });

    it('answers 403 once the organization is suspended', async () => {
      await world.db.query(`update organization set state = 'suspended' where id = $1`, [world.acme.id]);
      const answer = await me(world.acme.admin);
      await world.db.query(`update organization set state = 'active' where id = $1`, [world.acme.id]);
      expect([answer.status, answer.json().type]).toEqual([403, 'urn:portolan:error:organization_suspended']);
      expect((await me(world.acme.admin)).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('takes the organization from the credential and from nothing else', async () => {
      const answer = await world.call('GET', `/v0/organizations/me?id=${world.acme.id}&org_id=${world.acme.id}`, {
        token: world.globex.admin,
        headers: { 'x-org-id': world.acme.id, 'x-organization': 'acme', host: 'acme.example.com' },
      });
      expect(answer.json()).toMatchObject({ id: world.globex.id, name: 'globex' });
    });

    it('lets nobody but the operator ask for another organization, nor for the own one by its id', async () => {
      for (const id of [world.acme.id, world.globex.id, 'acme'])
        expect((await world.call('GET', `/v0/organizations/${id}`, { token: world.globex.admin })).status).toBe(403);
    });
  });
});
