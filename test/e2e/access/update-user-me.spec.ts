import { aWorld, type World } from '../../support/world';
import { MISSING, problems, refusal, trailOf } from './support/identity';
import { aMember, aSessionOf, aTokenOf, type User } from './support/people';

describe('update-user-me: PATCH /v0/users/me', () => {
  let world: World;
  let user: User;
  let token: string;
  let foreign: User;

  const patch = (body: unknown, options: { token?: string; headers?: Record<string, string> } = { token }) =>
    world.call('PATCH', '/v0/users/me', { ...options, body });
  const read = async () => (await world.call('GET', '/v0/users/me', { token })).json<User>();

  beforeAll(async () => {
    world = await aWorld();
    user = await aMember(world, world.acme, 'ada@example.com');
    token = await aTokenOf(world, world.acme, user.id);
    foreign = await aMember(world, world.globex, 'ada@example.com');
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('changes the names that are there and leaves the rest', async () => {
      const answer = await patch({ full_name: 'Ada Lovelace' });
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({ ...user, full_name: 'Ada Lovelace', updated_at: expect.any(String) as string });
      expect((await patch({ preferred_name: 'Ada' })).json()).toMatchObject({
        full_name: 'Ada Lovelace',
        preferred_name: 'Ada',
      });
      expect((await patch({ preferred_name: null })).json().preferred_name).toBeNull();
    });

    it('writes one audit row with the user before and after', async () => {
      const before = await read();
      const trail = await trailOf(world, world.acme, () => patch({ preferred_name: 'Countess' }));
      expect(trail).toEqual([
        expect.objectContaining({ action: 'user.update', target_id: user.id, before, after: await read() }),
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ active: false }, 'active', 'unknown_property'],
      [{ invited: true }, 'invited', 'unknown_property'],
      [{ id: MISSING }, 'id', 'unknown_property'],
      [{ email: 'boss@example.com' }, 'email', 'immutable'],
      [{ full_name: '' }, 'full_name', 'min_length'],
      [{ full_name: null }, 'full_name', 'is_string'],
      [{ full_name: 'a\u2028b' }, 'full_name', 'matches_regex'],
      [{ preferred_name: 5 }, 'preferred_name', 'is_string'],
      [{ preferred_name: 'n'.repeat(251) }, 'preferred_name', 'max_length'],
    ])('row %# names the field and the rule, and nothing changes', async (body, field, rule) => {
      const before = await read();
      const answer = await patch(body);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(await read()).toEqual(before);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await patch({ full_name: 'x' }, {})).status).toBe(401);
    });

    it('takes no change from a session without its CSRF token', async () => {
      const { cookie } = await aSessionOf(world, world.acme, user.id);
      expect(refusal(await patch({ full_name: 'x' }, { headers: { cookie } }))).toEqual([403, 'csrf_token_invalid']);
    });
  });

  describe('requires the permission', () => {
    it('needs no role', async () => {
      expect((await patch({ full_name: 'Me' }, { token: await world.aUser(world.acme) })).status).toBe(200);
    });

    it('answers 403 to a system account, which is no user', async () => {
      const account = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: '*' }]);
      expect(refusal(await patch({ full_name: 'Me' }, { token: account }))).toEqual([403, 'forbidden']);
    });
  });

  describe('hides other organizations', () => {
    it('changes nobody of the same address there', async () => {
      await patch({ full_name: 'Only here' });
      const [row] = await world.db.query(`select full_name from user_account where id = $1`, [foreign.id]);
      expect(row).toEqual({ full_name: foreign.full_name });
    });
  });
});
