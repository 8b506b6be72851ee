import { aWorld, type World } from '../../support/world';
import { aUserWith, MISSING, problem } from './token-owners';

describe('get-token-settings: GET /v0/organizations/{organizationId}/personal-access-token-settings', () => {
  let world: World;

  const call = (options: { token?: string; body?: unknown } = {}, id = 'me', query = '') =>
    world.call('GET', `/v0/organizations/${id}/personal-access-token-settings${query}`, {
      token: world.acme.admin,
      ...options,
    });

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the defaults, by `me` and by the own id', async () => {
      for (const id of ['me', world.acme.id, world.acme.id.toUpperCase()]) {
        const answer = await call({}, id);
        expect([answer.status, answer.json()]).toEqual([200, { pats_enabled: true, max_expiration_period_days: 365 }]);
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
        expect((await world.call('GET', `/v0/organizations/${id}/personal-access-token-settings`)).status).toBe(401);
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
