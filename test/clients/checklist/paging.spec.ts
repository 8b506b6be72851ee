import { aShelf, twins, WEATHER, type Shelf } from '../../e2e/sub-api/shelf';
import { idsOf, moment, official, type ServerList } from '../../e2e/sub-api/wire';
import { aServer, aWorld, type World } from '../../support/world';
import { VsCodeGallery } from '../vs-code';

const TOOLS = 12;

describe('paging, search and filters', () => {
  let world: World;
  let shelf: Shelf;
  let theirs: Shelf;
  let gallery: VsCodeGallery;

  beforeAll(async () => {
    world = await aWorld();
    ({ ours: shelf, theirs } = await twins(world, 'main', { visibility: 'public' }));
    for (let index = 10; index < 10 + TOOLS; index += 1) {
      await shelf.publish({ name: `com.example/tool-${index}` });
      await shelf.publish({ name: `com.example/tool-${index}`, version: '2.0.0+b1' });
      await shelf.publish({ name: `org.sample/other-${index}` });
    }
    await shelf.publish({ name: 'com.example/gone' });
    await shelf.setStatuses('com.example/gone', 'deleted');
    gallery = new VsCodeGallery(world.url, shelf.base);
  });

  afterAll(() => world.close());

  const get = (query: string) => shelf.call('GET', `servers?${query}`, { token: '' });
  const list = async (query: string) => (await get(query)).json<ServerList>();

  it('38. honours a limit of 1, 30, 50 and 100, and refuses more', async () => {
    for (const limit of [1, 30, 50, 100])
      expect((await list(`limit=${limit}`)).metadata.count).toBe(Math.min(limit, 3 * TOOLS));
    expect((await get('limit=101')).status).toBe(422);
  });

  it('39. makes cursors of characters that need no encoding', async () => {
    for (const query of [
      'limit=1',
      'limit=2&search=tool-',
      'limit=1&version=2.0.0%2Bb1',
      'limit=1&updated_since=2020-01-01T00:00:00%2B02:00',
    ])
      expect((await list(query)).metadata.nextCursor).toMatch(/^[A-Za-z0-9._~-]+$/);
  });

  it('40. remembers the search of page 1 on page 2, where VS Code drops it', async () => {
    const found = await gallery.all(' Tool- ', 5);
    expect(found).toHaveLength(TOOLS);
    expect(found.every(({ name, version }) => name.startsWith('com.example/tool-') && version === '2.0.0+b1')).toBe(
      true,
    );
  });

  it('41. answers page 2 alike when the search is repeated', async () => {
    const { nextCursor = '' } = (await list('limit=5&version=latest&search=tool-')).metadata;
    const dropped = await get(`limit=5&version=latest&cursor=${nextCursor}`);
    expect((await get(`limit=5&version=latest&cursor=${nextCursor}&search=tool-`)).text).toBe(dropped.text);
  });

  it('42. refuses the cursor of another registry and shows nothing of it', async () => {
    for (const version of ['2.0.0', '3.0.0']) await theirs.publish({ version });
    const { nextCursor = '' } = (await theirs.list('?limit=1')).metadata;
    const answer = await get(`cursor=${nextCursor}`);
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('weather');
  });

  it('43. lists each server once on a walk through all pages, and ends', async () => {
    for (const size of [1, 5, TOOLS, 2 * TOOLS, 100]) {
      const names = (await gallery.all('', size)).map(({ name }) => name);
      expect(names).toHaveLength(2 * TOOLS);
      expect(new Set(names).size).toBe(2 * TOOLS);
    }
  });

  it('44. skips nothing that was there while others publish', async () => {
    const busy = await aShelf(world, world.acme, 'busy');
    const old = Array.from({ length: 20 }, (_, index) => `com.example/old-${index}`);
    for (const name of old) await busy.publish({ name });
    const seen: string[] = [];
    for (let cursor: string | undefined = '', round = 0; cursor !== undefined; round += 1) {
      const names = round < 6 ? [`com.example/a-new-${round}`, `com.example/z-new-${round}`] : [];
      const [page] = (await Promise.all([
        busy.list(`?limit=3&cursor=${cursor}`),
        ...names.map((name) => busy.publish({ name })),
      ])) as [ServerList, ...unknown[]];
      seen.push(...page.servers.map(({ server }) => server.name));
      cursor = page.metadata.nextCursor;
    }
    expect(seen.filter((name) => old.includes(name))).toEqual([...old].sort());
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('45. shows one version of each server with version=latest', async () => {
    const { servers } = await list('version=latest&limit=100');
    expect(new Set(servers.map(({ server }) => server.name)).size).toBe(servers.length);
    expect(servers.every((entry) => official(entry).isLatest)).toBe(true);
  });

  it('46. finds a server by its full name, all versions without version', async () => {
    const found = await list('search=com.example/tool-10');
    expect(idsOf(found)).toEqual(['com.example/tool-10@1.0.0', 'com.example/tool-10@2.0.0+b1']);
  });

  it('47. searches in any letter case and decodes what is encoded', async () => {
    for (const text of ['COM.EXAMPLE%2FTOOL-10', 'com%2Eexample/Tool-10'])
      expect((await list(`version=latest&search=${text}`)).metadata.count).toBe(1);
    expect((await list('search=tool+10')).metadata.count).toBe(0);
    expect((await list('search=tool%2010')).metadata.count).toBe(0);
  });

  it('48. takes an empty search and an empty cursor for none', async () => {
    expect((await get('search=&cursor=')).text).toBe((await get('')).text);
  });

  it('49. takes updated_since with up to nine digits and refuses what is no time', async () => {
    const { publishedAt, updatedAt } = official(await shelf.entry('com.example/tool-10', '1.0.0'));
    const since = async (time: string) => idsOf(await list(`search=tool-10&updated_since=${time}`));
    for (const digits of ['', '.1', '.123', '.123456', '.123456789'])
      expect((await get(`updated_since=2025-01-01T00:00:00${digits}Z`)).status).toBe(200);
    const both = ['com.example/tool-10@1.0.0', 'com.example/tool-10@2.0.0+b1'];
    expect(await since(moment(publishedAt).replace('Z', '999Z'))).toEqual(both);
    expect(await since(moment(updatedAt).replace('Z', '000Z'))).toEqual([]);
    const wrong = await get('updated_since=yesterday');
    expect([wrong.status, wrong.headers['content-type']]).toEqual([400, 'application/problem+json']);
  });

  it('50. shows deleted versions to updated_since and include_deleted only', async () => {
    expect((await list('search=gone')).metadata.count).toBe(0);
    for (const query of ['search=gone&include_deleted=true', 'search=gone&updated_since=2020-01-01T00:00:00Z'])
      expect((await list(query)).servers.map((entry) => official(entry).status)).toEqual(['deleted']);
  });

  it('51. keeps deprecated servers in the list', async () => {
    const sunset = await aShelf(world, world.acme, 'sunset', { visibility: 'public' });
    await sunset.publish();
    await sunset.setStatuses(WEATHER, 'deprecated', 'use the other one');
    expect(await new VsCodeGallery(world.url, sunset.base).all()).toMatchObject([
      { name: WEATHER, status: 'deprecated' },
    ]);
    expect((await sunset.call('POST', 'publish', { body: aServer() })).status).toBe(400);
  });
});
