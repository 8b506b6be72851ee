import { aWorld, type World } from '../../support/world';
import { needsIdentityViewer, needsSignIn } from './support/identity';

describe('get-authentication-settings: GET /v0/authentication-settings', () => {
  let world: World;

  const get = (token = world.acme.admin) => world.call('GET', '/v0/authentication-settings', { token });

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with passwords on and the rest off in a new organization', async () => {
      const answer = await get();
      expect([answer.status, answer.json()]).toEqual([
        200,
        { basic_auth_enabled: true, oidc_auth_enabled: false, idp_mapping_enabled: false },
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each(['POST', 'PUT', 'DELETE'])('answers 405 with Allow to %s', async (method) => {
      const answer = await world.call(method, '/v0/authentication-settings', { token: world.acme.admin });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, PATCH']);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      () => world.call('GET', '/v0/authentication-settings'),
      () => '',
    );
  });

  describe('requires the permission', () => {
    needsIdentityViewer(
      () => world,
      (token) => get(token),
    );
  });

  describe('hides other organizations', () => {
    it('answers with the settings of the own organization', async () => {
      await world.db.query(`update organization set idp_mapping_enabled = true where id = $1`, [world.globex.id]);
      expect((await get()).json().idp_mapping_enabled).toBe(false);
      expect((await get(world.globex.admin)).json().idp_mapping_enabled).toBe(true);
    });
  });
});
