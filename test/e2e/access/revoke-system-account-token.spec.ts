import { aWorld, type World } from '../../support/world';
import {
  anAccountWith,
  auditRows,
  aUserWith,
  problem,
  signsIn,
  tokensOf,
  tokensToldAlike,
  toldAlike,
  type Owner,
} from './token-owners';

describe('revoke-system-account-token: PATCH /v0/system-accounts/{accountId}/access-tokens/{tokenId}/revoke', () => {
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
    it('answers 200 with the revoked token, which no longer signs in, and writes that down', async () => {
      for (const caller of [world.acme.admin, agent.token]) {
        const { id, token } = await ours.made('over');
        await world.db.query('delete from audit_log');
        const answer = await by(caller).revoke(id);
        expect([answer.status, answer.json().state]).toEqual([200, 'REVOKED']);
        expect(await signsIn(world, token)).toBe(false);
        expect((await auditRows(world)).map(({ action, target_id }) => [action, target_id])).toEqual([
          ['token.revoke', id],
        ]);
      }
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 for what is no id', async () => {
      expect(problem(await ours.revoke('no-id'))).toEqual([404, 'access_token_not_found']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      const nobody = tokensOf(world, 'system-accounts', agent.id);
      expect((await nobody.revoke(agent.tokenId)).status).toBe(401);
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
        expect(problem(await by(token).revoke(agent.tokenId))).toEqual([403, 'forbidden']);
      expect(await signsIn(world, agent.token)).toBe(true);
    });

    it('answers 403 to an identity admin who may do less than the account', async () => {
      const identityAdmin = await aUserWith(world, world.acme, ['Admin', 'Identity']);
      expect(problem(await by(identityAdmin.token).revoke(agent.tokenId))).toEqual([403, 'privilege_ceiling']);
      expect(await signsIn(world, agent.token)).toBe(true);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign and a missing account: 403 to a member, 404 to who may see accounts', async () => {
      const ask = (calls: typeof ours) => calls.revoke(agent.tokenId);
      const member = await aUserWith(world, world.acme);
      expect(await toldAlike(world, 'system-accounts', member.token, ask)).toEqual([403, 'forbidden']);
      expect(await toldAlike(world, 'system-accounts', world.acme.admin, ask)).toEqual([
        404,
        'system_account_not_found',
      ]);
    });

    it("answers alike for foreign, missing and other accounts' tokens", async () => {
      const ask = (calls: typeof ours, id: string) => calls.revoke(id);
      for (const token of [agent.token, world.acme.admin])
        expect(await tokensToldAlike(world, 'system-accounts', agent, token, ask)).toEqual([
          404,
          'access_token_not_found',
        ]);
    });
  });
});
