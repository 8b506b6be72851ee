import { aWorld, type World } from '../../support/world';
import {
  idOf,
  join,
  MISSING,
  anIdentityAdmin,
  grant,
  needsIdentityAdmin,
  needsSignIn,
  predefinedTeam,
  problems,
  refusal,
  shown,
  trailOf,
} from './support/identity';
import { aMember, aSessionOf, aTokenOf, invite, statusOfMe, type User } from './support/people';

describe('update-user: PATCH /v0/users/{userId}', () => {
  let world: World;
  let user: User;
  let foreign: User;
  let made = 0;

  const patch = (id: string, body: unknown, token = world.acme.admin, query = '') =>
    world.call('PATCH', `/v0/users/${id}${query}`, { token, body });
  const read = async (id: string) =>
    (await world.call('GET', `/v0/users/${id}`, { token: world.acme.admin })).json<User>();

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_AUTH: '1000/1000' });
    foreign = await aMember(world, world.globex, 'ada@example.com');
  });

  beforeEach(async () => {
    made += 1;
    user = await aMember(world, world.acme, `user-${made}@example.com`);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('changes what is there and leaves the rest', async () => {
      const answer = await patch(user.id, { full_name: 'Ada Lovelace', preferred_name: 'Ada' });
      expect(answer.status).toBe(200);
      const expected = { ...user, full_name: 'Ada Lovelace', preferred_name: 'Ada' };
      expect(answer.json()).toEqual({ ...expected, updated_at: expect.any(String) as string });
      expect(answer.json().updated_at).not.toBe(user.updated_at);
      expect(await read(user.id)).toEqual(answer.json());
      expect((await patch(user.id, { preferred_name: null })).json().preferred_name).toBeNull();
    });

    it('ends the sessions of a user that it disables, and his tokens with them, for good and all', async () => {
      const session = await aSessionOf(world, world.acme, user.id);
      const token = await aTokenOf(world, world.acme, user.id);
      expect([await statusOfMe(world, session), await statusOfMe(world, { token })]).toEqual([200, 200]);
      expect((await patch(user.id, { active: false })).json().active).toBe(false);
      expect([await statusOfMe(world, session), await statusOfMe(world, { token })]).toEqual([401, 401]);
      expect((await patch(user.id, { active: true })).json().active).toBe(true);
      expect([await statusOfMe(world, session), await statusOfMe(world, { token })]).toEqual([401, 200]);
    });

    it('writes one audit row with the user before and after', async () => {
      const trail = await trailOf(world, world.acme, () => patch(user.id, { active: false }));
      expect(trail).toEqual([
        {
          action: 'user.update',
          result: 'success',
          reason: null,
          target_id: user.id,
          target_name: user.email,
          before: user,
          after: await read(user.id),
        },
      ]);
    });

    it('lets nobody disable himself unless he says twice that he wants it', async () => {
      const token = await aTokenOf(world, world.acme, user.id);
      await grant(world, world.acme, { type: 'user', id: user.id }, ['Admin', 'Identity']);
      expect(refusal(await patch(user.id, { active: false }, token))).toEqual([409, 'would_lock_out']);
      expect((await patch(user.id, { active: false }, token, '?force=true')).status).toBe(200);
      expect(await statusOfMe(world, { token })).toBe(401);
    });

    it('never disables the last administrator', async () => {
      const last = await idOf(world, world.acme.admin);
      const answer = await patch(last, { active: false }, world.acme.admin, '?force=true');
      expect(refusal(answer)).toEqual([409, 'last_organization_admin']);
      expect((await read(last)).active).toBe(true);
    });

    it('leaves one administrator when two disable each other at once', async () => {
      const team = await predefinedTeam(world, world.globex, 'Organization Admin');
      const [one, other] = [await world.aUser(world.globex), await world.aUser(world.globex)];
      const ids = [await idOf(world, one), await idOf(world, other)] as const;
      for (const id of ids) await join(world, world.globex, team, { type: 'user', id });
      await world.db.query(`delete from team_member where team_id = $1 and user_id <> all ($2)`, [team, ids]);
      const answers = await Promise.all([
        patch(ids[1], { active: false }, one),
        patch(ids[0], { active: false }, other),
      ]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      const active = await world.db.query(`select 1 from user_account where id = any ($1) and active`, [ids]);
      expect(active).toHaveLength(1);
    });

    it('makes nobody active who has not joined', async () => {
      const { user_id: id } = await invite(world, world.acme, `waiting-${made}@example.com`);
      expect(refusal(await patch(id, { active: true }))).toEqual([409, 'user_not_joined']);
      expect(await read(id)).toMatchObject({ active: false, invited: true });
      expect((await patch(id, { active: false, full_name: 'Waiting' })).json().full_name).toBe('Waiting');
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ email: 'other@example.com' }, 'email', 'immutable'],
      [{ id: MISSING }, 'id', 'unknown_property'],
      [{ invited: false }, 'invited', 'unknown_property'],
      [{ org_id: MISSING }, 'org_id', 'unknown_property'],
      [{ full_name: null }, 'full_name', 'is_string'],
      [{ full_name: '' }, 'full_name', 'min_length'],
      [{ full_name: '  ' }, 'full_name', 'matches_regex'],
      [{ full_name: 'two\nlines' }, 'full_name', 'matches_regex'],
      [{ full_name: 'n'.repeat(251) }, 'full_name', 'max_length'],
      [{ full_name: '\ud800' }, 'full_name', 'is_storable_text'],
      [{ preferred_name: '' }, 'preferred_name', 'min_length'],
      [{ preferred_name: 'n'.repeat(251) }, 'preferred_name', 'max_length'],
      [{ active: 'false' }, 'active', 'is_boolean'],
      [{ active: null }, 'active', 'is_boolean'],
    ])('row %# names the field and the rule, and nothing changes', async (body, field, rule) => {
      const answer = await patch(user.id, body);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(await read(user.id)).toEqual(user);
    });

    it.each(['?force=yes', '?Force=true', '?x=1'])('refuses the query %s', async (query) => {
      expect((await patch(user.id, { active: false }, world.acme.admin, query)).status).toBe(400);
      expect(await read(user.id)).toEqual(user);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (id) => world.call('PATCH', `/v0/users/${id}`, { body: {} }),
      () => user.id,
    );
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => patch(user.id, { full_name: 'x' }, token),
    );

    it('lets nobody disable or enable whoever may do more than he', async () => {
      const token = await anIdentityAdmin(world, world.acme);
      await grant(world, world.acme, { type: 'user', id: user.id }, ['Viewer', 'MCP Registries']);
      const trail = await trailOf(world, world.acme, async () => {
        expect(refusal(await patch(user.id, { active: false }, token))).toEqual([403, 'privilege_ceiling']);
      });
      expect(trail).toEqual([expect.objectContaining({ action: 'permission.deny', reason: 'privilege_ceiling' })]);
      await patch(user.id, { active: false });
      expect(refusal(await patch(user.id, { active: true }, token))).toEqual([403, 'privilege_ceiling']);
      expect((await patch(user.id, { full_name: 'Renamed' }, token)).status).toBe(200);
    });

    it('counts what he has by his teams', async () => {
      const token = await anIdentityAdmin(world, world.acme);
      const team = await predefinedTeam(world, world.acme, 'Auditor');
      await join(world, world.acme, team, { type: 'user', id: user.id });
      expect(refusal(await patch(user.id, { active: false }, token))).toEqual([403, 'privilege_ceiling']);
    });

    it('lets an Identity Admin disable whoever may do no more than he', async () => {
      expect((await patch(user.id, { active: false }, await anIdentityAdmin(world, world.acme))).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers for a foreign id, a missing one and what is no id alike, and changes nothing there', async () => {
      const missing = await patch(MISSING, { full_name: 'x' });
      expect(refusal(missing)).toEqual([404, 'user_not_found']);
      for (const id of [foreign.id, foreign.id.toUpperCase(), 'x', '*'])
        expect([id, shown(await patch(id, { full_name: 'x' }))]).toEqual([id, shown(missing)]);
      const [row] = await world.db.query(`select full_name from user_account where id = $1`, [foreign.id]);
      expect(row).toEqual({ full_name: foreign.full_name });
    });
  });
});
