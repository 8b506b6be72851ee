import { aProvider, mapGroup } from '../../sign-in/sso';
import { aWorld, type World } from '../../support/world';
import { aTeam, hidesAlike, needsIdentityViewer, needsSignIn, refusal, shown } from './support/identity';

describe('get-team-group-mapping: GET /v0/identity-providers/{providerId}/team-group-mappings/{mappingId}', () => {
  let world: World;
  let provider: string;
  let id: string;
  let foreignProvider: string;
  let foreign: string;

  const get = (mappingId: string, token = world.acme.admin, providerId = provider) =>
    world.call('GET', `/v0/identity-providers/${providerId}/team-group-mappings/${mappingId}`, { token });

  beforeAll(async () => {
    world = await aWorld();
    provider = await aProvider(world, world.acme);
    foreignProvider = await aProvider(world, world.globex);
    id = await mapGroup(world, world.acme, provider, 'sailors', (await aTeam(world, world.acme)).id);
    const team = await aTeam(world, world.globex);
    foreign = await mapGroup(world, world.globex, foreignProvider, 'sailors', team.id);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the mapping', async () => {
      const answer = await get(id);
      expect([answer.status, answer.json()]).toEqual([
        200,
        {
          id,
          team_id: expect.any(String) as string,
          group: 'sailors',
          created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        },
      ]);
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 for what is no id', async () => {
      expect(refusal(await get('sailors'))).toEqual([404, 'team_mapping_not_found']);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (one) => world.call('GET', `/v0/identity-providers/${provider}/team-group-mappings/${one}`),
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
    hidesAlike('team_mapping_not_found', get, () => foreign);

    it('answers 404 for a mapping below a provider whose it is not', async () => {
      const sibling = await aProvider(world, world.acme);
      expect(refusal(await get(id, world.acme.admin, sibling))).toEqual([404, 'team_mapping_not_found']);
      const missing = await get(foreign, world.acme.admin, 'x');
      expect(refusal(missing)).toEqual([404, 'identity_provider_not_found']);
      expect(shown(await get(foreign, world.acme.admin, foreignProvider))).toEqual(shown(missing));
      expect((await get(foreign, world.globex.admin, foreignProvider)).status).toBe(200);
    });
  });
});
