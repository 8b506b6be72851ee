import { aWorld, type World } from '../../support/world';
import { anIdentityAccount, anIssuer, type Issuer } from './issuer';

interface Listed {
  readonly data: readonly Issuer[];
  readonly meta: { readonly page: { readonly number: number; readonly size: number; readonly total: number } };
}

// Both organizations have issuers of these names.
const ISSUERS = [
  { name: 'alpha', issuer_url: 'https://alpha.example.com', enabled: false },
  { name: 'beta', issuer_url: 'https://beta.example.com/100%' },
  { name: 'gamma', issuer_url: 'https://gamma.example.com' },
];

describe('list-issuers: GET /v0/identity/issuers', () => {
  let world: World;
  let issuers: Issuer[];

  const list = (query = '', token = world.acme.admin) => world.call('GET', `/v0/identity/issuers${query}`, { token });
  const namesOf = async (query: string) => (await list(query)).json<Listed>().data.map(({ name }) => name);

  beforeAll(async () => {
    world = await aWorld();
    issuers = [];
    for (const settings of ISSUERS) {
      issuers.push(await anIssuer(world, world.acme, settings));
      await anIssuer(world, world.globex, settings);
    }
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers with whole issuers in order of their names', async () => {
      const answer = await list();
      expect([answer.status, answer.json()]).toEqual([
        200,
        { data: issuers, meta: { page: { number: 1, size: 10, total: 3 } } },
      ]);
    });

    it('pages', async () => {
      const answer = await list('?page[size]=2&page[number]=2');
      expect(answer.json()).toEqual({ data: [issuers[2]], meta: { page: { number: 2, size: 2, total: 3 } } });
    });

    it.each([
      ['?sort=name desc', ['gamma', 'beta', 'alpha']],
      ['?sort=enabled,name desc', ['alpha', 'gamma', 'beta']],
      ['?sort=created_at', ['alpha', 'beta', 'gamma']],
      ['?filter[name]=beta', ['beta']],
      ['?filter[name][contains]=A', ['alpha', 'beta', 'gamma']],
      ['?filter[issuer_url][contains]=100%25', ['beta']],
      ['?filter[enabled]=false', ['alpha']],
      ['?filter[enabled][neq]=false', ['beta', 'gamma']],
      ['?filter[name][oeq]=alpha,gamma', ['alpha', 'gamma']],
      ['?filter[created_at][lt]=2020-01-01T00:00:00Z', []],
    ])('finds and sorts: %s', async (query, names) => {
      expect(await namesOf(query.replaceAll(' ', '%20'))).toEqual(names);
    });

    it('answers to whoever may read identities', async () => {
      const token = await anIdentityAccount(world, world.acme, 'Viewer');
      expect((await list('', token)).json<Listed>().meta.page.total).toBe(3);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['?page[size]=101', 'page[size]', 'max'],
      ['?page[size]=0', 'page[size]', 'min'],
      ['?page[number]=x', 'page[number]', 'is_integer'],
      ['?sort=audiences', 'sort', 'enum'],
      ['?filter[claim_rules]=x', 'filter[claim_rules]', 'enum'],
      ['?filter[enabled]=yes', 'filter[enabled]', 'is_boolean'],
      ['?filter[id]=x', 'filter[id]', 'is_uuid'],
      ['?limit=5', 'limit', 'unknown_property'],
    ])('%s', async (query, field, rule) => {
      const answer = await list(query);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field, rule, source: 'query' }),
      ]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401', async () => {
      expect((await world.call('GET', '/v0/identity/issuers')).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to an Admin of all registries', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: '*' }]);
      expect((await list('', token)).status).toBe(403);
    });
  });

  describe('hides other organizations', () => {
    it('lists nothing of theirs, and counts nothing of theirs', async () => {
      const own = new Set(issuers.map(({ id }) => id));
      const theirs = (await list('', world.globex.admin)).json<Listed>();
      expect(theirs.data.map(({ name }) => name)).toEqual(['alpha', 'beta', 'gamma']);
      expect(theirs.data.filter(({ id }) => own.has(id))).toEqual([]);
      const filtered = await list(`?filter[id]=${theirs.data[0]?.id}`);
      expect(filtered.json<Listed>()).toEqual({ data: [], meta: { page: { number: 1, size: 10, total: 0 } } });
    });
  });
});
