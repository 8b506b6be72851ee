import { PREDEFINED_TEAMS } from '@portolan/access';
import { aWorld, type World } from '../../support/world';
import {
  anIdentityAdmin,
  aTeam,
  grant,
  hidesAlike,
  idOf,
  join,
  needsIdentityAdmin,
  needsSignIn,
  predefinedTeam,
  refusal,
  trailOf,
  type Team,
} from './support/identity';

describe('delete-team: DELETE /v0/teams/{teamId}', () => {
  let world: World;
  let registryId: string;
  let team: Team;
  let foreign: Team;

  const remove = (id: string, token = world.acme.admin) => world.call('DELETE', `/v0/teams/${id}`, { token });
  const status = async (id: string, token = world.acme.admin) =>
    (await world.call('GET', `/v0/teams/${id}`, { token })).status;

  beforeAll(async () => {
    world = await aWorld();
    registryId = await world.aRegistry(world.acme, 'tools');
  });

  beforeEach(async () => {
    team = await aTeam(world, world.acme);
    foreign = await aTeam(world, world.globex);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 204 without a body, and 404 from then on', async () => {
      const answer = await remove(team.id);
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect(await status(team.id)).toBe(404);
      expect(refusal(await remove(team.id))).toEqual([404, 'team_not_found']);
    });

    it('takes from the members at once what the team gave them, and leaves them where they are', async () => {
      const user = await world.aUser(world.acme);
      await grant(world, world.acme, { type: 'team', id: team.id }, ['Viewer', 'MCP Registries', registryId]);
      await join(world, world.acme, team.id, { type: 'user', id: await idOf(world, user) });
      const read = async () => (await world.call('GET', '/v0/registries/tools', { token: user })).status;
      expect(await read()).toBe(200);
      await remove(team.id);
      expect(await read()).toBe(404);
      expect((await world.call('GET', '/v0/users/me', { token: user })).status).toBe(200);
      for (const table of ['team_member', 'role_assignment'])
        expect(await world.db.query(`select from ${table} where team_id = $1`, [team.id])).toEqual([]);
    });

    it('writes one audit row with the team and its roles', async () => {
      await grant(world, world.acme, { type: 'team', id: team.id }, ['Viewer', 'MCP Registries', registryId]);
      const trail = await trailOf(world, world.acme, () => remove(team.id));
      const role = { role_name: 'Viewer', entity_type_name: 'MCP Registries', entity_id: registryId };
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'team.delete',
          target_id: team.id,
          target_name: 'Payments',
          before: { ...team, assigned_roles: [role] },
          after: null,
        }),
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each(PREDEFINED_TEAMS.map(({ name }) => name))('answers 409 for the predefined team %s', async (name) => {
      const id = await predefinedTeam(world, world.acme, name);
      expect(refusal(await remove(id))).toEqual([409, 'predefined_team']);
      expect(await status(id)).toBe(200);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (id) => world.call('DELETE', `/v0/teams/${id}`),
      () => team.id,
    );
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => remove(team.id, token),
    );

    it('answers 403 to an Identity Admin when the team may more than he, and writes that down', async () => {
      await grant(world, world.acme, { type: 'team', id: team.id }, ['Viewer', 'MCP Registries', registryId]);
      const identityAdmin = await anIdentityAdmin(world, world.acme);
      const trail = await trailOf(world, world.acme, async () => {
        expect(refusal(await remove(team.id, identityAdmin))).toEqual([403, 'privilege_ceiling']);
      });
      expect(trail).toEqual([expect.objectContaining({ action: 'permission.deny', reason: 'privilege_ceiling' })]);
      expect(await status(team.id)).toBe(200);
    });

    it('lets an Identity Admin delete a team that may no more than he', async () => {
      await grant(world, world.acme, { type: 'team', id: team.id }, ['Viewer', 'Identity']);
      expect((await remove(team.id, await anIdentityAdmin(world, world.acme))).status).toBe(204);
    });
  });

  describe('hides other organizations', () => {
    hidesAlike('team_not_found', remove, () => foreign.id);

    it('leaves a foreign team alone', async () => {
      await remove(foreign.id);
      expect(await status(foreign.id, world.globex.admin)).toBe(200);
    });
  });
});
