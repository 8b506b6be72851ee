import { aWorld, type World } from '../../support/world';
import {
  auditRows,
  aUserWith,
  MISSING,
  problem,
  signsIn,
  tokensOf,
  tokensToldAlike,
  toldAlike,
  type Owner,
} from './token-owners';

describe('delete-user-token: DELETE /v0/users/{userId}/access-tokens/{tokenId}', () => {
  let world: World;
  let alice: Owner;
  let mine: ReturnType<typeof tokensOf>;

  beforeAll(async () => {
    world = await aWorld();
    alice = await aUserWith(world, world.acme);
    mine = tokensOf(world, 'users', 'me', alice.token);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 204; the token no longer signs in and is nowhere any more', async () => {
      const { id, token, name } = await mine.made('over');
      await world.db.query('delete from audit_log');
      const answer = await mine.delete(id);
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect(await signsIn(world, token)).toBe(false);
      expect((await mine.get(id)).status).toBe(404);
      expect(await auditRows(world)).toEqual([
        { action: 'token.delete', target_id: id, before: expect.objectContaining({ id, name }) as object, after: null },
      ]);
    });

    it('takes a revoked token away', async () => {
      const { id } = await mine.made('revoked');
      await mine.revoke(id);
      expect((await mine.delete(id)).status).toBe(204);
    });

    it('lets an organization admin delete the token of another', async () => {
      const { id } = await mine.made('theirs');
      expect((await tokensOf(world, 'users', alice.id, world.acme.admin).delete(id)).status).toBe(204);
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 for a token that is not there, and the second time', async () => {
      const { id } = await mine.made('twice');
      await mine.delete(id);
      for (const one of [id, MISSING, 'no-id'])
        expect(problem(await mine.delete(one))).toEqual([404, 'access_token_not_found']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, and the token goes on', async () => {
      expect((await tokensOf(world, 'users', alice.id).delete(alice.tokenId)).status).toBe(401);
      expect(await signsIn(world, alice.token)).toBe(true);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to another user, to who may only see users, and beyond the ceiling', async () => {
      const publisher = await aUserWith(world, world.acme, ['Publisher', 'MCP Registries']);
      for (const [roles, code] of [
        [[], 'forbidden'],
        [[['Viewer', 'Identity']], 'forbidden'],
        [[['Admin', 'Identity']], 'privilege_ceiling'],
      ] as const) {
        const bob = await aUserWith(world, world.acme, ...roles);
        const answer = await tokensOf(world, 'users', publisher.id, bob.token).delete(publisher.tokenId);
        expect(problem(answer)).toEqual([403, code]);
      }
      expect(await signsIn(world, publisher.token)).toBe(true);
    });
  });

  describe('hides other organizations', () => {
    it("answers alike for foreign, missing and other users' tokens, and for foreign and missing users", async () => {
      const ask = (calls: typeof mine, id: string) => calls.delete(id);
      for (const token of [alice.token, world.acme.admin])
        expect(await tokensToldAlike(world, 'users', alice, token, ask)).toEqual([404, 'access_token_not_found']);
      expect(await toldAlike(world, 'users', world.acme.admin, (calls) => ask(calls, alice.tokenId))).toEqual([
        404,
        'user_not_found',
      ]);
    });
  });
});
