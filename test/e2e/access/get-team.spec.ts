import { aWorld, type World } from '../../support/world';
import { aTeam, hidesAlike, needsIdentityViewer, needsSignIn, predefinedTeam, type Team } from './support/identity';

describe('get-team: GET /v0/teams/{teamId}', () => {
  let world: World;
  let team: Team;
  let foreign: Team;

  const get = (id: string, token = world.acme.admin) => world.call('GET', `/v0/teams/${id}`, { token });

  beforeAll(async () => {
    world = await aWorld();
    const body = { name: 'Payments', description: 'Pays', labels: { env: 'test' } };
    team = await aTeam(world, world.acme, body);
    foreign = await aTeam(world, world.globex, body);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the team, by an id in capitals too', async () => {
      const answer = await get(team.id);
      expect([answer.status, answer.json()]).toEqual([200, team]);
      expect((await get(team.id.toUpperCase())).text).toBe(answer.text);
    });

    it('tells which teams are predefined', async () => {
      const id = await predefinedTeam(world, world.acme, 'Auditor');
      expect((await get(id)).json()).toMatchObject({ name: 'Auditor', system_team: true });
    });
  });

  describe('rejects bad input', () => {
    it('answers 405 with Allow to PUT', async () => {
      const answer = await world.call('PUT', `/v0/teams/${team.id}`, { token: world.acme.admin });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'DELETE, GET, HEAD, PATCH']);
    });

    it('refuses an id with a NUL', async () => {
      expect((await get('%00')).status).toBe(400);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (id) => world.call('GET', `/v0/teams/${id}`),
      () => team.id,
    );
  });

  describe('requires the permission', () => {
    needsIdentityViewer(
      () => world,
      (token) => get(team.id, token),
    );
  });

  describe('hides other organizations', () => {
    hidesAlike('team_not_found', get, () => foreign.id);
  });
});
