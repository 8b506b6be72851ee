import { aProvider } from '../../sign-in/sso';
import { aWorld, type World } from '../../support/world';
import {
  anIdentityAdmin,
  aTeam,
  grant,
  hidesAlike,
  MISSING,
  needsIdentityAdmin,
  needsSignIn,
  predefinedTeam,
  problems,
  refusal,
  shown,
  trailOf,
  type Team,
} from './support/identity';

describe('create-team-group-mapping: POST /v0/identity-providers/{providerId}/team-group-mappings', () => {
  let world: World;
  let provider: string;
  let foreign: string;
  let team: Team;
  let foreignTeam: Team;

  const create = (body: unknown, token = world.acme.admin, providerId = provider) =>
    world.call('POST', `/v0/identity-providers/${providerId}/team-group-mappings`, { token, body });
  const stored = () => world.db.query(`select org_id, team_id, group_name from team_group_mapping`);

  beforeAll(async () => {
    world = await aWorld();
    provider = await aProvider(world, world.acme);
    foreign = await aProvider(world, world.globex);
    team = await aTeam(world, world.acme);
    foreignTeam = await aTeam(world, world.globex);
  });

  beforeEach(() => world.db.query('delete from team_group_mapping'));

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with the mapping', async () => {
      const answer = await create({ team_id: team.id, group: 'Sailors & cooks' });
      expect([answer.status, answer.json()]).toEqual([
        201,
        {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
          team_id: team.id,
          group: 'Sailors & cooks',
          created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        },
      ]);
    });

    it('maps a group to many teams and many groups to a team, each once', async () => {
      const auditors = await predefinedTeam(world, world.acme, 'Auditor');
      for (const [team_id, group] of [
        [team.id, 'a'],
        [team.id, 'A'],
        [auditors, 'a'],
      ])
        expect((await create({ team_id, group })).status).toBe(201);
      expect(refusal(await create({ team_id: team.id, group: 'a' }))).toEqual([409, 'team_mapping_exists']);
      expect(await stored()).toHaveLength(3);
    });

    it('writes one audit row with the mapping', async () => {
      const trail = await trailOf(world, world.acme, () => create({ team_id: team.id, group: 'sailors' }));
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'team_mapping.create',
          target_name: 'sailors',
          after: expect.objectContaining({ team_id: team.id, identity_provider_id: provider }) as object,
        }),
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ team_id: undefined }, 'team_id', 'required'],
      [{ team_id: 5 }, 'team_id', 'is_string'],
      [{ group: undefined }, 'group', 'required'],
      [{ group: '' }, 'group', 'min_length'],
      [{ group: 'g'.repeat(1001) }, 'group', 'max_length'],
      [{ group: 'a\u0000' }, 'group', 'is_storable_text'],
      [{ groups: ['a'] }, 'groups', 'unknown_property'],
    ])('row %# names the field and the rule', async (change, field, rule) => {
      const answer = await create({ team_id: team.id, group: 'sailors', ...change });
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(await stored()).toEqual([]);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (id) => world.call('POST', `/v0/identity-providers/${id}/team-group-mappings`, { body: {} }),
      () => provider,
    );
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => create({ team_id: team.id, group: 'sailors' }, token),
    );

    it('gives no group a team that may do more than the caller', async () => {
      const admin = await anIdentityAdmin(world, world.acme);
      const team_id = await predefinedTeam(world, world.acme, 'Organization Admin');
      expect(refusal(await create({ team_id, group: 'everybody' }, admin))).toEqual([403, 'privilege_ceiling']);
      const other = await aTeam(world, world.acme);
      expect((await create({ team_id: other.id, group: 'a' }, admin)).status).toBe(201);
      await grant(world, world.acme, { type: 'team', id: other.id }, ['Viewer', 'MCP Registries']);
      expect(refusal(await create({ team_id: other.id, group: 'b' }, admin))).toEqual([403, 'privilege_ceiling']);
      expect((await create({ team_id, group: 'everybody' })).status).toBe(201);
    });
  });

  describe('hides other organizations', () => {
    hidesAlike(
      'identity_provider_not_found',
      (id) => create({ team_id: team.id, group: 'sailors' }, world.acme.admin, id),
      () => foreign,
    );

    it('answers for a foreign team, a missing one and what is no id alike', async () => {
      const missing = await create({ team_id: MISSING, group: 'sailors' });
      expect(missing.status).toBe(400);
      expect(problems(missing)).toEqual([
        expect.objectContaining({ field: 'team_id', rule: 'missing_reference', source: 'body' }),
      ]);
      for (const team_id of [foreignTeam.id, 'x', "'--"])
        expect(shown(await create({ team_id, group: 'sailors' }))).toEqual(shown(missing));
      expect(await stored()).toEqual([]);
    });
  });
});
