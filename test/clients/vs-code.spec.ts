import { aCapabilityUrl, type CapabilityUrl } from '../e2e/access/capability-url';
import { aShelf, twins, type Shelf } from '../e2e/sub-api/shelf';
import type { Problem, ServerList } from '../e2e/sub-api/wire';
import { aServer, aWorld, type World } from '../support/world';
import { VsCodeGallery } from './vs-code';

const ORIGIN = { origin: 'vscode-file://vscode-app' };
const TOOLS = 60;
const OTHERS = 45;
const TOOL = 'com.example/tool-07';

/** The base that a user configures, and the registry behind it. */
const CONFIGURED: readonly (readonly [string, (open: Shelf, key: CapabilityUrl) => string])[] = [
  ['a public registry by its id', ({ id }) => `/registries/${id}`],
  ['a public registry by its id below /v0', ({ id }) => `/v0/registries/${id}`],
  ['a public registry at the alias', ({ id }) => `/v0/mcp-registries/${id}`],
  ['a public registry by its name', ({ name }) => `/o/acme/registries/${name}`],
  ['a public registry with a slash at the end', ({ name }) => `/o/acme/registries/${name}/`],
  ['a capability URL by the id', (_, { bases }) => bases[0] ?? ''],
  ['a capability URL by the id below /v0', (_, { bases }) => bases[1] ?? ''],
  ['a capability URL by the name', (_, { bases }) => bases[2] ?? ''],
  ['a capability URL with a slash at the end', (_, { base }) => `${base}/`],
];

describe("VS Code's requests", () => {
  let world: World;
  let open: Shelf;
  let closed: Shelf;
  let key: CapabilityUrl;

  const remote = (name: string) => `https://${name.split('/')[1] ?? ''}.example.com/mcp`;
  const fill = async (shelf: Shelf) => {
    const names = [
      ...Array.from({ length: TOOLS }, (_, index) => `com.example/tool-${String(index).padStart(2, '0')}`),
      ...Array.from({ length: OTHERS }, (_, index) => `com.example/other-${String(index).padStart(2, '0')}`),
    ];
    for (const name of names) await shelf.publish({ name, remotes: [{ type: 'streamable-http', url: remote(name) }] });
    await shelf.publish({ name: TOOL, version: '2.0.0', remotes: [{ type: 'streamable-http', url: remote(TOOL) }] });
    await shelf.publish({ name: 'com.example/removed' });
    await shelf.setStatuses('com.example/removed', 'deleted');
    await shelf.setStatuses('com.example/other-00', 'deprecated');
  };

  beforeAll(async () => {
    world = await aWorld();
    open = (await twins(world, 'open', { visibility: 'public' })).ours;
    closed = (await twins(world, 'closed')).ours;
    await Promise.all([fill(open), fill(closed)]);
    key = await aCapabilityUrl(world, world.acme, closed.id);
  });

  afterAll(() => world.close());

  describe.each(CONFIGURED)('on %s', (_, baseOf) => {
    let configured: string;
    let base: string;
    let gallery: VsCodeGallery;

    /** As the renderer sends it, with what every answer to it needs. */
    const get = async (path: string, headers: Record<string, string> = {}) => {
      const answer = await world.call('GET', `${base}${path}`, { headers: { ...ORIGIN, ...headers } });
      expect(answer.headers['access-control-allow-origin']).toBe('*');
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
      expect(answer.headers.location).toBeUndefined();
      return answer;
    };

    beforeAll(() => {
      configured = baseOf(open, key);
      base = configured.replace(/\/$/, '');
      gallery = new VsCodeGallery(world.url, configured);
    });

    it('find v0.1 with a list of one', async () => {
      const answer = await get('/v0.1/servers?limit=1');
      expect([answer.status, answer.json<ServerList>().servers.length]).toEqual([200, 1]);
      expect(await gallery.probe()).toBe('v0.1');
    });

    it('scroll through the latest of every server, once each', async () => {
      const found = await gallery.all();
      expect(found).toHaveLength(TOOLS + OTHERS);
      expect(new Set(found.map(({ name }) => name)).size).toBe(found.length);
      expect(found.every(({ isLatest, publishedAt }) => isLatest && publishedAt > 0)).toBe(true);
      expect(found.find(({ name }) => name === TOOL)?.version).toBe('2.0.0');
      expect(found.filter(({ status }) => status === 'deprecated').map(({ name }) => name)).toEqual([
        'com.example/other-00',
      ]);
    });

    it('keep to a search on its second page, where only the raw cursor is left of it', async () => {
      const first = (
        await get(`/v0.1/servers?limit=50&version=latest&search=${encodeURIComponent('/Tool-')}`)
      ).json<ServerList>();
      const cursor = first.metadata.nextCursor ?? '';
      expect([first.metadata.count, cursor]).toEqual([50, expect.stringMatching(/^[A-Za-z0-9._~-]+$/)]);
      const second = (await get(`/v0.1/servers?limit=50&version=latest&cursor=${cursor}`)).json<ServerList>();
      expect(second.metadata).toEqual({ count: TOOLS - 50 });
      const repeated = `/v0.1/servers?limit=50&version=latest&cursor=${cursor}&search=${encodeURIComponent('/Tool-')}`;
      expect((await get(repeated)).json<ServerList>()).toEqual(second);
      const found = await gallery.all('  /Tool- ');
      expect(found).toHaveLength(TOOLS);
      expect(found.filter(({ name }) => !name.includes('/tool-'))).toEqual([]);
    });

    it('page with the 30 of the marketplace view as well', async () => {
      expect(await gallery.all('', 30)).toHaveLength(TOOLS + OTHERS);
    });

    it('get an empty list for a search that finds nothing', async () => {
      const answer = await get('/v0.1/servers?limit=50&version=latest&search=nothing');
      expect(answer.json()).toEqual({ servers: [], metadata: { count: 0 } });
    });

    it('look the latest of a server up, and take 404 for a removed one only', async () => {
      expect(await gallery.latest(TOOL)).toMatchObject({ name: TOOL, version: '2.0.0', isLatest: true });
      for (const name of ['com.example/removed', 'com.example/never', 'Com.example/tool-07'])
        expect(await gallery.latest(name)).toBeUndefined();
      const answer = await get(`/v0.1/servers/${encodeURIComponent('com.example/never')}/versions/latest`);
      expect([answer.status, answer.headers['content-type'], answer.json<Problem>().detail]).toEqual([
        404,
        'application/problem+json',
        'Server not found',
      ]);
    });

    it('read one version, and the target of a link', async () => {
      const path = `/v0.1/servers/${encodeURIComponent(TOOL)}/versions/1.0.0`;
      expect((await get(path)).json<{ server: { version: string } }>().server.version).toBe('1.0.0');
      expect(await gallery.open(`${base}/v0.1/servers/${encodeURIComponent(TOOL)}/versions/latest`)).toMatchObject({
        version: '2.0.0',
      });
    });

    it('find the same on v0, to which a window may be pinned', async () => {
      for (const query of ['limit=1', 'limit=50&version=latest'])
        expect((await get(`/v0/servers?${query}`)).text).toBe((await get(`/v0.1/servers?${query}`)).text);
    });

    it('verify all installed servers at once, by name and by the URL of the remote', async () => {
      const installed = Array.from(
        { length: TOOLS },
        (_one, index) => `com.example/tool-${String(index).padStart(2, '0')}`,
      );
      const answers = await Promise.allSettled(
        installed.map((name) => get(`/v0.1/servers/${encodeURIComponent(name)}/versions/latest`)),
      );
      const verified = answers.map((one) => {
        if (one.status !== 'fulfilled' || one.value.status !== 200) return null;
        const { server } = one.value.json<{ server: { name: string; remotes: { url: string }[] } }>();
        return [server.name, server.remotes.map(({ url }) => url)];
      });
      expect(verified).toEqual(installed.map((name) => [name, [remote(name)]]));
    });

    it('pass with the GitHub token that the allow-list service sends along', async () => {
      const answer = await get('/v0.1/servers?repo=acme%2Fwebsite', { authorization: 'Bearer gho_0123456789abcdef' });
      expect([answer.status, answer.text]).toEqual([200, (await get('/v0.1/servers')).text]);
    });

    it('pass their preflight without a credential', async () => {
      for (const path of ['/v0.1/servers', `/v0.1/servers/${encodeURIComponent(TOOL)}/versions/latest`]) {
        const { status, headers } = await world.call('OPTIONS', `${base}${path}`, {
          headers: {
            ...ORIGIN,
            'access-control-request-method': 'GET',
            'access-control-request-headers': 'authorization',
          },
        });
        expect([status, headers['access-control-allow-origin']]).toEqual([204, '*']);
        expect(headers['access-control-allow-methods']).toContain('GET');
        expect(headers['access-control-allow-headers']).toContain('Authorization');
      }
    });

    it('get an answer again from their cache only after it was asked for', async () => {
      const { headers } = await get('/v0.1/servers?limit=50&version=latest');
      expect(headers['cache-control']).toMatch(/^(public, max-age=1, must-revalidate|private, no-cache)$/);
      const again = await get('/v0.1/servers?limit=50&version=latest', { 'if-none-match': headers.etag ?? '' });
      expect([again.status, again.text]).toEqual([304, '']);
    });
  });

  it('fail with 401, which a page may read, once a capability URL is revoked: never with 404', async () => {
    const shelf = await aShelf(world, world.acme, 'short');
    await shelf.publish();
    const { id, base } = await aCapabilityUrl(world, world.acme, shelf.id);
    const gallery = new VsCodeGallery(world.url, base);
    expect(await gallery.all()).toHaveLength(1);
    await world.call('DELETE', `/v0/registries/${shelf.id}/capability-urls/${id}`, { token: world.acme.admin });
    await expect(gallery.all()).rejects.toThrow('Server returned 401');
    const latest = `${base}/v0.1/servers/${encodeURIComponent(aServer().name as string)}/versions/latest`;
    const answer = await world.call('GET', latest, { headers: ORIGIN });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([401, '*']);
  });
});
