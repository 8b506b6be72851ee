import { aProvider, mapGroup } from '../../sign-in/sso';
import { aWorld, type Organization, type World } from '../../support/world';
import {
  aTeam,
  hidesAlike,
  needsIdentityViewer,
  needsSignIn,
  refusesBadQueries,
  type Listed,
  type Team,
} from './support/identity';

interface Mapping {
  readonly id: string;
  readonly team_id: string;
  readonly group: string;
}

describe('list-team-group-mappings: GET /v0/identity-providers/{providerId}/team-group-mappings', () => {
  let world: World;
  let provider: string;
  let foreign: string;
  let team: Team;

  const list = (providerId: string, token = world.acme.admin, query = '') =>
    world.call('GET', `/v0/identity-providers/${providerId}/team-group-mappings${query}`, { token });
  const groups = async (query = '', providerId = provider) =>
    (await list(providerId, world.acme.admin, query)).json<Listed<Mapping>>().data.map(({ group }) => group);
  const mapped = async (organization: Organization, ...names: string[]) => {
    const id = await aProvider(world, organization);
    const { id: teamId } = await aTeam(world, organization);
    for (const name of names) await mapGroup(world, organization, id, name, teamId);
    return id;
  };

  beforeAll(async () => {
    world = await aWorld();
    provider = await mapped(world.acme, 'sailors', 'Cooks', 'pilots');
    foreign = await mapped(world.globex, 'sailors');
    [team] = (await world.call('GET', '/v0/teams?filter[name]=Payments', { token: world.acme.admin })).json<{
      data: [Team];
    }>().data;
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with a page of mappings by group', async () => {
      const answer = await list(provider);
      expect(answer.status).toBe(200);
      const { data, meta } = answer.json<Listed<Mapping>>();
      expect(data[1]).toEqual({
        id: expect.any(String) as string,
        team_id: team.id,
        group: 'pilots',
        created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
      });
      expect(meta).toEqual({ page: { number: 1, size: 10, total: 3 } });
      expect(await groups()).toEqual(['Cooks', 'pilots', 'sailors']);
    });

    it('filters, sorts and pages', async () => {
      expect(await groups('?filter[group]=pilots')).toEqual(['pilots']);
      expect(await groups('?filter[group][contains]=O')).toEqual(['Cooks', 'pilots', 'sailors']);
      expect(await groups(`?filter[team_id]=${team.id}&sort=created_at`)).toEqual(['sailors', 'Cooks', 'pilots']);
      expect(await groups('?page[size]=2&page[number]=2')).toEqual(['sailors']);
    });

    it('shows the mappings of the provider of the path only', async () => {
      const other = await mapped(world.acme, 'others');
      expect(await groups('', other)).toEqual(['others']);
      expect(await groups()).not.toContain('others');
    });
  });

  describe('rejects bad input', () => {
    refusesBadQueries((query) => list(provider, world.acme.admin, query));
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (id) => world.call('GET', `/v0/identity-providers/${id}/team-group-mappings`),
      () => provider,
    );
  });

  describe('requires the permission', () => {
    needsIdentityViewer(
      () => world,
      (token) => list(provider, token),
    );
  });

  describe('hides other organizations', () => {
    hidesAlike('identity_provider_not_found', list, () => foreign);
  });
});
