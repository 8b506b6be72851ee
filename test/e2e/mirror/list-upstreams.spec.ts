import { aWorld, type World } from '../../support/world';
import { problems, type Listed } from '../access/support/identity';
import { anUpstream, anUpstreamsAccount, aStranger, SECRET, UPSTREAMS, type Upstream } from './support/upstreams';

const SETTINGS = [
  { name: 'beta', url: 'https://beta.example.com', display_name: 'Zweiter' },
  { name: 'alpha', url: 'https://alpha.example.com/100%25', enabled: false },
  { name: 'gamma', headers: { authorization: SECRET } },
];

describe('list-upstreams: GET /v0/upstreams', () => {
  let world: World;

  const list = (query = '', token = world.acme.admin) => world.call('GET', `${UPSTREAMS}${query}`, { token });
  const namesOf = async (query: string) => (await list(query)).json<Listed<Upstream>>().data.map(({ name }) => name);

  beforeAll(async () => {
    world = await aWorld();
    for (const settings of SETTINGS)
      for (const organization of [world.acme, world.globex]) await anUpstream(world, organization, settings);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers with whole upstreams in order of their names, without a secret', async () => {
      const answer = await list();
      const { data, meta } = answer.json<Listed<Upstream>>();
      expect([answer.status, meta]).toEqual([200, { page: { number: 1, size: 10, total: 4 } }]);
      expect(data.map(({ name, header_names: names, enabled }) => [name, names, enabled])).toEqual([
        ['alpha', [], false],
        ['beta', [], true],
        ['gamma', ['authorization'], true],
        ['official', [], false],
      ]);
      expect(answer.text).not.toContain(SECRET);
    });

    it('has the official registry from the beginning, which nobody reads before it is enabled', async () => {
      const { data } = (await list('?filter[built_in]=true')).json<Listed<Upstream>>();
      expect(data).toEqual([
        expect.objectContaining({
          name: 'official',
          display_name: 'Official MCP Registry',
          url: 'https://registry.modelcontextprotocol.io',
          verify_tls: true,
          enabled: false,
        }),
      ]);
    });

    it.each([
      ['?page[size]=2&page[number]=2', ['gamma', 'official']],
      ['?sort=name desc', ['official', 'gamma', 'beta', 'alpha']],
      ['?sort=created_at', ['official', 'beta', 'alpha', 'gamma']],
      ['?filter[enabled]=false', ['alpha', 'official']],
      ['?filter[built_in]=false', ['alpha', 'beta', 'gamma']],
      ['?filter[name][contains]=A', ['alpha', 'beta', 'gamma', 'official']],
      ['?filter[display_name]=Zweiter', ['beta']],
      ['?filter[url][contains]=beta.', ['beta']],
      ['?filter[updated_at][lt]=2020-01-01T00:00:00Z', []],
    ])('pages, finds and sorts: %s', async (query, names) => {
      expect(await namesOf(query.replaceAll(' ', '%20'))).toEqual(names);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['?page[size]=101', 'page[size]', 'max'],
      ['?sort=header_names', 'sort', 'enum'],
      ['?filter[headers]=x', 'filter[headers]', 'enum'],
      ['?filter[enabled]=yes', 'filter[enabled]', 'is_boolean'],
      ['?limit=5', 'limit', 'unknown_property'],
    ])('%s', async (query, field, rule) => {
      const answer = await list(query);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toEqual([expect.objectContaining({ field, rule, source: 'query' })]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401', async () => {
      expect((await world.call('GET', UPSTREAMS)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers to whoever may see upstreams, and to nobody else', async () => {
      expect((await list('', await anUpstreamsAccount(world, world.acme, 'Viewer'))).status).toBe(200);
      expect((await list('', await aStranger(world, world.acme))).status).toBe(403);
    });
  });

  describe('hides other organizations', () => {
    it('lists nothing of theirs, and counts nothing of theirs', async () => {
      const theirs = (await list('', world.globex.admin)).json<Listed<Upstream>>().data;
      const own = (await list()).json<Listed<Upstream>>().data.map(({ id }) => id);
      expect(theirs).toHaveLength(4);
      expect(theirs.filter(({ id }) => own.includes(id))).toEqual([]);
      expect((await list(`?filter[id]=${theirs[0]?.id}`)).json<Listed<Upstream>>().meta.page.total).toBe(0);
    });
  });
});
