import { aWorld, type World } from '../../support/world';
import { aUserWith, MISSING, problem } from './token-owners';

describe('get-ip-allow-list: GET /v0/organizations/{organizationId}/ip-allow-list', () => {
  let world: World;

  const call = (options: { token?: string; body?: unknown } = {}, id = 'me', query = '') =>
    world.call('GET', `/v0/organizations/${id}/ip-allow-list${query}`, { token: world.acme.admin, ...options });

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with what is set, by `me` and by the own id', async () => {
      expect((await call()).json()).toEqual({ enabled: false, allowed_ips: [] });
      await world.db.query(
        `update organization set allowed_ips = '{192.0.2.0/24,2001:db8::/32,198.51.100.7}' where name = 'acme'`,
      );
      for (const id of ['me', world.acme.id]) {
        const answer = await call({}, id);
        expect([answer.status, answer.json()]).toEqual([
          200,
          { enabled: false, allowed_ips: ['192.0.2.0/24', '2001:db8::/32', '198.51.100.7/32'] },
        ]);
      }
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 for what is neither `me` nor an id', async () => {
      for (const id of ['acme', 'ME', '%20'])
        expect(problem(await call({}, id))).toEqual([404, 'organization_not_found']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      for (const id of ['me', world.acme.id])
        expect((await world.call('GET', `/v0/organizations/${id}/ip-allow-list`)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to who may not see how the organization signs in', async () => {
      const { token } = await aUserWith(world, world.acme, ['Admin', 'MCP Registries']);
      expect(problem(await call({ token }))).toEqual([403, 'forbidden']);
      const viewer = await aUserWith(world, world.acme, ['Viewer', 'Identity']);
      expect((await call({ token: viewer.token })).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign and a missing organization', async () => {
      const answers = [];
      for (const id of [world.globex.id, MISSING, 'globex']) answers.push(await call({}, id));
      for (const answer of answers) {
        expect(problem(answer)).toEqual([404, 'organization_not_found']);
        expect(answer.masked).toBe(answers[0]?.masked);
      }
    });
  });
});
