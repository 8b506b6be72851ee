import { aWorld, type World } from '../../support/world';
import {
  anAccountWith,
  aUserWith,
  problem,
  signsIn,
  tokensOf,
  tokensToldAlike,
  toldAlike,
  type Owner,
  type TokenBody,
} from './token-owners';

describe('rotate-system-account-token: POST /v0/system-accounts/{accountId}/access-tokens/{tokenId}/rotate', () => {
  let world: World;
  let agent: Owner;
  let ours: ReturnType<typeof tokensOf>;

  const by = (token: string) => tokensOf(world, 'system-accounts', agent.id, token);

  beforeAll(async () => {
    world = await aWorld();
    agent = await anAccountWith(world, world.acme, ['Publisher', 'MCP Registries']);
    ours = by(world.acme.admin);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with a new token of the same name, and the old one is over', async () => {
      const old = await ours.made('production');
      const answer = await ours.rotate(old.id);
      expect(answer.status).toBe(201);
      const successor = answer.json<Required<TokenBody>>();
      expect(successor.name).toBe('production');
      expect([await signsIn(world, old.token), await signsIn(world, successor.token)]).toEqual([false, true]);
    });

    it('lets an account rotate its own token, with an overlap', async () => {
      const old = await ours.made('own');
      const answer = await by(old.token).rotate(old.id, { overlap_seconds: 600 });
      expect(answer.status).toBe(201);
      const successor = answer.json<Required<TokenBody>>();
      expect([await signsIn(world, old.token), await signsIn(world, successor.token)]).toEqual([true, true]);
    });
  });

  describe('rejects bad input', () => {
    it('names the field and the rule', async () => {
      const answer = await ours.rotate(agent.tokenId, { overlap_seconds: 86_401 });
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field: 'overlap_seconds', rule: 'max', maximum: 86_400, source: 'body' }),
      );
    });

    it('answers 409 for a token that has ended', async () => {
      const { id } = await ours.made('ended');
      await ours.revoke(id);
      expect(problem(await ours.rotate(id))).toEqual([409, 'access_token_ended']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      const nobody = tokensOf(world, 'system-accounts', agent.id);
      expect((await nobody.rotate(agent.tokenId)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to members, to another account and to who may only see accounts', async () => {
      const callers = [
        await aUserWith(world, world.acme, ['Admin', 'MCP Registries']),
        await anAccountWith(world, world.acme),
        await aUserWith(world, world.acme, ['Viewer', 'Identity']),
      ];
      for (const { token } of callers)
        expect(problem(await by(token).rotate(agent.tokenId))).toEqual([403, 'forbidden']);
      expect(await signsIn(world, agent.token)).toBe(true);
    });

    it('answers 403 to an account that rotates a token other than the one it shows', async () => {
      const [shown, other] = [await ours.made('shown'), await ours.made('other')];
      for (const body of [{}, { overlap_seconds: 600 }])
        expect(problem(await by(shown.token).rotate(other.id, body))).toEqual([403, 'forbidden']);
      expect([await signsIn(world, shown.token), await signsIn(world, other.token)]).toEqual([true, true]);
      expect((await by(other.token).rotate(other.id)).status).toBe(201);
    });

    it('answers 403 to an identity admin who may do less than the account', async () => {
      const identityAdmin = await aUserWith(world, world.acme, ['Admin', 'Identity']);
      expect(problem(await by(identityAdmin.token).rotate(agent.tokenId))).toEqual([403, 'privilege_ceiling']);
      expect(await signsIn(world, agent.token)).toBe(true);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign and a missing account: 403 to a member, 404 to who may see accounts', async () => {
      const ask = (calls: typeof ours) => calls.rotate(agent.tokenId);
      const member = await aUserWith(world, world.acme);
      expect(await toldAlike(world, 'system-accounts', member.token, ask)).toEqual([403, 'forbidden']);
      expect(await toldAlike(world, 'system-accounts', world.acme.admin, ask)).toEqual([
        404,
        'system_account_not_found',
      ]);
    });

    it("answers alike for foreign, missing and other accounts' tokens", async () => {
      const ask = (calls: typeof ours, id: string) => calls.rotate(id);
      for (const token of [agent.token, world.acme.admin])
        expect(await tokensToldAlike(world, 'system-accounts', agent, token, ask)).toEqual([
          404,
          'access_token_not_found',
        ]);
    });
  });
});
