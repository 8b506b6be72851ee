import { aShelf, twins, WEATHER, type Shelf } from '../../e2e/sub-api/shelf';
import {
  CURRENT_SCHEMA,
  moment,
  official,
  PUBLISHER_KEY,
  versionPath,
  type Entry,
  type ServerList,
} from '../../e2e/sub-api/wire';
import { aServer, aWorld, type World } from '../../support/world';
import { Contract } from '../contract';
import { VsCodeGallery } from '../vs-code';

const EVERYTHING = {
  $schema: CURRENT_SCHEMA,
  name: 'com.example/everything',
  title: 'Everything',
  description: 'Has every member',
  version: '1.0.0-rc.1+b7',
  websiteUrl: 'https://www.example.com/everything',
  repository: { url: 'https://github.com/example/everything', source: 'github', id: '1', subfolder: 'a/b' },
  icons: [{ src: 'https://www.example.com/i.png', mimeType: 'image/png', sizes: ['48x48', 'any'], theme: 'dark' }],
  packages: [
    {
      registryType: 'oci',
      identifier: 'images.example.com/everything:1.0.0',
      transport: { type: 'streamable-http', url: 'http://localhost:{PORT}/mcp', headers: [{ name: 'X-Key' }] },
      environmentVariables: [{ name: 'PORT', default: '8080', format: 'number', isRequired: true }],
    },
    {
      registryType: 'npm',
      identifier: 'everything',
      version: '1.0.0',
      runtimeHint: 'npx',
      transport: { type: 'stdio' },
      runtimeArguments: [{ type: 'named', name: '-y' }],
      packageArguments: [{ type: 'positional', valueHint: 'folder', isRepeated: true, choices: ['a', 'b'] }],
      environmentVariables: [{ name: 'KEY', value: '{key}', variables: { key: { isSecret: true } } }],
    },
  ],
  remotes: [
    {
      type: 'streamable-http',
      url: 'https://{tenant}.example.com/mcp',
      variables: { tenant: { default: 'acme' } },
      headers: [{ name: 'Authorization', isRequired: true, isSecret: true, placeholder: 'Bearer …' }],
    },
    { type: 'sse', url: 'https://everything.example.com/sse' },
  ],
  _meta: {
    'com.example.security/risk': { score: 7, note: null, empty: {}, list: [] },
    [PUBLISHER_KEY]: { github: { name: 'everything', nameWithOwner: 'example/everything', readme: '# <b>&"\u2028é' } },
  },
};

describe('envelope', () => {
  let world: World;
  let shelf: Shelf;
  let entries: readonly Entry[];

  beforeAll(async () => {
    world = await aWorld();
    shelf = (await twins(world, 'main', { visibility: 'public' })).ours;
    await shelf.publish();
    await shelf.publish({ version: '2.0.0', repository: {}, packages: [], icons: null, title: null, _meta: {} });
    expect((await shelf.call('POST', 'publish', { body: EVERYTHING })).status).toBe(200);
    await shelf.setStatus(WEATHER, '1.0.0', 'deprecated', 'old');
    entries = (await shelf.list()).servers;
  });

  afterAll(() => world.close());

  const each = (check: (entry: Entry) => void) => {
    expect(entries).toHaveLength(3);
    entries.forEach(check);
  };
  const refused = async (overrides: Record<string, unknown>) =>
    (await shelf.call('POST', 'publish', { body: aServer({ version: '9.0.0', ...overrides }) })).status;

  it('20. has an array of servers, empty when there are none', async () => {
    const empty = await aShelf(world, world.acme, 'empty');
    expect((await empty.call('GET', 'servers')).text).toContain('"servers":[]');
    expect((await shelf.call('GET', 'servers?search=nothing')).json<ServerList>().servers).toEqual([]);
  });

  it('21. has metadata with an integer count', async () => {
    for (const path of [
      'servers',
      'servers?search=nothing',
      'servers?limit=1',
      'servers/com.example%2Fweather/versions',
    ]) {
      const { servers, metadata } = (await shelf.call('GET', path)).json<ServerList>();
      expect(metadata.count).toBe(servers.length);
    }
  });

  it('22. leaves nextCursor out on the last page', async () => {
    for (const query of ['', '?limit=3', '?search=nothing'])
      expect((await shelf.call('GET', `servers${query}`)).text).not.toContain('nextCursor');
  });

  it('23. gives every item a server and a _meta', () => {
    each(({ server, _meta }) => {
      expect([typeof server, typeof _meta]).toEqual(['object', 'object']);
    });
  });

  it('24. gives every server a name, a description and a version', async () => {
    each(({ server }) => {
      for (const text of [server.name, server.description, server.version]) expect(text).toMatch(/./);
    });
    for (const field of ['name', 'description', 'version']) expect(await refused({ [field]: '' })).toBeGreaterThan(399);
  });

  it('25. reads in VS Code as a page without any item skipped', async () => {
    const servers = await new VsCodeGallery(world.url, shelf.base).all();
    expect(servers.map(({ name, version }) => [name, version])).toEqual([
      ['com.example/everything', '1.0.0-rc.1+b7'],
      [WEATHER, '2.0.0'],
    ]);
  });

  it('26. tells status, isLatest, publishedAt and updatedAt', () => {
    each((entry) => {
      const { status, isLatest, publishedAt, updatedAt } = official(entry);
      expect(['active', 'deprecated']).toContain(status);
      expect(typeof isLatest).toBe('boolean');
      expect(moment(updatedAt) >= moment(publishedAt)).toBe(true);
    });
  });

  it('27. writes times as RFC 3339 with a zone', () => {
    each((entry) => {
      const { statusChangedAt, publishedAt, updatedAt } = official(entry);
      for (const time of [statusChangedAt, publishedAt, updatedAt]) {
        expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);
        expect(Date.parse(time)).not.toBeNaN();
      }
    });
  });

  it('28. has no member in snake_case', () => {
    const keys = (value: unknown): string[] =>
      typeof value !== 'object' || value === null
        ? []
        : Object.entries(value).flatMap(([key, member]) => [key, ...keys(member)]);
    expect(keys(entries).filter((key) => key.includes('_') && key !== '_meta')).toEqual([]);
  });

  it('29. leaves out what is not there, and never says null', async () => {
    const { text } = await shelf.call('GET', versionPath(WEATHER, '2.0.0'));
    expect(text).not.toMatch(/null|"packages"|"icons"|"title"|"statusMessage"/);
  });

  it('30. names a released schema in every server', () => {
    each(({ server }) => {
      expect(server.$schema).toBe(CURRENT_SCHEMA);
    });
  });

  it('31. takes in no remote of an unknown type', async () => {
    for (const type of ['stdio', 'http', 'websocket', 'SSE', ''])
      expect(await refused({ remotes: [{ type, url: 'https://remote.example.com' }] })).toBe(422);
  });

  it('33. keeps extensions of _meta as they came', async () => {
    const entry = await shelf.entry(EVERYTHING.name, EVERYTHING.version);
    expect(entry.server._meta).toEqual(EVERYTHING._meta);
  });

  it('34. keeps icons and takes in no source but https', async () => {
    expect((await shelf.entry(EVERYTHING.name, EVERYTHING.version)).server.icons).toEqual(EVERYTHING.icons);
    for (const src of ['http://www.example.com/i.png', '/i.png', 'data:image/png;base64,AA=='])
      expect(await refused({ icons: [{ src }] })).toBe(422);
  });

  it('35. gives the README of the GitHub block back verbatim', async () => {
    const server = await new VsCodeGallery(world.url, shelf.base).latest(EVERYTHING.name);
    expect(server?.readme).toBe(EVERYTHING._meta[PUBLISHER_KEY].github.readme);
  });

  it('36. answers everything as the served description says', async () => {
    const contract = await Contract.of(world, shelf.base);
    const check = async (
      component: Parameters<Contract['faults']>[0],
      method: string,
      path: string,
      body?: unknown,
    ) => {
      const answer = await shelf.call(method, path, body === undefined ? {} : { body });
      expect([method, path, ...contract.faults(component, answer.json<unknown>())]).toEqual([method, path]);
      if (component !== 'Problem') expect(answer.status).toBe(200);
    };
    for (const path of ['servers', 'servers?limit=1', 'servers?version=latest&search=e', 'servers?include_deleted'])
      await check('ServerList', 'GET', path);
    for (const { server } of entries) {
      await check('ServerResponse', 'GET', versionPath(server.name, server.version));
      await check('ServerList', 'GET', `servers/${encodeURIComponent(server.name)}/versions`);
    }
    const fresh = { ...EVERYTHING, version: '2.0.0' };
    const path = versionPath(EVERYTHING.name, '2.0.0');
    await check('ServerResponse', 'POST', 'publish', fresh);
    await check('ServerResponse', 'PUT', path, { ...fresh, title: 'Changed' });
    await check('ServerResponse', 'PATCH', `${path}/status`, { status: 'deprecated', statusMessage: 'x' });
    await check('BulkStatusResponse', 'PATCH', 'servers/com.example%2Feverything/status', { status: 'active' });
    await check('ServerResponse', 'DELETE', path);
    await check('ValidationResult', 'POST', 'validate', fresh);
    await check('ValidationResult', 'POST', 'validate', { ...fresh, version: 'latest' });
    await check('Health', 'GET', 'health');
    await check('Ping', 'GET', 'ping');
    await check('Version', 'GET', 'version');
    await check('Problem', 'POST', 'publish', fresh);
    await check('Problem', 'POST', 'publish', { name: 5 });
    await check('Problem', 'GET', 'servers?limit=0');
    await check('Problem', 'GET', 'nothing');
    await check('Problem', 'DELETE', 'publish');
    expect(contract.faults('ServerList', { servers: null, metadata: {} })).not.toEqual([]);
    expect(contract.faults('ServerResponse', { server: { name: 'a' }, _meta: {} })).not.toEqual([]);
  });
});
