import { aWorld, type World } from '../../support/world';
import { aMirror, anUpstream, aRun, MISSING, pathOf, refusalsOf, type Mirror } from './support/mirrors';

interface Page {
  readonly data: readonly Mirror[];
  readonly meta: object;
}

describe('list-mirrors: GET /v0/registries/{registryIdentifier}/mirrors', () => {
  let world: World;
  let id: string;
  let sibling: string;
  let foreign: string;
  let first: Mirror;
  let second: Mirror;

  const list = (query = '', registry = id, token: string | null = world.acme.admin) =>
    world.call('GET', `${pathOf(registry)}${query}`, token === null ? {} : { token });
  const names = async (query: string) => (await list(query)).json<Page>().data.map(({ upstream_name: name }) => name);

  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'tools');
    sibling = await world.aRegistry(world.acme, 'sibling');
    foreign = await world.aRegistry(world.globex, 'tools');
    const partner = await anUpstream(world, world.acme, 'partner');
    const vendor = await anUpstream(world, world.acme, 'vendor');
    second = await aMirror(world, world.acme, id, partner, { position: 20 });
    first = await aMirror(world, world.acme, id, vendor, { position: 10, enabled: false });
    await aMirror(world, world.acme, sibling, partner);
    await aMirror(world, world.globex, foreign, await anUpstream(world, world.globex, 'partner'));
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the mirrors of the registry by their position', async () => {
      const answer = await list();
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({
        data: [first, second],
        meta: { page: { number: 1, size: 10, total: 2 } },
      });
    });

    it('tells the last run of each, the newest of several', async () => {
      await aRun(world, second.id, { state: 'failed', requested_at: '2026-01-01T00:00:00Z' });
      const newest = await aRun(world, second.id, {
        state: 'succeeded',
        requested_at: '2026-01-03T00:00:00Z',
        finished_at: '2026-01-03T00:01:00Z',
      });
      await aRun(world, second.id, { state: 'failed', requested_at: '2026-01-02T00:00:00Z' });
      const { data } = (await list()).json<Page>();
      expect(data.map(({ last_run: last }) => last)).toEqual([
        null,
        { id: newest, state: 'succeeded', finished_at: '2026-01-03T00:01:00.000000Z' },
      ]);
    });

    it.each([
      ['?filter[enabled]=true', ['partner']],
      ['?filter[upstream_name]=vendor', ['vendor']],
      ['?filter[upstream_name][contains]=ART', ['partner']],
      ['?filter[created_at][gt]=2999-01-01T00:00:00Z', []],
      ['?sort=position desc', ['partner', 'vendor']],
      ['?sort=upstream_name', ['partner', 'vendor']],
      ['?page[size]=1&page[number]=2', ['partner']],
    ])('%s gives what it says', async (query, expected) => {
      expect(await names(query.replaceAll(' ', '%20'))).toEqual(expected);
    });

    it('filters by upstream, and answers by name and at the alias', async () => {
      expect(await names(`?filter[upstream_id]=${first.upstream_id}`)).toEqual(['vendor']);
      for (const path of ['/v0/registries/tools/mirrors', `/v0/mcp-registries/${id}/mirrors`]) {
        const { data } = (await world.call('GET', path, { token: world.acme.admin })).json<Page>();
        expect(data).toHaveLength(2);
      }
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['page[size]=101', 'page[size]', 'max'],
      ['page[number]=0', 'page[number]', 'min'],
      ['sort=schedule', 'sort', 'enum'],
      ['filter[schedule]=1h', 'filter[schedule]', 'enum'],
      ['filter[enabled]=yes', 'filter[enabled]', 'is_boolean'],
      ['filter[upstream_id]=partner', 'filter[upstream_id]', 'is_uuid'],
      ['filter[position]=1', 'filter[position]', 'enum'],
      ['enabled=true', 'enabled', 'unknown_property'],
    ])('?%s names the parameter and the rule', async (query, field, rule) => {
      const answer = await list(`?${query}`);
      expect(answer.status).toBe(400);
      expect(refusalsOf(answer)).toEqual([expect.objectContaining({ field, rule, source: 'query' })]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, of whatever registry', async () => {
      for (const registry of [id, foreign, MISSING]) expect((await list('', registry, null)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it.each(['Admin', 'Publisher', 'Viewer'] as const)('answers %s of the registry 200', async (role) => {
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await list('', id, token)).status).toBe(200);
    });

    it('answers 404 to who does not know the registry', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: sibling }]);
      expect((await list('', id, token)).status).toBe(404);
    });
  });

  describe('hides other organizations', () => {
    it('answers a foreign registry and a missing one alike, byte for byte', async () => {
      const hidden = await list('', foreign);
      expect([hidden.status, hidden.masked]).toEqual([404, (await list('', MISSING)).masked]);
    });

    it('gives another organization its own mirrors of the registry of the same name', async () => {
      const { data } = (await list('', 'tools', world.globex.admin)).json<Page>();
      expect(data).toHaveLength(1);
      expect(data.map(({ id: mirror }) => mirror)).not.toContain(second.id);
    });
  });
});
