import { aWorld, type World } from '../../support/world';
import {
  auditRows,
  aUserWith,
  problem,
  tokensOf,
  tokensToldAlike,
  toldAlike,
  type Owner,
  type TokenBody,
} from './token-owners';

describe('update-user-token: PATCH /v0/users/{userId}/access-tokens/{tokenId}', () => {
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
    it('answers 200 with the new name, and writes one audit row', async () => {
      await world.db.query('delete from audit_log');
      const answer = await mine.update(laptop.id, { name: 'new laptop' });
      expect([answer.status, answer.json<TokenBody>().name]).toEqual([200, 'new laptop']);
      expect(answer.text).toBe((await mine.get(laptop.id)).text);
      expect(await auditRows(world)).toEqual([
        {
          action: 'token.update',
          target_id: laptop.id,
          before: expect.objectContaining({ name: 'laptop' }) as object,
          after: expect.objectContaining({ name: 'new laptop' }) as object,
        },
      ]);
    });

    it('takes the name that it has, and no name at all', async () => {
      const { name } = (await mine.get(laptop.id)).json<TokenBody>();
      for (const body of [{ name }, {}]) {
        const answer = await mine.update(laptop.id, body);
        expect([answer.status, answer.json<TokenBody>().name]).toEqual([200, name]);
      }
    });

    it('lets an organization admin rename the token of another', async () => {
      const answer = await tokensOf(world, 'users', alice.id, world.acme.admin).update(laptop.id, { name: 'laptop' });
      expect(answer.status).toBe(200);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ name: '' }, 'name', 'min_length'],
      [{ name: null }, 'name', 'is_string'],
      [{ name: '-dash' }, 'name', 'matches_regex'],
      [{ expires_at: '2030-01-01T00:00:00Z' }, 'expires_at', 'unknown_property'],
      [{ state: 'ACTIVE' }, 'state', 'unknown_property'],
    ])('row %# names the field and the rule', async (body, field, rule) => {
      const answer = await mine.update(laptop.id, body);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field, rule, source: 'body' }),
      );
    });

    it('answers 409 for the name of another live token, and for a token that has ended', async () => {
      const { id } = await mine.made('other');
      expect(problem(await mine.update(laptop.id, { name: 'other' }))).toEqual([409, 'access_token_name_taken']);
      await mine.revoke(id);
      expect(problem(await mine.update(id, { name: 'ended' }))).toEqual([409, 'access_token_ended']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await tokensOf(world, 'users', alice.id).update(laptop.id, { name: 'x' })).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to another user and to who may only see users', async () => {
      for (const roles of [[], [['Viewer', 'Identity']]] as const) {
        const bob = await aUserWith(world, world.acme, ...roles);
        const answer = await tokensOf(world, 'users', alice.id, bob.token).update(laptop.id, { name: 'x' });
        expect(problem(answer)).toEqual([403, 'forbidden']);
      }
    });

    it("answers 403 to an identity admin who may do less than the token's owner", async () => {
      const identityAdmin = await aUserWith(world, world.acme, ['Admin', 'Identity']);
      const publisher = await aUserWith(world, world.acme, ['Publisher', 'MCP Registries']);
      const theirs = tokensOf(world, 'users', publisher.id, identityAdmin.token);
      expect(problem(await theirs.update(publisher.tokenId, { name: 'x' }))).toEqual([403, 'privilege_ceiling']);
    });
  });

  describe('hides other organizations', () => {
    it("answers alike for foreign, missing and other users' tokens, and for foreign and missing users", async () => {
      const ask = (calls: typeof mine, id: string) => calls.update(id, { name: 'x' });
      for (const token of [alice.token, world.acme.admin])
        expect(await tokensToldAlike(world, 'users', alice, token, ask)).toEqual([404, 'access_token_not_found']);
      expect(await toldAlike(world, 'users', world.acme.admin, (calls) => ask(calls, laptop.id))).toEqual([
        404,
        'user_not_found',
      ]);
    });
  });
});
