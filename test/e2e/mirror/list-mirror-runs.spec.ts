import { aWorld, type World } from '../../support/world';
import { aMirror, anUpstream, aRun, MISSING, refusalsOf, runPathOf, type Mirror, type Run } from './support/mirrors';

interface Page {
  readonly data: readonly Run[];
  readonly meta: object;
}

describe('list-mirror-runs: GET /v0/registries/{registryIdentifier}/mirrors/{mirrorId}/runs', () => {
  let world: World;
  let id: string;
  let sibling: string;
  let foreign: string;
  let mirror: Mirror;
  let foreignMirror: Mirror;
  let oldest: string;
  let middle: string;
  let newest: string;

  const list = (query = '', mirrorId = mirror.id, registry = id, token: string | null = world.acme.admin) =>
    world.call('GET', `${runPathOf(registry, mirrorId)}${query}`, token === null ? {} : { token });
  const idsOf = async (query: string) =>
    (await list(query.replaceAll(' ', '%20'))).json<Page>().data.map(({ id: run }) => run);

  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'tools');
    sibling = await world.aRegistry(world.acme, 'sibling');
    foreign = await world.aRegistry(world.globex, 'tools');
    const upstream = await anUpstream(world, world.acme, 'partner');
    mirror = await aMirror(world, world.acme, id, upstream);
    const other = await aMirror(world, world.acme, sibling, upstream);
    foreignMirror = await aMirror(world, world.globex, foreign, await anUpstream(world, world.globex, 'partner'));
    newest = await aRun(world, mirror.id, {
      state: 'waiting',
      requested_at: '2026-01-03T00:00:00Z',
      trigger: 'policy',
    });
    oldest = await aRun(world, mirror.id, { state: 'failed', requested_at: '2026-01-01T00:00:00Z', mode: 'full' });
    middle = await aRun(world, mirror.id, { state: 'succeeded', requested_at: '2026-01-02T00:00:00Z', dry_run: true });
    for (const one of [other, foreignMirror]) await aRun(world, one.id);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the runs of the mirror, newest first', async () => {
      const answer = await list();
      expect(answer.status).toBe(200);
      const { data, meta } = answer.json<Page>();
      expect(data.map(({ id: run }) => run)).toEqual([newest, middle, oldest]);
      expect(meta).toEqual({ page: { number: 1, size: 10, total: 3 } });
    });

    it('gives each run as it is alone', async () => {
      const { data } = (await list()).json<Page>();
      const alone = await world.call('GET', runPathOf(id, mirror.id, middle), { token: world.acme.admin });
      expect(data[1]).toEqual(alone.json());
    });

    it('filters by state, mode, trigger, dry run and time', async () => {
      expect(await idsOf('?filter[state]=failed')).toEqual([oldest]);
      expect(await idsOf('?filter[state][oeq]=failed,waiting')).toEqual([newest, oldest]);
      expect(await idsOf('?filter[mode]=full')).toEqual([oldest]);
      expect(await idsOf('?filter[trigger]=policy')).toEqual([newest]);
      expect(await idsOf('?filter[dry_run]=true')).toEqual([middle]);
      expect(await idsOf('?filter[requested_at][gte]=2026-01-02T00:00:00Z')).toEqual([newest, middle]);
      expect(await idsOf(`?filter[id]=${middle}`)).toEqual([middle]);
    });

    it('sorts and pages', async () => {
      expect(await idsOf('?sort=requested_at')).toEqual([oldest, middle, newest]);
      expect(await idsOf('?page[size]=2&page[number]=2')).toEqual([oldest]);
    });

    it('answers by the name of the registry and at the alias', async () => {
      for (const path of [runPathOf('tools', mirror.id), `/v0/mcp-registries/${id}/mirrors/${mirror.id}/runs`])
        expect((await world.call('GET', path, { token: world.acme.admin })).json<Page>().data).toHaveLength(3);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['page[size]=0', 'page[size]', 'min'],
      ['sort=state', 'sort', 'enum'],
      ['filter[state]=done', 'filter[state]', 'enum'],
      ['filter[state][contains]=fail', 'filter[state][contains]', 'enum'],
      ['filter[mode]=partial', 'filter[mode]', 'enum'],
      ['filter[trigger]=me', 'filter[trigger]', 'enum'],
      ['filter[dry_run]=1', 'filter[dry_run]', 'is_boolean'],
      ['filter[requested_at][gt]=today', 'filter[requested_at][gt]', 'is_date_time'],
      ['state=failed', 'state', 'unknown_property'],
    ])('?%s names the parameter and the rule', async (query, field, rule) => {
      const answer = await list(`?${query}`);
      expect(answer.status).toBe(400);
      expect(refusalsOf(answer)).toEqual([expect.objectContaining({ field, rule, source: 'query' })]);
    });

    it('answers 404 for a mirror of another registry, and for what is no id', async () => {
      for (const answer of [await list('', mirror.id, sibling), await list('', 'partner')])
        expect([answer.status, answer.json().type]).toEqual([404, 'urn:portolan:error:mirror_not_found']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, of whatever mirror', async () => {
      for (const one of [mirror.id, foreignMirror.id, MISSING])
        expect((await list('', one, id, null)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it.each(['Admin', 'Publisher', 'Viewer'] as const)('answers %s of the registry 200', async (role) => {
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await list('', mirror.id, id, token)).status).toBe(200);
    });

    it('answers 404 to who does not know the registry', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: sibling }]);
      expect((await list('', mirror.id, id, token)).status).toBe(404);
    });
  });

  describe('hides other organizations', () => {
    it('answers a foreign mirror and a missing one alike, byte for byte', async () => {
      const hidden = await list('', foreignMirror.id);
      expect([hidden.status, hidden.masked]).toEqual([404, (await list('', MISSING)).masked]);
    });

    it('answers a foreign registry and a missing one alike, byte for byte', async () => {
      const hidden = await list('', foreignMirror.id, foreign);
      expect([hidden.status, hidden.masked]).toEqual([404, (await list('', foreignMirror.id, MISSING)).masked]);
    });
  });
});
