import { aWorld, type World } from '../../support/world';
import { problems, refusal, trailOf } from './support/identity';
import { aMember, aSessionOf, aTokenOf, PASSWORD, statusOfMe, type User } from './support/people';

const NEXT = 'another pass phrase of some length';

describe('change-password: PUT /v0/users/me/password', () => {
  let world: World;
  let user: User;
  let token: string;
  let made = 0;

  const put = (current: unknown, next: unknown, credential = token) =>
    world.call('PUT', '/v0/users/me/password', {
      token: credential,
      body: { current_password: current, new_password: next },
    });
  const hashOf = async (id = user.id) =>
    (await world.db.query<{ hash: string }>(`select hash from user_password where user_id = $1`, [id]))[0]?.hash;

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_AUTH: '1000/1000' });
  });

  beforeEach(async () => {
    made += 1;
    user = await aMember(world, world.acme, `user-${made}@example.com`);
    token = await aTokenOf(world, world.acme, user.id);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 204, and from then on the new password counts', async () => {
      const before = await hashOf();
      const answer = await put(PASSWORD, NEXT);
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect(await hashOf()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      expect(await hashOf()).not.toBe(before);
      expect(refusal(await put(PASSWORD, NEXT))).toEqual([403, 'current_password_wrong']);
      expect((await put(NEXT, PASSWORD)).status).toBe(204);
    });

    it('ends all sessions of the user, and those of nobody else', async () => {
      const other = await aMember(world, world.acme, `other-${made}@example.com`);
      const sessions = [
        await aSessionOf(world, world.acme, user.id),
        await aSessionOf(world, world.acme, user.id),
        await aSessionOf(world, world.acme, other.id),
      ];
      await put(PASSWORD, NEXT);
      expect(await Promise.all(sessions.map((session) => statusOfMe(world, session)))).toEqual([401, 401, 200]);
    });

    it('keeps the session that asks for it', async () => {
      const [own, other] = [await aSessionOf(world, world.acme, user.id), await aSessionOf(world, world.acme, user.id)];
      const answer = await world.call('PUT', '/v0/users/me/password', {
        headers: { cookie: own.cookie, 'x-csrf-token': own.csrfToken },
        body: { current_password: PASSWORD, new_password: NEXT },
      });
      expect(answer.status).toBe(204);
      expect([await statusOfMe(world, own), await statusOfMe(world, other)]).toEqual([200, 401]);
    });

    it('writes one audit row without either password or hash', async () => {
      const trail = await trailOf(world, world.acme, () => put(PASSWORD, NEXT));
      expect(trail).toEqual([
        {
          action: 'user.password.change',
          result: 'success',
          reason: null,
          target_id: user.id,
          target_name: user.email,
          before: null,
          after: null,
        },
      ]);
    });

    it('lets one of two changes at once win', async () => {
      const answers = await Promise.all([put(PASSWORD, NEXT), put(PASSWORD, `${NEXT}!`)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 403]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['short', 'min_length', { minimum: 12 }],
      ['x'.repeat(129), 'max_length', { maximum: 128 }],
      ['x'.repeat(20), 'invalid', {}],
      [5, 'is_string', {}],
      [undefined, 'required', {}],
    ])('refuses the new password %j, and the old one stays', async (password, rule, limit) => {
      const before = await hashOf();
      const answer = await put(PASSWORD, password);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(
        expect.objectContaining({ field: 'new_password', rule, ...limit, source: 'body' }),
      );
      expect(await hashOf()).toBe(before);
    });

    it('refuses the email address as a password', async () => {
      expect((await put(PASSWORD, user.email.toUpperCase())).status).toBe(400);
    });

    it('answers 403 for a wrong current password, writes that down, and repeats neither', async () => {
      const trail = await trailOf(world, world.acme, async () => {
        const answer = await put('not the password', NEXT);
        expect([answer.status, answer.json().detail]).toEqual([403, 'The current password is wrong']);
        expect(answer.text).not.toMatch(/not the password|another pass phrase/);
      });
      expect(trail).toEqual([expect.objectContaining({ action: 'permission.deny', reason: 'current_password_wrong' })]);
      expect(JSON.stringify(trail)).not.toMatch(/not the password|another pass phrase/);
    });

    it('slows whoever guesses the current password', async () => {
      const answers = [];
      for (let guess = 0; guess < 11; guess += 1) answers.push(await put(`not the password ${guess}`, NEXT));
      expect(answers.map(({ status }) => status)).toEqual([...Array<number>(10).fill(403), 429]);
      expect(Number(answers[10]?.headers['retry-after'])).toBeGreaterThan(0);
    });

    it('answers 409 to a user who has no password', async () => {
      const without = await world.aUser(world.acme);
      expect(refusal(await put(PASSWORD, NEXT, without))).toEqual([409, 'user_without_password']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      const body = { current_password: PASSWORD, new_password: NEXT };
      expect((await world.call('PUT', '/v0/users/me/password', { body })).status).toBe(401);
    });

    it('takes no change from a session without its CSRF token', async () => {
      const { cookie } = await aSessionOf(world, world.acme, user.id);
      const body = { current_password: PASSWORD, new_password: NEXT };
      const answer = await world.call('PUT', '/v0/users/me/password', { headers: { cookie }, body });
      expect(refusal(answer)).toEqual([403, 'csrf_token_invalid']);
    });
  });

  describe('requires the permission', () => {
    it('needs no role', async () => {
      expect((await put(PASSWORD, NEXT)).status).toBe(204);
    });

    it('answers 403 to a system account, which is no user', async () => {
      const account = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: '*' }]);
      expect(refusal(await put(PASSWORD, NEXT, account))).toEqual([403, 'forbidden']);
    });
  });

  describe('hides other organizations', () => {
    it('leaves the password of whoever has the same address there', async () => {
      const foreign = await aMember(world, world.globex, user.email);
      const before = await hashOf(foreign.id);
      await put(PASSWORD, NEXT);
      expect(await hashOf(foreign.id)).toBe(before);
    });
  });
});
