import { aWorld, type World } from '../../support/world';
import { MISSING, needsIdentityViewer, needsSignIn, refusal, shown } from './support/identity';
import { aMember, anInstant, type User } from './support/people';

describe('get-user: GET /v0/users/{userId}', () => {
  let world: World;
  let user: User;
  let foreign: User;

  const get = (id: string, token = world.acme.admin) => world.call('GET', `/v0/users/${id}`, { token });

  beforeAll(async () => {
    world = await aWorld();
    user = await aMember(world, world.acme, 'ada@example.com');
    foreign = await aMember(world, world.globex, 'ada@example.com');
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the user, whatever the case of the id', async () => {
      for (const id of [user.id, user.id.toUpperCase()]) {
        const answer = await get(id);
        expect(answer.status).toBe(200);
        expect(answer.json()).toEqual({
          id: user.id,
          email: 'ada@example.com',
          full_name: 'ada@example.com',
          preferred_name: null,
          active: true,
          invited: false,
          created_at: anInstant(),
          updated_at: anInstant(),
        });
      }
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['x', 404],
      ["'--", 404],
      ['..%2F..', 404],
      [`${MISSING}0`, 404],
      ['%00', 400],
      ['%ff', 400],
    ])('finds no user by %s', async (id, status) => {
      expect((await get(id)).status).toBe(status);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (id) => world.call('GET', `/v0/users/${id}`),
      () => user.id,
    );
  });

  describe('requires the permission', () => {
    needsIdentityViewer(
      () => world,
      (token) => get(user.id, token),
    );

    it('answers 403 alike whether the user is there or not', async () => {
      const token = await world.aUser(world.acme);
      const answers = await Promise.all([user.id, foreign.id, MISSING, 'x'].map((id) => get(id, token)));
      for (const answer of answers) expect(shown(answer)).toEqual(shown(await get(user.id, token)));
      expect(answers[0]?.status).toBe(403);
    });
  });

  describe('hides other organizations', () => {
    it('answers for a foreign id, a missing one and what is no id alike', async () => {
      const missing = await get(MISSING);
      expect(refusal(missing)).toEqual([404, 'user_not_found']);
      for (const id of [foreign.id, foreign.id.toUpperCase(), 'x', `${MISSING}0`, '*'])
        expect([id, shown(await get(id))]).toEqual([id, shown(missing)]);
    });
  });
});
