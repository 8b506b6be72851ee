import { aWorld, type World } from '../../support/world';
import { anAccountWith, aUserWith, problem, tokensOf, toldAlike, type Owner, type TokenBody } from './token-owners';

describe('list-system-account-tokens: GET /v0/system-accounts/{accountId}/access-tokens', () => {
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
    it('answers 200 with the tokens of the account to who may see accounts, and to the account itself', async () => {
      await ours.made('staging');
      const { id } = await ours.made('old');
      await ours.revoke(id);
      const viewer = await aUserWith(world, world.acme, ['Viewer', 'Identity']);
      const answers = [await ours.list(), await by(viewer.token).list(), await by(agent.token).list()];
      for (const answer of answers) {
        expect(answer.status).toBe(200);
        const { data, meta } = answer.json<{ data: TokenBody[]; meta: unknown }>();
        expect(data.map(({ name, state }) => [name, state])).toEqual([
          ['test', 'ACTIVE'],
          ['staging', 'ACTIVE'],
          ['old', 'REVOKED'],
        ]);
        expect(meta).toEqual({ page: { number: 1, size: 10, total: 3 } });
        expect(answer.text).not.toContain('ptl_');
      }
    });

    it('filters by state', async () => {
      const { data } = (await ours.list('?filter[state]=REVOKED')).json<{ data: TokenBody[] }>();
      expect(data.map(({ name }) => name)).toEqual(['old']);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['filter[public_id]=x', 'filter[public_id]', 'enum'],
      ['sort=public_id', 'sort', 'enum'],
      ['size=3', 'size', 'unknown_property'],
    ])('?%s names the parameter', async (query, field, rule) => {
      const answer = await ours.list(`?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field, rule, source: 'query' }),
      ]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      const nobody = tokensOf(world, 'system-accounts', agent.id);
      expect((await nobody.list()).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to members and to another account', async () => {
      const callers = [
        await aUserWith(world, world.acme, ['Admin', 'MCP Registries']),
        await anAccountWith(world, world.acme),
      ];
      for (const { token } of callers) expect(problem(await by(token).list())).toEqual([403, 'forbidden']);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign and a missing account: 403 to a member, 404 to who may see accounts', async () => {
      const ask = (calls: typeof ours) => calls.list();
      const member = await aUserWith(world, world.acme);
      expect(await toldAlike(world, 'system-accounts', member.token, ask)).toEqual([403, 'forbidden']);
      expect(await toldAlike(world, 'system-accounts', world.acme.admin, ask)).toEqual([
        404,
        'system_account_not_found',
      ]);
    });
  });
});
