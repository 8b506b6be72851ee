import { aWorld, type World } from '../../support/world';
import {
  aSession,
  auditRows,
  aUserWith,
  problem,
  signsIn,
  tokensOf,
  tokensToldAlike,
  toldAlike,
  type Owner,
  type TokenBody,
} from './token-owners';

const lifetimeMs = ({ created_at, expires_at }: TokenBody) => Date.parse(expires_at) - Date.parse(created_at);

describe('rotate-user-token: POST /v0/users/{userId}/access-tokens/{tokenId}/rotate', () => {
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
    it('answers 201 with a new token of the same name and lifetime, and the old one is over', async () => {
      const old = await mine.made('ci', { ttl_seconds: 10 * 86_400 });
      const answer = await mine.rotate(old.id);
      expect(answer.status).toBe(201);
      const successor = answer.json<Required<TokenBody>>();
      expect(successor).toMatchObject({ name: 'ci', state: 'ACTIVE', rotated_at: null });
      expect(successor.id).not.toBe(old.id);
      expect(Math.abs(lifetimeMs(successor) - lifetimeMs(old))).toBeLessThan(60_000);
      expect([await signsIn(world, old.token), await signsIn(world, successor.token)]).toEqual([false, true]);
      expect((await mine.get(old.id)).json<TokenBody>()).toMatchObject({
        state: 'REVOKED',
        rotated_at: expect.any(String) as string,
      });
    });

    it('lets both go on for the overlap, at the end of which the old one expires', async () => {
      const old = await mine.made('overlap');
      const successor = (await mine.rotate(old.id, { overlap_seconds: 3_600 })).json<Required<TokenBody>>();
      expect([await signsIn(world, old.token), await signsIn(world, successor.token)]).toEqual([true, true]);
      const shown = (await mine.get(old.id)).json<TokenBody>();
      expect(shown).toMatchObject({ state: 'ACTIVE', name: 'overlap', revoked_at: null });
      expect(Math.abs(Date.parse(shown.expires_at) - Date.parse(shown.rotated_at ?? '') - 3_600_000)).toBeLessThan(
        60_000,
      );
      await world.db.query(`update access_token set expires_at = now() where id = $1`, [old.id]);
      expect([await signsIn(world, old.token), await signsIn(world, successor.token)]).toEqual([false, true]);
    });

    it('never makes the old one live longer', async () => {
      const old = await mine.made('short');
      await world.db.query(`update access_token set expires_at = now() + interval '1 minute' where id = $1`, [old.id]);
      await mine.rotate(old.id, { overlap_seconds: 86_400 });
      const { expires_at, rotated_at } = (await mine.get(old.id)).json<TokenBody>();
      expect(Date.parse(expires_at) - Date.parse(rotated_at ?? '')).toBeLessThanOrEqual(60_000);
    });

    it('gives the new one no more than the organization allows now', async () => {
      const old = await mine.made('long', { ttl_seconds: 31_536_000 });
      await world.db.query(`update organization set token_lifetime_max_days = 7 where name = 'acme'`);
      const successor = (await mine.rotate(old.id)).json<Required<TokenBody>>();
      await world.db.query(`update organization set token_lifetime_max_days = 365 where name = 'acme'`);
      expect(Math.abs(lifetimeMs(successor) - 7 * 86_400_000)).toBeLessThan(60_000);
    });

    it('writes one audit row that names both and no secret', async () => {
      const old = await mine.made('audited');
      await world.db.query('delete from audit_log');
      const successor = (await mine.rotate(old.id)).json<Required<TokenBody>>();
      const rows = await auditRows(world);
      expect(rows).toEqual([
        {
          action: 'token.rotate',
          target_id: old.id,
          before: expect.objectContaining({ id: old.id, state: 'ACTIVE' }) as object,
          after: expect.objectContaining({
            id: old.id,
            state: 'REVOKED',
            successor: expect.objectContaining({ id: successor.id, state: 'ACTIVE' }) as object,
          }) as object,
        },
      ]);
      expect(JSON.stringify(rows)).not.toContain('ptl_pat_');
    });

    it('works by the token that is being rotated', async () => {
      const old = await mine.made('itself');
      const answer = await tokensOf(world, 'users', 'me', old.token).rotate(old.id);
      expect(await signsIn(world, answer.json<Required<TokenBody>>().token)).toBe(true);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ overlap_seconds: -1 }, 'overlap_seconds', 'min', { minimum: 0 }],
      [{ overlap_seconds: 86_401 }, 'overlap_seconds', 'max', { maximum: 86_400 }],
      [{ overlap_seconds: '60' }, 'overlap_seconds', 'is_integer', {}],
      [{ overlap_seconds: null }, 'overlap_seconds', 'is_integer', {}],
      [{ name: 'x' }, 'name', 'unknown_property', {}],
    ])('row %# names the field and the rule', async (body, field, rule, limits) => {
      const answer = await mine.rotate(alice.tokenId, body);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field, rule, source: 'body', ...limits }),
      );
    });

    it('answers 409 for a token that has ended or was rotated already', async () => {
      const old = await mine.made('once');
      await mine.rotate(old.id, { overlap_seconds: 60 });
      expect(problem(await mine.rotate(old.id))).toEqual([409, 'access_token_ended']);
      const { id } = await mine.made('ended');
      await mine.revoke(id);
      expect(problem(await mine.rotate(id))).toEqual([409, 'access_token_ended']);
    });

    it('makes one successor, however many ask at the same moment', async () => {
      const old = await mine.made('raced');
      const answers = await Promise.all(Array.from({ length: 20 }, () => mine.rotate(old.id, { overlap_seconds: 60 })));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(19).fill(409)]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await tokensOf(world, 'users', alice.id).rotate(alice.tokenId)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('lets nobody rotate the token of another, not even an organization admin', async () => {
      const bob = await aUserWith(world, world.acme);
      for (const token of [bob.token, world.acme.admin]) {
        const answer = await tokensOf(world, 'users', alice.id, token).rotate(alice.tokenId);
        expect(problem(answer)).toEqual([403, 'forbidden']);
      }
      expect(await signsIn(world, alice.token)).toBe(true);
    });

    it('answers 403 while the organization has personal tokens off', async () => {
      const bySession = tokensOf(world, 'users', 'me', await aSession(world, world.acme, alice.id));
      await world.db.query(`update organization set personal_tokens_enabled = false where name = 'acme'`);
      const answer = await bySession.rotate(alice.tokenId);
      await world.db.query(`update organization set personal_tokens_enabled = true where name = 'acme'`);
      expect(problem(answer)).toEqual([403, 'personal_tokens_disabled']);
      expect(await signsIn(world, alice.token)).toBe(true);
    });
  });

  describe('hides other organizations', () => {
    it("answers alike for foreign, missing and other users' tokens, and for foreign and missing users", async () => {
      const ask = (calls: typeof mine, id: string) => calls.rotate(id);
      for (const token of [alice.token, world.acme.admin])
        expect(await tokensToldAlike(world, 'users', alice, token, ask)).toEqual([404, 'access_token_not_found']);
      expect(await toldAlike(world, 'users', world.acme.admin, (calls) => ask(calls, alice.tokenId))).toEqual([
        404,
        'user_not_found',
      ]);
    });
  });
});
