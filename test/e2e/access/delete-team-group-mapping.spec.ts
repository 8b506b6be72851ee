import { aProvider, mapGroup } from '../../sign-in/sso';
import { aWorld, type World } from '../../support/world';
import {
  anIdentityAdmin,
  aTeam,
  hidesAlike,
  needsIdentityAdmin,
  needsSignIn,
  predefinedTeam,
  refusal,
  trailOf,
  type Team,
} from './support/identity';

describe('delete-team-group-mapping: DELETE /v0/identity-providers/{providerId}/team-group-mappings/{mappingId}', () => {
  let world: World;
  let provider: string;
  let team: Team;
  let id: string;
  let foreignProvider: string;
  let foreign: string;

  const remove = (mappingId: string, token = world.acme.admin, providerId = provider) =>
    world.call('DELETE', `/v0/identity-providers/${providerId}/team-group-mappings/${mappingId}`, { token });
  const exists = async (mappingId: string) =>
    (await world.db.query(`select 1 from team_group_mapping where id = $1`, [mappingId])).length === 1;

  beforeAll(async () => {
    world = await aWorld();
    provider = await aProvider(world, world.acme);
    foreignProvider = await aProvider(world, world.globex);
    team = await aTeam(world, world.acme);
  });

  beforeEach(async () => {
    await world.db.query('delete from team_group_mapping');
    id = await mapGroup(world, world.acme, provider, 'sailors', team.id);
    const foreignTeam = await aTeam(world, world.globex);
    foreign = await mapGroup(world, world.globex, foreignProvider, 'sailors', foreignTeam.id);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 204 and leaves other mappings alone', async () => {
      const other = await mapGroup(world, world.acme, provider, 'cooks', team.id);
      const answer = await remove(id);
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect([await exists(id), await exists(other)]).toEqual([false, true]);
    });

    it('writes one audit row with what was there', async () => {
      const trail = await trailOf(world, world.acme, () => remove(id));
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'team_mapping.delete',
          target_id: id,
          before: expect.objectContaining({ group: 'sailors', identity_provider_id: provider }) as object,
        }),
      ]);
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 the second time', async () => {
      await remove(id);
      expect(refusal(await remove(id))).toEqual([404, 'team_mapping_not_found']);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (one) => world.call('DELETE', `/v0/identity-providers/${provider}/team-group-mappings/${one}`),
      () => id,
    );
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => remove(id, token),
    );

    it('takes no team away that may do more than the caller', async () => {
      const admins = await predefinedTeam(world, world.acme, 'Organization Admin');
      const one = await mapGroup(world, world.acme, provider, 'captains', admins);
      const admin = await anIdentityAdmin(world, world.acme);
      expect(refusal(await remove(one, admin))).toEqual([403, 'privilege_ceiling']);
      expect(await exists(one)).toBe(true);
      expect((await remove(id, admin)).status).toBe(204);
    });
  });

  describe('hides other organizations', () => {
    hidesAlike('team_mapping_not_found', remove, () => foreign);

    it('answers 404 for a mapping below a provider whose it is not, and leaves it alone', async () => {
      const sibling = await aProvider(world, world.acme);
      expect(refusal(await remove(id, world.acme.admin, sibling))).toEqual([404, 'team_mapping_not_found']);
      expect(refusal(await remove(foreign, world.acme.admin, foreignProvider))).toEqual([
        404,
        'identity_provider_not_found',
      ]);
      expect([await exists(id), await exists(foreign)]).toEqual([true, true]);
    });
  });
});
