import { aWorld, type World } from '../../support/world';
import {
  aUserWith,
  problem,
  signsIn,
  tokensOf,
  tokensToldAlike,
  toldAlike,
  type Owner,
  type TokenBody,
} from './token-owners';

describe('get-user-token: GET /v0/users/{userId}/access-tokens/{tokenId}', () => {
  let world: World;
  let alice: Owner;
  let mine: ReturnType<typeof tokensOf>;
  let laptop: Required<TokenBody>;

  beforeAll(async () => {
    world = await aWorld();
    alice = await aUserWith(world, world.acme);
    mine = tokensOf(world, 'users', 'me', alice.token);
    laptop = await mine.made('laptop');
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the token as it was created, without its secret', async () => {
      const answer = await mine.get(laptop.id);
      const { token, ...shown } = laptop;
      expect([answer.status, answer.json()]).toEqual([200, shown]);
      expect(answer.text).not.toContain(token);
    });

    it('says when the token was last used', async () => {
      const { id, token } = await mine.made('used');
      expect((await mine.get(id)).json<TokenBody>().last_used_at).toBeNull();
      await signsIn(world, token);
      expect((await mine.get(id)).json<TokenBody>().last_used_at).toMatch(/\.\d{6}Z$/);
    });

    it('shows it to who may see users', async () => {
      const viewer = await aUserWith(world, world.acme, ['Viewer', 'Identity']);
      expect((await tokensOf(world, 'users', alice.id, viewer.token).get(laptop.id)).status).toBe(200);
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 for a token that is not there, and for what is no id', async () => {
      for (const id of ['no-id', `${laptop.id}0`, 'ptl_pat_x'])
        expect(problem(await mine.get(id))).toEqual([404, 'access_token_not_found']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await tokensOf(world, 'users', alice.id).get(laptop.id)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to another user, whether the token is there or not', async () => {
      const bob = await aUserWith(world, world.acme);
      const theirs = tokensOf(world, 'users', alice.id, bob.token);
      const [one, none] = [await theirs.get(laptop.id), await theirs.get('no-id')];
      expect([problem(one), one.masked]).toEqual([[403, 'forbidden'], none.masked]);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign and a missing user', async () => {
      expect(await toldAlike(world, 'users', world.acme.admin, (calls) => calls.get(laptop.id))).toEqual([
        404,
        'user_not_found',
      ]);
    });

    it("answers alike for a foreign, a missing and another user's token", async () => {
      const ask = (calls: typeof mine, id: string) => calls.get(id);
      for (const token of [alice.token, world.acme.admin])
        expect(await tokensToldAlike(world, 'users', alice, token, ask)).toEqual([404, 'access_token_not_found']);
    });
  });
});
