import { aServer, aWorld, type World } from '../../support/world';
import { aShelf, denialsOf, expectHidden, expectSignInAsked, twins, WEATHER, type Shelf } from './shelf';
import { CURRENT_SCHEMA, idsOf, official, PUBLISHER_KEY, type Entry, type Problem } from './wire';

const REMOTE = { type: 'streamable-http', url: 'https://mcp.example.com/{tenant}', variables: { tenant: {} } };

describe('publish: POST {B}/v0.1/publish', () => {
  let world: World;
  let ours: Shelf;
  let theirs: Shelf;

  beforeAll(async () => {
    world = await aWorld();
    ({ ours, theirs } = await twins(world, 'main'));
  });

  afterAll(() => world.close());

  let fresh = 0;
  const another = () => aShelf(world, world.acme, `shelf-${(fresh += 1)}`);
  const refusal = async (shelf: Shelf, body: unknown): Promise<[number, string, string | undefined]> => {
    const changes = (await shelf.changes()).length;
    const before = await shelf.list('?include_deleted=true');
    const answer = await shelf.call('POST', 'publish', { body });
    const { detail, errors } = answer.json<Problem>();
    expect(await shelf.list('?include_deleted=true')).toEqual(before);
    expect(await shelf.changes()).toHaveLength(changes);
    return [answer.status, detail, errors?.[0]?.message];
  };

  describe('works', () => {
    it('answers 200 with the version as every later read shows it', async () => {
      const answer = await ours.call('POST', 'publish', { body: aServer() });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('application/json');
      expect(answer.headers['cache-control']).toBe('no-store');
      const entry = answer.json<Entry>();
      const { publishedAt } = official(entry);
      expect(publishedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z$/);
      expect(official(entry)).toEqual({
        status: 'active',
        statusChangedAt: publishedAt,
        publishedAt,
        updatedAt: publishedAt,
        isLatest: true,
      });
      const read = await ours.call('GET', 'servers/com.example%2Fweather/versions/1.0.0');
      expect(read.text).toBe(answer.text);
    });

    it('fills in the current $schema', async () => {
      const shelf = await another();
      expect((await shelf.publish()).server.$schema).toBe(CURRENT_SCHEMA);
      const old = CURRENT_SCHEMA.replace('2025-12-11', '2025-07-09');
      expect((await shelf.publish({ version: '2.0.0', $schema: old })).server.$schema).toBe(old);
    });

    it('normalises: canonical names in the official order, nothing that says nothing', async () => {
      const shelf = await another();
      const raw = {
        remotes: [],
        Version: '1.0.0',
        DESCRIPTION: '<Tells> & "weather"',
        name: WEATHER,
        packages: [
          {
            transport: { TYPE: 'stdio', url: '' },
            identifier: 'weather',
            registryType: 'npm',
            environmentVariables: [{ isSecret: false, isRequired: true, name: 'KEY', choices: [], default: '' }],
          },
        ],
        title: null,
        websiteUrl: '',
        repository: {},
        _meta: { [PUBLISHER_KEY]: { z: 1, a: { y: [], b: null } }, 'com.example/risk': { level: 3 } },
      };
      const answer = await shelf.call('POST', 'publish', { body: raw });
      expect(
        answer.text.startsWith(
          `{"server":{"$schema":"${CURRENT_SCHEMA}","name":"${WEATHER}","description":"<Tells> & \\"weather\\"",` +
            '"repository":{},"version":"1.0.0","packages":[{"registryType":"npm","identifier":"weather",' +
            '"transport":{"type":"stdio"},"environmentVariables":[{"isRequired":true,"name":"KEY"}]}],' +
            `"_meta":{"com.example/risk":{"level":3},"${PUBLISHER_KEY}":{"a":{"b":null,"y":[]},"z":1}}},"_meta":{`,
        ),
      ).toBe(true);
    });

    it.each([
      [['1.0.0', '1.0.1'], '1.0.1'],
      [['2.0.0', '1.0.0'], '2.0.0'],
      [['1.9.0', '1.10.0'], '1.10.0'],
      [['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-beta', '1.0.0'], '1.0.0'],
      [['1.0.0', '1.0.0-rc.1'], '1.0.0'],
      [['1.0.0+b1', '1.0.0+b2'], '1.0.0+b1'],
      [['v1.0.0', '1.0.0'], 'v1.0.0'],
      [['1.0.0', 'v1.0.1'], 'v1.0.1'],
      [['1.0', '0.5'], '0.5'],
      [['2021.03.15', '1.0'], '1.0'],
      [['2025.11.25', '1.0.0'], '2025.11.25'],
      [['snapshot', '0.0.1'], '0.0.1'],
      [['0.0.1', 'snapshot'], '0.0.1'],
      [['1.0.0', '1.0.0.0'], '1.0.0'],
      [['1.0.0-01', '0.0.1'], '0.0.1'],
      [['1.0.9007199254740993', '1.0.9007199254740992'], '1.0.9007199254740993'],
    ])('of %j makes %s the latest', async (versions, latest) => {
      const shelf = await another();
      for (const version of versions) await shelf.publish({ version });
      const { servers } = await shelf.list('?limit=100');
      expect(servers.filter((entry) => official(entry).isLatest).map(({ server }) => server.version)).toEqual([latest]);
    });

    it('lets a deprecated version stay the latest and takes the flag from a deleted one', async () => {
      const shelf = await another();
      await shelf.publish({ version: '2.0.0' });
      await shelf.setStatus(WEATHER, '2.0.0', 'deprecated');
      expect(official(await shelf.publish({ version: '1.0.0' })).isLatest).toBe(false);
      await shelf.setStatuses(WEATHER, 'deleted');
      expect(official(await shelf.publish({ version: '0.1.0' })).isLatest).toBe(true);
      expect(idsOf(await shelf.list('?version=latest'))).toEqual([`${WEATHER}@0.1.0`]);
      expect(official(await shelf.entry(WEATHER, '2.0.0')).isLatest).toBe(false);
    });

    it('moves updatedAt, and nothing else, of the version that loses the flag', async () => {
      const shelf = await another();
      const first = await shelf.publish();
      const untouched = await shelf.publish({ version: '0.9.0' });
      const second = await shelf.publish({ version: '2.0.0' });
      expect(official(await shelf.entry(WEATHER, '1.0.0'))).toEqual({
        ...official(first),
        isLatest: false,
        updatedAt: official(second).updatedAt,
      });
      expect(await shelf.entry(WEATHER, '0.9.0')).toEqual(untouched);
    });

    it('accepts a remote URL again from the same name, from another registry and after its holder is deleted', async () => {
      const shelf = await another();
      const other = await another();
      await shelf.publish({ remotes: [REMOTE] });
      await shelf.publish({ version: '2.0.0', remotes: [REMOTE, REMOTE] });
      await other.publish({ name: 'com.example/rival', remotes: [REMOTE] });
      await theirs.publish({ name: 'com.example/rival', remotes: [REMOTE] });
      await shelf.setStatus(WEATHER, '1.0.0', 'deleted');
      const body = aServer({ name: 'com.example/rival', remotes: [REMOTE] });
      expect((await shelf.call('POST', 'publish', { body })).status).toBe(400);
      await shelf.setStatus(WEATHER, '2.0.0', 'deleted');
      expect((await shelf.call('POST', 'publish', { body })).status).toBe(200);
    });

    it('does not look at the URLs of package transports', async () => {
      const shelf = await another();
      const packages = [
        { registryType: 'npm', identifier: 'x', transport: { type: 'sse', url: 'https://a.example.com' } },
      ];
      await shelf.publish({ packages });
      await shelf.publish({
        name: 'com.example/rival',
        packages,
        remotes: [{ type: 'sse', url: 'https://a.example.com' }],
      });
      expect((await shelf.list()).metadata.count).toBe(2);
    });

    it('accepts 4096 bytes of publisher-provided data, with < > & counted as six each', async () => {
      const shelf = await another();
      const meta = (text: string) => ({ _meta: { [PUBLISHER_KEY]: { a: text } } });
      await shelf.publish(meta('x'.repeat(4096 - 8)));
      await shelf.publish({ version: '2.0.0', ...meta('<'.repeat(681) + 'xx') });
      expect((await shelf.list()).metadata.count).toBe(2);
    });

    it('writes exactly one audit row, with who, what and where', async () => {
      const shelf = await another();
      const publisher = await world.aSystemAccount(world.acme, [{ role: 'Publisher', on: shelf.id }]);
      const answer = await shelf.call('POST', 'publish', { token: publisher, body: aServer() });
      expect(answer.status).toBe(200);
      expect(await shelf.changes()).toEqual([
        {
          action: 'server.version.publish',
          kind: 'change',
          result: 'success',
          reason: null,
          target_id: `${WEATHER}@1.0.0`,
          principal_name: expect.stringMatching(/^account /) as string,
          request_id: answer.headers['x-request-id'],
          before: null,
          after: {
            name: WEATHER,
            version: '1.0.0',
            status: 'active',
            status_message: null,
            is_latest: true,
            document_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          },
        },
      ]);
    });

    it('answers on v0 as on v0.1', async () => {
      const shelf = await another();
      const answer = await world.call('POST', `${shelf.base}/v0/publish`, { token: world.acme.admin, body: aServer() });
      expect(answer.status).toBe(200);
      expect(official(answer.json<Entry>()).isLatest).toBe(true);
    });
  });

  describe('rejects bad input', () => {
    it('answers 400 to a version that is there, deleted or not', async () => {
      const shelf = await another();
      await shelf.publish();
      const duplicate = [400, 'Failed to publish server', 'invalid version: cannot publish duplicate version'];
      expect(await refusal(shelf, aServer({ description: 'Changed' }))).toEqual(duplicate);
      await shelf.setStatus(WEATHER, '1.0.0', 'deleted');
      expect(await refusal(shelf, aServer())).toEqual(duplicate);
    });

    it('answers 400 to a remote URL of another server, even of an old or deprecated version', async () => {
      const shelf = await another();
      await shelf.publish({ remotes: [REMOTE] });
      await shelf.publish({ version: '2.0.0' });
      const body = aServer({
        name: 'com.example/rival',
        remotes: [{ type: 'sse', url: 'https://r.example.com' }, REMOTE],
      });
      const expected = [
        400,
        'Failed to publish server',
        `remote URL ${REMOTE.url} is already used by server ${WEATHER}`,
      ];
      expect(await refusal(shelf, body)).toEqual(expected);
      await shelf.setStatuses(WEATHER, 'deprecated');
      expect(await refusal(shelf, body)).toEqual(expected);
    });

    it('leaves no claim on the other URLs of a refused document', async () => {
      const shelf = await another();
      await shelf.publish({ remotes: [REMOTE] });
      const free = { type: 'sse', url: 'https://free.example.com' };
      await refusal(shelf, aServer({ name: 'com.example/rival', remotes: [free, REMOTE] }));
      await shelf.publish({ name: 'com.example/third', remotes: [free] });
    });

    it.each([
      [{ version: '' }, 'server name and version are required'],
      [{ version: ' \t ' }, 'server version cannot be only whitespace'],
      [{ version: 'x'.repeat(256) }, 'server version cannot be longer than 255 characters'],
      [
        { _meta: { [PUBLISHER_KEY]: { a: 'x'.repeat(4096 - 7) } } },
        `_meta.${PUBLISHER_KEY} extension exceeds 4KB limit (4097 bytes)`,
      ],
      [
        { _meta: { [PUBLISHER_KEY]: { a: '<'.repeat(682) } } },
        `_meta.${PUBLISHER_KEY} extension exceeds 4KB limit (4100 bytes)`,
      ],
    ])('row %#: answers 400 to what cannot be stored', async (overrides, message) => {
      expect(await refusal(ours, aServer({ name: 'com.example/odd', ...overrides }))).toEqual([
        400,
        'Failed to publish server',
        message,
      ]);
    });

    it.each([
      { name: 'com.example/x' },
      { name: '-com.example/weather' },
      { version: 'latest' },
      { version: '^1.0.0' },
      { version: '1.0.0 - 2.0.0' },
      { version: '1.x' },
      { version: '1.0.0-next' },
      { $schema: 'https://schemas.example.com/schemas/draft/server.schema.json' },
      { $schema: 'https://schemas.example.com/other.json' },
      { title: '   ' },
      { websiteUrl: 'http://www.example.com' },
      { icons: [{ src: 'http://www.example.com/i.png' }] },
      { repository: { url: 'https://git.example.com/a/b', source: 'git' } },
      { remotes: [{ type: 'stdio' }] },
      { remotes: [{ type: 'websocket', url: 'https://a.example.com' }] },
      { remotes: [{ type: 'sse', url: 'http://a.example.com' }] },
      { remotes: [{ type: 'sse', url: 'https://localhost/x' }] },
      { remotes: [{ type: 'sse', url: 'https://{host}.example.com' }] },
      { packages: [{ registryType: 'npm', identifier: 'a b', transport: { type: 'stdio' } }] },
      { packages: [{ registryType: 'npm', identifier: 'a', version: 'latest', transport: { type: 'stdio' } }] },
    ])('row %#: answers 422 without a list to a document that breaks a rule', async (overrides) => {
      expect(await refusal(ours, aServer({ name: 'com.example/ruly', ...overrides }))).toEqual([
        422,
        'Failed to publish server, invalid schema: call /validate for details',
        undefined,
      ]);
    });

    it.each([
      [{ status: 'active' }, 'unexpected property', 'body.status'],
      [{ _meta: { tools: [] } }, 'unexpected property', 'body._meta.tools'],
      [
        { _meta: { 'io.modelcontextprotocol.registry/official': {} } },
        'unexpected property',
        'body._meta.io.modelcontextprotocol.registry/official',
      ],
      [{ $schema: '' }, 'expected length >= 1', 'body.$schema'],
      [{ name: 'no-slash' }, 'expected string to match pattern ^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$', 'body.name'],
      [{ name: `com.example/${'n'.repeat(189)}` }, 'expected length <= 200', 'body.name'],
      [{ description: 'd'.repeat(101) }, 'expected length <= 100', 'body.description'],
      [{ description: null }, 'expected string', 'body.description'],
      [{ title: '' }, 'expected length >= 1', 'body.title'],
      [{ packages: {} }, 'expected array', 'body.packages'],
      [
        { packages: [{ transport: 'stdio' }] },
        'expected required property identifier to be present',
        'body.packages[0]',
      ],
      [
        { remotes: [{ type: 'sse', headers: [{ name: 'A', default: 8080 }] }] },
        'expected string',
        'body.remotes[0].headers[0].default',
      ],
      [
        { icons: [{ src: 'https://a.example.com', theme: 'blue' }] },
        'expected value to be one of "light, dark"',
        'body.icons[0].theme',
      ],
      [{ websiteUrl: 'https://a b:c' }, /^expected string to be RFC 3986 uri: parse /, 'body.websiteUrl'],
    ])('row %#: answers 422 and says where to a body of the wrong shape', async (overrides, message, location) => {
      const answer = await ours.call('POST', 'publish', { body: aServer(overrides) });
      expect(answer.status).toBe(422);
      const { title, detail, errors } = answer.json<Problem>();
      expect([title, detail]).toEqual(['Unprocessable Entity', 'validation failed']);
      expect(errors?.[0]).toMatchObject({ location });
      expect(errors?.[0]?.message).toMatch(message);
    });

    it('puts the problem keys in the official order', async () => {
      const { text } = await ours.call('POST', 'publish', { body: { name: 1 } });
      expect(text).toMatch(/^\{"title":"[^"]+","status":422,"detail":"[^"]+","errors":\[\{"message":.*\n$/);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 with a challenge, also for a public registry', async () => {
      const open = await aShelf(world, world.acme, 'open', { visibility: 'public' });
      await expectSignInAsked(ours, 'POST', 'publish', { body: aServer({ version: '7.0.0' }) });
      await expectSignInAsked(open, 'POST', 'publish', { body: aServer({ version: '7.0.0' }) });
      expect((await open.list()).servers).toEqual([]);
    });
  });

  describe('requires the permission', () => {
    it.each(['Admin', 'Publisher', 'Creator'] as const)('lets an %s publish', async (role) => {
      const shelf = await another();
      const token = await world.aSystemAccount(world.acme, [{ role, on: shelf.id }]);
      expect((await shelf.call('POST', 'publish', { token, body: aServer() })).status).toBe(200);
    });

    it('answers 403 to a Viewer and writes that down as a denial only', async () => {
      const shelf = await another();
      const token = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: shelf.id }]);
      const answer = await shelf.call('POST', 'publish', { token, body: aServer() });
      expect(answer.status).toBe(403);
      expect(answer.json().detail).toBe('You do not have permission to perform this action');
      expect(await denialsOf(world, shelf)).toEqual(['permission.deny version:create']);
      expect(await shelf.changes()).toEqual([]);
    });

    it('answers 404 to a Publisher of another registry', async () => {
      const shelf = await another();
      const token = await world.aSystemAccount(world.acme, [{ role: 'Publisher', on: ours.id }]);
      expect((await shelf.call('POST', 'publish', { token, body: aServer() })).status).toBe(404);
    });
  });

  describe('hides other organizations', () => {
    it('answers for a registry of another organization as for one that is not there, public or not', async () => {
      await expectHidden(world, theirs, 'POST', 'publish', { body: aServer({ version: '9.0.0' }) });
      const open = await aShelf(world, world.globex, 'open', { visibility: 'public' });
      await expectHidden(world, open, 'POST', 'publish', { body: aServer({ version: '9.0.0' }) });
    });

    it('keeps equal documents of two organizations apart', async () => {
      const shelf = await aShelf(world, world.globex, 'apart');
      const mine = await another();
      await mine.publish();
      await shelf.publish();
      await mine.setStatuses(WEATHER, 'deprecated', 'ours only');
      expect(official(await shelf.entry(WEATHER, '1.0.0')).status).toBe('active');
    });
  });
});
