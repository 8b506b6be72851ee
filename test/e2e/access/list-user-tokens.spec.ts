import { aWorld, type World } from '../../support/world';
import { aUserWith, problem, tokensOf, toldAlike, type Owner, type TokenBody } from './token-owners';

interface Page {
  readonly data: readonly TokenBody[];
  readonly meta: unknown;
}

describe('list-user-tokens: GET /v0/users/{userId}/access-tokens', () => {
  let world: World;
  let alice: Owner;
  let mine: ReturnType<typeof tokensOf>;

  const names = async (query = '') => (await mine.list(query)).json<Page>().data.map(({ name }) => name);

  beforeAll(async () => {
    world = await aWorld();
    alice = await aUserWith(world, world.acme);
    mine = tokensOf(world, 'users', 'me', alice.token);
    const foreign = tokensOf(world, 'users', 'me', world.globex.admin);
    for (const name of ['build', 'deploy', 'old', 'laptop']) {
      await mine.made(name);
      await foreign.made(name);
    }
    const [old] = (await mine.list('?filter[name]=old')).json<Page>().data;
    await mine.revoke(old?.id ?? '');
    await world.db.query(`update access_token set expires_at = now() - interval '1 hour' where name = 'deploy'`);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with all tokens of the owner, oldest first, and no secret', async () => {
      const answer = await mine.list();
      expect(answer.status).toBe(200);
      const { data, meta } = answer.json<Page>();
      expect(data.map(({ name, state }) => [name, state])).toEqual([
        ['test', 'ACTIVE'],
        ['build', 'ACTIVE'],
        ['deploy', 'EXPIRED'],
        ['old', 'REVOKED'],
        ['laptop', 'ACTIVE'],
      ]);
      expect(meta).toEqual({ page: { number: 1, size: 10, total: 5 } });
      expect(Object.keys(data[0] ?? {}).sort()).toEqual(
        ['created_at', 'expires_at', 'id', 'last_used_at', 'name', 'revoked_at', 'rotated_at', 'state'].sort(),
      );
    });

    it('shows who may see users the tokens of another', async () => {
      const viewer = await aUserWith(world, world.acme, ['Viewer', 'Identity']);
      const theirs = await tokensOf(world, 'users', alice.id, viewer.token).list();
      expect([theirs.status, theirs.text]).toEqual([200, (await mine.list()).text]);
    });

    it('filters, sorts and pages', async () => {
      expect(await names('?filter[state]=REVOKED')).toEqual(['old']);
      expect(await names('?filter[state][oeq]=REVOKED,EXPIRED&sort=name%20desc')).toEqual(['old', 'deploy']);
      expect(await names('?filter[name][contains]=P&sort=name')).toEqual(['deploy', 'laptop']);
      expect(await names('?filter[last_used_at]=')).toEqual(['test']);
      expect(await names('?sort=name&page[size]=2&page[number]=2')).toEqual(['laptop', 'old']);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['page[size]=101', 'page[size]', 'max'],
      ['filter[hash]=x', 'filter[hash]', 'enum'],
      ['filter[created_at]=now', 'filter[created_at]', 'is_date_time'],
      ['sort=hash', 'sort', 'enum'],
      ['user_id=x', 'user_id', 'unknown_property'],
    ])('?%s names the parameter', async (query, field, rule) => {
      const answer = await mine.list(`?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field, rule, source: 'query' }),
      ]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      for (const id of ['me', alice.id]) expect((await tokensOf(world, 'users', id).list()).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it("answers 403 for another user's tokens to who may not see users, and writes that down", async () => {
      const bob = await aUserWith(world, world.acme, ['Admin', 'MCP Registries']);
      expect(problem(await tokensOf(world, 'users', alice.id, bob.token).list())).toEqual([403, 'forbidden']);
      const rows = await world.db.query(
        `select org_id from audit_log where result = 'denied' and reason = 'identity:read' and principal_id = $1`,
        [bob.id],
      );
      expect(rows).toEqual([{ org_id: world.acme.id }]);
    });

    it('answers 403 to a system account that asks for its own as a user', async () => {
      const account = await world.aSystemAccount(world.acme);
      expect(problem(await tokensOf(world, 'users', 'me', account).list())).toEqual([403, 'forbidden']);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign and a missing user: 403 to a member, 404 to who may see users', async () => {
      const ask = (calls: typeof mine) => calls.list();
      expect(await toldAlike(world, 'users', alice.token, ask)).toEqual([403, 'forbidden']);
      expect(await toldAlike(world, 'users', world.acme.admin, ask)).toEqual([404, 'user_not_found']);
    });
  });
});
