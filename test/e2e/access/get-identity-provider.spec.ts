import { aProvider } from '../../sign-in/sso';
import { aWorld, type World } from '../../support/world';
import { hidesAlike, needsIdentityViewer, needsSignIn, refusal } from './support/identity';

describe('get-identity-provider: GET /v0/identity-providers/{providerId}', () => {
  let world: World;
  let id: string;
  let foreign: string;

  const get = (providerId: string, token = world.acme.admin) =>
    world.call('GET', `/v0/identity-providers/${providerId}`, { token });

  beforeAll(async () => {
    world = await aWorld();
    id = await aProvider(world, world.acme, true);
    foreign = await aProvider(world, world.globex, true);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the provider, without its secret', async () => {
      const answer = await get(id);
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({
        id,
        type: 'oidc',
        enabled: true,
        login_path: 'acme',
        config: {
          issuer_url: 'https://idp.example.com',
          client_id: 'portolan',
          scopes: ['openid'],
          claim_mappings: { name: 'name', email: 'email', groups: 'groups' },
        },
        created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        updated_at: expect.stringMatching(/\.\d{6}Z$/) as string,
      });
      expect((await get(id.toUpperCase())).json().id).toBe(id);
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 for what is no id', async () => {
      expect(refusal(await get('oidc'))).toEqual([404, 'identity_provider_not_found']);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (one) => world.call('GET', `/v0/identity-providers/${one}`),
      () => id,
    );
  });

  describe('requires the permission', () => {
    needsIdentityViewer(
      () => world,
      (token) => get(id, token),
    );
  });

  describe('hides other organizations', () => {
    hidesAlike('identity_provider_not_found', get, () => foreign);
  });
});
