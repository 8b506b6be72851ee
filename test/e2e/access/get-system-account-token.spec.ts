import { aWorld, type World } from '../../support/world';
import { anAccountWith, aUserWith, problem, tokensOf, tokensToldAlike, toldAlike, type Owner } from './token-owners';

describe('get-system-account-token: GET /v0/system-accounts/{accountId}/access-tokens/{tokenId}', () => {
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
    it('answers 200 with the token, without its secret, to an admin and to the account itself', async () => {
      const { token, ...shown } = await ours.made('production');
      for (const caller of [world.acme.admin, agent.token]) {
        const answer = await by(caller).get(shown.id);
        expect([answer.status, answer.json()]).toEqual([200, shown]);
        expect(answer.text).not.toContain(token);
      }
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 for what is no id', async () => {
      expect(problem(await ours.get('no-id'))).toEqual([404, 'access_token_not_found']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      const nobody = tokensOf(world, 'system-accounts', agent.id);
      expect((await nobody.get(agent.tokenId)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to members and to another account', async () => {
      const callers = [await aUserWith(world, world.acme), await anAccountWith(world, world.acme)];
      for (const { token } of callers) expect(problem(await by(token).get(agent.tokenId))).toEqual([403, 'forbidden']);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign and a missing account: 403 to a member, 404 to who may see accounts', async () => {
      const ask = (calls: typeof ours) => calls.get(agent.tokenId);
      const member = await aUserWith(world, world.acme);
      expect(await toldAlike(world, 'system-accounts', member.token, ask)).toEqual([403, 'forbidden']);
      expect(await toldAlike(world, 'system-accounts', world.acme.admin, ask)).toEqual([
        404,
        'system_account_not_found',
      ]);
    });

    it("answers alike for foreign, missing and other accounts' tokens", async () => {
      const ask = (calls: typeof ours, id: string) => calls.get(id);
      for (const token of [agent.token, world.acme.admin])
        expect(await tokensToldAlike(world, 'system-accounts', agent, token, ask)).toEqual([
          404,
          'access_token_not_found',
        ]);
    });
  });
});
