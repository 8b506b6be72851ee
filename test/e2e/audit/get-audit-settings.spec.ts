import { aWorld, type World } from '../../support/world';
import { aUserWith, problem } from '../access/token-owners';

const DEFAULTS = {
  retention_days: 400,
  legal_hold: false,
  log_grants: false,
  access_sample_percent: 0,
  updated_at: null,
  purge_paused_until: null,
};

describe('get-audit-settings: GET /v0/audit-logs/settings', () => {
  let world: World;

  const call = (token?: string, query = '') =>
    world.call('GET', `/v0/audit-logs/settings${query}`, token === undefined ? {} : { token });

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the defaults as long as nobody has changed them', async () => {
      const answer = await call(world.acme.admin);
      expect([answer.status, answer.json()]).toEqual([200, DEFAULTS]);
    });
  });

  describe('rejects bad input', () => {
    it('answers what is no such route with 404', async () => {
      expect((await world.call('GET', '/v0/audit-logs/setting', { token: world.acme.admin })).status).toBe(404);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await call()).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to who may not read the trail, and 200 to who may no more than that', async () => {
      const { token } = await aUserWith(world, world.acme, ['Admin', 'MCP Registries']);
      expect(problem(await call(token))).toEqual([403, 'forbidden']);
      const viewer = await aUserWith(world, world.acme, ['Viewer', 'Audit Logs']);
      expect((await call(viewer.token)).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('tells each organization its own settings', async () => {
      const body = { retention_days: 1_000 };
      const changed = await world.call('PATCH', '/v0/audit-logs/settings', { token: world.globex.admin, body });
      expect(changed.status).toBe(200);
      expect((await call(world.acme.admin)).json()).toEqual(DEFAULTS);
      expect((await call(world.globex.admin)).json()).toEqual(changed.json());
    });
  });
});
