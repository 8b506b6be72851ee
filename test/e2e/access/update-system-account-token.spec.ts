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
  type TokenBody,
} from './token-owners';

describe('update-system-account-token: PATCH /v0/system-accounts/{accountId}/access-tokens/{tokenId}', () => {
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
    it('answers 200 with the new name to an admin and to the account itself, and writes that down', async () => {
      const { id } = await ours.made('production');
      await world.db.query('delete from audit_log');
      for (const [caller, name] of [
        [world.acme.admin, 'live'],
        [agent.token, 'mine'],
      ] as const) {
        const answer = await by(caller).update(id, { name });
        expect([answer.status, answer.json<TokenBody>().name]).toEqual([200, name]);
      }
      expect((await auditRows(world)).map(({ action, target_id }) => [action, target_id])).toEqual([
        ['token.update', id],
        ['token.update', id],
      ]);
    });
  });

  describe('rejects bad input', () => {
    it('names the field and the rule', async () => {
      const answer = await ours.update(agent.tokenId, { name: '' });
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field: 'name', rule: 'min_length', minimum: 1, source: 'body' }),
      );
    });

    it('answers 409 for the name of another live token', async () => {
      await ours.made('taken');
      expect(problem(await ours.update(agent.tokenId, { name: 'taken' }))).toEqual([409, 'access_token_name_taken']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      const nobody = tokensOf(world, 'system-accounts', agent.id);
      expect((await nobody.update(agent.tokenId, { name: 'x' })).status).toBe(401);
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
        expect(problem(await by(token).update(agent.tokenId, { name: 'x' }))).toEqual([403, 'forbidden']);
      expect(await signsIn(world, agent.token)).toBe(true);
    });

    it('answers 403 to an identity admin who may do less than the account', async () => {
      const identityAdmin = await aUserWith(world, world.acme, ['Admin', 'Identity']);
      expect(problem(await by(identityAdmin.token).update(agent.tokenId, { name: 'x' }))).toEqual([
        403,
        'privilege_ceiling',
      ]);
      expect(await signsIn(world, agent.token)).toBe(true);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign and a missing account: 403 to a member, 404 to who may see accounts', async () => {
      const ask = (calls: typeof ours) => calls.update(agent.tokenId, { name: 'x' });
      const member = await aUserWith(world, world.acme);
      expect(await toldAlike(world, 'system-accounts', member.token, ask)).toEqual([403, 'forbidden']);
      expect(await toldAlike(world, 'system-accounts', world.acme.admin, ask)).toEqual([
        404,
        'system_account_not_found',
      ]);
    });

    it("answers alike for foreign, missing and other accounts' tokens", async () => {
      const ask = (calls: typeof ours, id: string) => calls.update(id, { name: 'x' });
      for (const token of [agent.token, world.acme.admin])
        expect(await tokensToldAlike(world, 'system-accounts', agent, token, ask)).toEqual([
          404,
          'access_token_not_found',
        ]);
    });
  });
});
