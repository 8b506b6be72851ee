import { aServer, aWorld, type World } from '../../support/world';
import { aUserWith, MISSING, problem } from './token-owners';

describe('get-organization-limits: GET /v0/organizations/{organizationId}/limits', () => {
  let world: World;

  const call = (options: { token?: string; body?: unknown } = {}, id = 'me', query = '') =>
    world.call('GET', `/v0/organizations/${id}/limits${query}`, { token: world.acme.admin, ...options });

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the limits of the platform and what is in use', async () => {
      await world.aRegistry(world.acme, 'tools');
      await world.aRegistry(world.acme, 'empty');
      for (const version of ['1.0.0', '1.1.0']) await world.publish(world.acme, 'tools', aServer({ version }));
      await world.publish(world.acme, 'tools', aServer({ name: 'com.example/other' }));
      const answer = await call();
      expect([answer.status, answer.json()]).toEqual([
        200,
        {
          rate_limits: {
            read: { per_second: 500, burst: 5_000 },
            search: { per_second: 100, burst: 500 },
            write: { per_second: 200, burst: 2_000 },
            auth: { per_second: 5, burst: 50 },
            export: { per_second: 0.2, burst: 5 },
          },
          quotas: {
            registries: { maximum: 1_000, in_use: 2 },
            servers: { maximum: 1_000_000, in_use: 2 },
            versions: { maximum: 10_000_000, in_use: 3 },
            tokens: { maximum: 10_000, in_use: 1 },
            teams: { maximum: 10_000, in_use: 0 },
          },
        },
      ]);
    });

    it("shows the organization's own limits where it has some", async () => {
      await world.db.query(
        `update organization set quotas = '{"teams": 3}', rate_limits = '{"read": {"per_second": 7, "burst": 70}}'
         where name = 'acme'`,
      );
      expect((await call({}, world.acme.id)).json()).toMatchObject({
        rate_limits: { read: { per_second: 7, burst: 70 }, search: { per_second: 100, burst: 500 } },
        quotas: { teams: { maximum: 3, in_use: 0 }, tokens: { maximum: 10_000 } },
      });
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
        expect((await world.call('GET', `/v0/organizations/${id}/limits`)).status).toBe(401);
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
      for (const id of [world.globex.id, MISSING, 'globex'])
        expect(problem(await call({}, id))).toEqual([404, 'organization_not_found']);
    });

    it('counts nothing of another organization', async () => {
      const foreign = await call({ token: world.globex.admin });
      expect(foreign.json()).toMatchObject({ quotas: { registries: { in_use: 0 }, versions: { in_use: 0 } } });
    });
  });
});
