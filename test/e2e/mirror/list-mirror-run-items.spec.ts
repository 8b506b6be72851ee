import { aWorld, type World } from '../../support/world';
import { aMirror, anUpstream, aRun, MISSING, refusalsOf, runPathOf, type Mirror } from './support/mirrors';

interface Item {
  readonly name: string;
  readonly version: string;
  readonly action: string;
}

interface Page {
  readonly data: readonly Item[];
  readonly meta: { readonly page: { readonly size: number; readonly next: string | null } };
}

interface Place {
  readonly runId?: string;
  readonly mirrorId?: string;
  readonly registry?: string;
  readonly token?: string | null;
}

const ITEMS = [
  { name: 'com.B/one', version: '1.0.0', action: 'new' },
  { name: 'com.a/one', version: '1.0.0', action: 'new' },
  { name: 'com.a/one', version: '10.0.0', action: 'changed' },
  { name: 'com.a/one', version: '2.0.0', action: 'conflict' },
  { name: 'com.a/two_%', version: '1.0.0', action: 'quarantined' },
];

describe('list-mirror-run-items: GET /v0/registries/{registryIdentifier}/mirrors/{mirrorId}/runs/{runId}/items', () => {
  let world: World;
  let id: string;
  let sibling: string;
  let foreign: string;
  let mirror: Mirror;
  let foreignMirror: Mirror;
  let run: string;
  let second: string;
  let foreignRun: string;

  const list = (query = '', place: Place = {}) => {
    const { runId = run, mirrorId = mirror.id, registry = id, token = world.acme.admin } = place;
    const path = `${runPathOf(registry, mirrorId, runId)}/items${query}`;
    return world.call('GET', path, token === null ? {} : { token });
  };
  const keysOf = ({ data }: Page) => data.map(({ name, version }) => `${name}@${version}`);
  const nextOf = async (query: string) => (await list(query)).json<Page>().meta.page.next ?? '';
  const positionOf = (path: string) => new URL(path, 'http://any').searchParams.get('page[after]') ?? '';
  const addItems = (organization: string, runId: string, items: readonly Item[]) =>
    world.db.query(
      `insert into mirror_run_item (org_id, run_id, name, version, action, reason, detail)
       select $1, $2, i.name, i.version, i.action, 'because', 'It is said so'
       from jsonb_to_recordset($3) i (name text, version text, action text)`,
      [organization, runId, JSON.stringify(items)],
    );

  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'tools');
    sibling = await world.aRegistry(world.acme, 'sibling');
    foreign = await world.aRegistry(world.globex, 'tools');
    mirror = await aMirror(world, world.acme, id, await anUpstream(world, world.acme, 'partner'));
    foreignMirror = await aMirror(world, world.globex, foreign, await anUpstream(world, world.globex, 'partner'));
    run = await aRun(world, mirror.id, { state: 'held' });
    second = await aRun(world, mirror.id, { state: 'succeeded' });
    foreignRun = await aRun(world, foreignMirror.id);
    await addItems(world.acme.id, run, [...ITEMS].reverse());
    await addItems(world.acme.id, second, [{ name: 'com.a/other', version: '1.0.0', action: 'new' }]);
    await addItems(world.globex.id, foreignRun, [{ name: 'com.a/theirs', version: '1.0.0', action: 'new' }]);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the items of the run by name and version, bytewise', async () => {
      const answer = await list();
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({
        data: ITEMS.map((item) => ({ ...item, reason: 'because', detail: 'It is said so', guard: null })),
        meta: { page: { size: 20, next: null } },
      });
    });

    it.each([1, 2, 5])('gives each item once in pages of %d', async (size) => {
      const seen: string[] = [];
      for (let path: string | null = `${runPathOf(id, mirror.id, run)}/items?page[size]=${size}`; path !== null;) {
        const page: Page = (await world.call('GET', path, { token: world.acme.admin })).json<Page>();
        expect(page.data.length).toBeGreaterThan(0);
        expect(page.data.length).toBeLessThanOrEqual(size);
        seen.push(...keysOf(page));
        path = page.meta.page.next;
      }
      expect(seen).toEqual(ITEMS.map(({ name, version }) => `${name}@${version}`));
    });

    it.each([
      ['?filter[action]=new', ['com.B/one@1.0.0', 'com.a/one@1.0.0']],
      ['?filter[action][oeq]=changed,conflict', ['com.a/one@10.0.0', 'com.a/one@2.0.0']],
      ['?filter[name]=com.B/one', ['com.B/one@1.0.0']],
      ['?filter[name][contains]=TWO', ['com.a/two_%@1.0.0']],
      ['?filter[name][contains]=_%25', ['com.a/two_%@1.0.0']],
      ['?filter[name][contains]=nowhere', []],
      ['?filter[name][contains]=com.a&filter[action]=new', ['com.a/one@1.0.0']],
    ])('%s gives what it says', async (query, expected) => {
      expect(keysOf((await list(query)).json<Page>())).toEqual(expected);
    });

    it('keeps its filters from page to page', async () => {
      const next = await nextOf('?page[size]=1&filter[name][contains]=a/one');
      const page = (await world.call('GET', next, { token: world.acme.admin })).json<Page>();
      expect(keysOf(page)).toEqual(['com.a/one@10.0.0']);
      expect(page.meta.page.size).toBe(1);
    });

    it('answers by the name of the registry and at the alias', async () => {
      const alias = `/v0/mcp-registries/${id}/mirrors/${mirror.id}/runs/${run}/items`;
      for (const path of [`${runPathOf('tools', mirror.id, run)}/items`, alias])
        expect((await world.call('GET', path, { token: world.acme.admin })).json<Page>().data).toHaveLength(5);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['page[size]=0', 'page[size]', 'min'],
      ['page[size]=1001', 'page[size]', 'max'],
      ['page[number]=2', 'page[number]', 'unknown_property'],
      ['sort=name', 'sort', 'unknown_property'],
      ['filter[action]=unchanged', 'filter[action]', 'enum'],
      ['filter[action][contains]=new', 'filter[action][contains]', 'enum'],
      ['filter[version]=1.0.0', 'filter[version]', 'enum'],
      ['page[after]=', 'page[after]', 'invalid'],
      ['page[after]=com.a', 'page[after]', 'invalid'],
      [
        `page[after]=${Buffer.from('["com.a/one","1.0.0","AAAAAAAAAAA"]').toString('base64url')}`,
        'page[after]',
        'invalid',
      ],
      [`page[after]=${Buffer.from('["a\\u0000b","1","AAAAAAAAAAA"]').toString('base64url')}`, 'page[after]', 'invalid'],
      [`page[after]=${Buffer.from('{"0":"a"}').toString('base64url')}`, 'page[after]', 'invalid'],
    ])('?%s names the parameter and the rule', async (query, field, rule) => {
      const answer = await list(`?${query}`);
      expect(answer.status).toBe(400);
      expect(refusalsOf(answer)).toEqual([expect.objectContaining({ field, rule, source: 'query' })]);
    });

    it('takes a position for the same filters and the same run only', async () => {
      const position = positionOf(await nextOf('?page[size]=1&filter[action]=new'));
      expect((await list(`?page[after]=${position}&filter[action]=new`)).status).toBe(200);
      expect((await list(`?page[after]=${position}`)).status).toBe(400);
      expect((await list(`?page[after]=${position}&filter[action]=new`, { runId: second })).status).toBe(400);
    });

    it('answers 404 of the right kind for a missing run, a missing mirror and one of another registry', async () => {
      const types = [
        await list('', { runId: MISSING }),
        await list('', { runId: 'first' }),
        await list('', { mirrorId: MISSING }),
        await list('', { registry: sibling }),
      ].map((answer) => [answer.status, answer.json().type]);
      expect(types).toEqual([
        [404, 'urn:portolan:error:mirror_run_not_found'],
        [404, 'urn:portolan:error:mirror_run_not_found'],
        [404, 'urn:portolan:error:mirror_not_found'],
        [404, 'urn:portolan:error:mirror_not_found'],
      ]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, of whatever run', async () => {
      for (const runId of [run, foreignRun, MISSING]) expect((await list('', { runId, token: null })).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it.each(['Admin', 'Publisher', 'Viewer'] as const)('answers %s of the registry 200', async (role) => {
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await list('', { token })).status).toBe(200);
    });

    it('answers 404 to who does not know the registry', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: sibling }]);
      expect((await list('', { token })).status).toBe(404);
    });
  });

  describe('hides other organizations', () => {
    it('answers a foreign run and a missing one alike, byte for byte', async () => {
      const hidden = await list('', { runId: foreignRun });
      expect([hidden.status, hidden.masked]).toEqual([404, (await list('', { runId: MISSING })).masked]);
    });

    it('answers a foreign mirror or registry and a missing one alike, byte for byte', async () => {
      const theirs = { runId: foreignRun, mirrorId: foreignMirror.id };
      const missing = { runId: foreignRun, mirrorId: MISSING };
      expect((await list('', theirs)).masked).toBe((await list('', missing)).masked);
      const hidden = await list('', { ...theirs, registry: foreign });
      expect([hidden.status, hidden.masked]).toEqual([404, (await list('', { ...theirs, registry: MISSING })).masked]);
    });
  });
});
