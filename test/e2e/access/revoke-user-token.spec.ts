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
  type TokenBody,
} from './token-owners';

describe('revoke-user-token: PATCH /v0/users/{userId}/access-tokens/{tokenId}/revoke', () => {
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
    it('answers 200 with the revoked token, which no longer signs in', async () => {
      const { id, token } = await mine.made('lost');
      await world.db.query('delete from audit_log');
      const answer = await mine.revoke(id);
      expect([answer.status, answer.json()]).toEqual([
        200,
        expect.objectContaining({ id, state: 'REVOKED', revoked_at: expect.stringMatching(/Z$/) as string }),
      ]);
      expect(await signsIn(world, token)).toBe(false);
      expect(await signsIn(world, alice.token)).toBe(true);
      expect((await auditRows(world)).map(({ action, target_id }) => [action, target_id])).toEqual([
        ['token.revoke', id],
      ]);
    });

    it('answers the same the second time and writes nothing more', async () => {
      const { id } = await mine.made('twice');
      const first = await mine.revoke(id);
      await world.db.query('delete from audit_log');
      const second = await mine.revoke(id);
      expect([second.status, second.text]).toEqual([200, first.text]);
      expect(await auditRows(world)).toEqual([]);
    });

    it('lets a token end itself', async () => {
      const { id, token } = await mine.made('itself');
      expect((await tokensOf(world, 'users', 'me', token).revoke(id)).status).toBe(200);
      expect(await signsIn(world, token)).toBe(false);
    });

    it('lets an organization admin end the token of another', async () => {
      const { id, token } = await mine.made('stolen');
      expect((await tokensOf(world, 'users', alice.id, world.acme.admin).revoke(id)).status).toBe(200);
      expect(await signsIn(world, token)).toBe(false);
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 for a token that is not there', async () => {
      for (const id of [MISSING, 'no-id'])
        expect(problem(await mine.revoke(id))).toEqual([404, 'access_token_not_found']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, and the token goes on', async () => {
      expect((await tokensOf(world, 'users', alice.id).revoke(alice.tokenId)).status).toBe(401);
      expect(await signsIn(world, alice.token)).toBe(true);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to another user and to who may only see users', async () => {
      for (const roles of [[], [['Viewer', 'Identity']]] as const) {
        const bob = await aUserWith(world, world.acme, ...roles);
        expect(problem(await tokensOf(world, 'users', alice.id, bob.token).revoke(alice.tokenId))).toEqual([
          403,
          'forbidden',
        ]);
      }
      expect(await signsIn(world, alice.token)).toBe(true);
    });

    it("answers 403 to an identity admin who may do less than the token's owner", async () => {
      const identityAdmin = await aUserWith(world, world.acme, ['Admin', 'Identity']);
      const [owner] = await world.db.query<{ user_id: string; id: string }>(
        `select user_id, id from access_token where name = 'First administrator' and org_id = $1`,
        [world.acme.id],
      );
      const theirs = tokensOf(world, 'users', owner?.user_id ?? '', identityAdmin.token);
      expect(problem(await theirs.revoke(owner?.id ?? ''))).toEqual([403, 'privilege_ceiling']);
      expect(await signsIn(world, world.acme.admin)).toBe(true);
      const plain = tokensOf(world, 'users', alice.id, identityAdmin.token);
      const { id } = await mine.made('plain');
      expect((await plain.revoke(id)).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it("answers alike for foreign, missing and other users' tokens, and for foreign and missing users", async () => {
      const ask = (calls: typeof mine, id: string) => calls.revoke(id);
      for (const token of [alice.token, world.acme.admin])
        expect(await tokensToldAlike(world, 'users', alice, token, ask)).toEqual([404, 'access_token_not_found']);
      expect(await toldAlike(world, 'users', world.acme.admin, (calls) => ask(calls, alice.tokenId))).toEqual([
        404,
        'user_not_found',
      ]);
    });

    it('keeps the revoked state from everybody else', async () => {
      const { id } = await mine.made('gone');
      const revoked = (await mine.revoke(id)).json<TokenBody>();
      const foreign = await tokensOf(world, 'users', 'me', world.globex.admin).list('?filter[state]=REVOKED');
      expect(foreign.text).not.toContain(revoked.id);
    });
  });
});
