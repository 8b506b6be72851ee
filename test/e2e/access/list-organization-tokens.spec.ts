import { aWorld, type World } from '../../support/world';
import { anAccountWith, aUserWith, MISSING, problem, tokensOf, type Owner, type TokenBody } from './token-owners';

interface Page {
  readonly data: readonly (TokenBody & { readonly user_id: string })[];
  readonly meta: { readonly page: { readonly total: number } };
}

describe('list-organization-tokens: GET /v0/organizations/{organizationId}/personal-access-tokens', () => {
  let world: World;
  let alice: Owner;
  let bob: Owner;

  const list = (query = '', token: string | undefined = world.acme.admin, id = 'me') =>
    world.call('GET', `/v0/organizations/${id}/personal-access-tokens${query}`, token === '' ? {} : { token });

  beforeAll(async () => {
    world = await aWorld();
    alice = await aUserWith(world, world.acme);
    bob = await aUserWith(world, world.acme);
    await anAccountWith(world, world.acme);
    for (const token of [alice.token, world.globex.admin]) await tokensOf(world, 'users', 'me', token).made('laptop');
    await tokensOf(world, 'users', 'me', alice.token).revoke(alice.tokenId);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the tokens of all users and of no system account, without secrets', async () => {
      const answer = await list();
      expect(answer.status).toBe(200);
      const { data, meta } = answer.json<Page>();
      expect(data.map(({ name, state, user_id }) => [name, state, user_id])).toEqual([
        ['First administrator', 'ACTIVE', expect.any(String)],
        ['test', 'REVOKED', alice.id],
        ['test', 'ACTIVE', bob.id],
        ['laptop', 'ACTIVE', alice.id],
      ]);
      expect(meta.page.total).toBe(4);
      expect(answer.text).not.toContain('ptl_');
      expect((await list('', world.acme.admin, world.acme.id)).text).toBe(answer.text);
    });

    it('filters by user and state, sorts and pages', async () => {
      const names = async (query: string) => (await list(query)).json<Page>().data.map(({ name }) => name);
      expect(await names(`?filter[user_id]=${alice.id}&sort=name`)).toEqual(['laptop', 'test']);
      expect(await names(`?filter[user_id]=${alice.id}&filter[state]=ACTIVE`)).toEqual(['laptop']);
      expect(await names('?page[size]=1&page[number]=4')).toEqual(['laptop']);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['filter[user_id]=x', 'filter[user_id]', 'is_uuid'],
      ['filter[hash]=x', 'filter[hash]', 'enum'],
      ['sort=hash', 'sort', 'enum'],
      ['state=ACTIVE', 'state', 'unknown_property'],
    ])('?%s names the parameter', async (query, field, rule) => {
      const answer = await list(`?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field, rule, source: 'query' }),
      ]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await list('', '')).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to who may not see users', async () => {
      const admin = await aUserWith(world, world.acme, ['Admin', 'MCP Registries']);
      expect(problem(await list('', admin.token))).toEqual([403, 'forbidden']);
      const viewer = await aUserWith(world, world.acme, ['Viewer', 'Identity']);
      expect((await list('', viewer.token)).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign and a missing organization', async () => {
      const answers = [];
      for (const id of [world.globex.id, MISSING, 'globex']) answers.push(await list('', world.acme.admin, id));
      for (const answer of answers) {
        expect(problem(answer)).toEqual([404, 'organization_not_found']);
        expect(answer.masked).toBe(answers[0]?.masked);
      }
    });

    it('finds nothing by the id of a foreign user', async () => {
      const [foreign] = (await list('', world.globex.admin)).json<Page>().data;
      expect((await list(`?filter[user_id]=${foreign?.user_id ?? ''}`)).json<Page>().data).toEqual([]);
    });
  });
});
