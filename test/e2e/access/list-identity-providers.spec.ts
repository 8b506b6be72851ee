import { aProvider } from '../../sign-in/sso';
import { aWorld, type World } from '../../support/world';
import { needsIdentityViewer, needsSignIn, refusesBadQueries, type Listed } from './support/identity';

describe('list-identity-providers: GET /v0/identity-providers', () => {
  let world: World;
  let first: string;
  let second: string;

  const list = (token = world.acme.admin, query = '') => world.call('GET', `/v0/identity-providers${query}`, { token });
  const ids = async (query = '') =>
    (await list(world.acme.admin, query)).json<Listed<{ id: string }>>().data.map(({ id }) => id);

  beforeAll(async () => {
    world = await aWorld();
    first = await aProvider(world, world.acme);
    second = await aProvider(world, world.acme, true);
    await aProvider(world, world.globex, true);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with a page of providers, the oldest first, without secrets', async () => {
      const answer = await list();
      expect(answer.status).toBe(200);
      expect(answer.json()).toMatchObject({
        data: [
          { id: first, type: 'oidc', enabled: false, login_path: 'acme', config: { client_id: 'portolan' } },
          { id: second, enabled: true },
        ],
        meta: { page: { number: 1, size: 10, total: 2 } },
      });
      expect(answer.text).not.toMatch(/secret|v1\.none/);
    });

    it('filters, sorts and pages', async () => {
      expect(await ids('?filter[enabled]=true')).toEqual([second]);
      expect(await ids('?sort=created_at desc'.replace(' ', '%20'))).toEqual([second, first]);
      expect(await ids('?page[size]=1&page[number]=2')).toEqual([second]);
    });
  });

  describe('rejects bad input', () => {
    refusesBadQueries((query) => list(world.acme.admin, query));
  });

  describe('requires sign-in', () => {
    needsSignIn(
      () => world.call('GET', '/v0/identity-providers'),
      () => first,
    );
  });

  describe('requires the permission', () => {
    needsIdentityViewer(
      () => world,
      (token) => list(token),
    );
  });

  describe('hides other organizations', () => {
    it('shows the providers of the own organization only', async () => {
      expect(await ids()).toEqual([first, second]);
      expect((await list(world.globex.admin)).json<Listed<unknown>>().meta.page.total).toBe(1);
    });
  });
});
