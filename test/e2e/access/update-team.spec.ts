import { PREDEFINED_TEAMS } from '@portolan/access';
import { aWorld, type World } from '../../support/world';
import {
  aTeam,
  hidesAlike,
  needsIdentityAdmin,
  needsSignIn,
  predefinedTeam,
  problems,
  refusal,
  trailOf,
  type Team,
} from './support/identity';

describe('update-team: PATCH /v0/teams/{teamId}', () => {
  let world: World;
  let team: Team;
  let foreign: Team;

  const patch = (id: string, body: unknown, token = world.acme.admin) =>
    world.call('PATCH', `/v0/teams/${id}`, { token, body });
  const read = async (id = team.id, token = world.acme.admin) =>
    (await world.call('GET', `/v0/teams/${id}`, { token })).json<Team>();

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(async () => {
    const body = { name: 'Payments', description: 'Pays', labels: { env: 'test', zone: 'eu' } };
    team = await aTeam(world, world.acme, body);
    foreign = await aTeam(world, world.globex, body);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('changes what is there and leaves the rest', async () => {
      const answer = await patch(team.id, { name: 'Billing' });
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({ ...team, name: 'Billing', updated_at: expect.any(String) as string });
      expect(answer.json().updated_at).not.toBe(team.updated_at);
      expect(await read()).toEqual(answer.json());
    });

    it.each([
      [{ labels: { env: 'prod' } }, { env: 'prod', zone: 'eu' }],
      [{ labels: { env: null, none: null } }, { zone: 'eu' }],
      [{ labels: null }, {}],
      [{ description: 'x' }, { env: 'test', zone: 'eu' }],
    ])('merges labels: %j', async (body, labels) => {
      expect((await patch(team.id, body)).json().labels).toEqual(labels);
    });

    it('clears a description with null', async () => {
      expect((await patch(team.id, { description: null })).json().description).toBeNull();
    });

    it('writes one audit row with the team before and after', async () => {
      let after: unknown;
      const trail = await trailOf(world, world.acme, async () => {
        after = (await patch(team.id, { description: 'New' })).json();
      });
      expect(trail).toEqual([
        expect.objectContaining({ action: 'team.update', target_id: team.id, before: team, after }),
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ name: null }, 'name', 'is_string'],
      [{ name: '' }, 'name', 'min_length'],
      [{ name: 'n'.repeat(251) }, 'name', 'max_length'],
      [{ description: 5 }, 'description', 'is_string'],
      [{ labels: { env: 'not ok' } }, 'labels', 'is_label'],
      [{ system_team: true }, 'system_team', 'immutable'],
      [{ id: 'x' }, 'id', 'unknown_property'],
      [{ created_at: '2020-01-01T00:00:00Z' }, 'created_at', 'unknown_property'],
    ])('row %# names the field and the rule, and nothing changes', async (body, field, rule) => {
      const answer = await patch(team.id, body);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(await read()).toEqual(team);
    });

    it('refuses more than 50 labels after the merge', async () => {
      const labels = Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`l${index}`, 'x']));
      expect(problems(await patch(team.id, { labels }))).toEqual([
        expect.objectContaining({ field: 'labels', rule: 'max_items', maximum: 50 }),
      ]);
    });

    it.each(PREDEFINED_TEAMS.map(({ name }) => name))('answers 409 for the predefined team %s', async (name) => {
      const id = await predefinedTeam(world, world.acme, name);
      const before = await read(id);
      expect(refusal(await patch(id, { name: 'Mine' }))).toEqual([409, 'predefined_team']);
      expect(await read(id)).toEqual(before);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (id) => world.call('PATCH', `/v0/teams/${id}`, { body: {} }),
      () => team.id,
    );
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => patch(team.id, { name: 'denied' }, token),
    );
  });

  describe('hides other organizations', () => {
    hidesAlike(
      'team_not_found',
      (id) => patch(id, { name: 'Taken over' }),
      () => foreign.id,
    );

    it('leaves a foreign team alone', async () => {
      await patch(foreign.id, { name: 'Taken over' });
      expect(await read(foreign.id, world.globex.admin)).toEqual(foreign);
    });
  });
});
