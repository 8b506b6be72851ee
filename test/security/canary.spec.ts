import { aServer, aWorld, type World } from '../support/world';
import { inBatches, MISSING, OPERATIONS } from './fixture';

// No answer to anybody else may hold one of these; each text that globex can write holds one.
const MARK = 'canary';
const NAME = `${MARK}-registry`;
const SERVER = `com.${MARK}/${MARK}-server`;

describe('Texts of one organization never reach another', () => {
  let world: World;
  let foreign: string;
  let own: string;
  let stranger: string;
  const cursors: string[] = [];

  beforeAll(async () => {
    world = await aWorld();
    const { acme, globex } = world;
    own = await world.aRegistry(acme, 'tools');
    await world.publish(acme, own, aServer());
    await world.aRegistry(acme, 'open', { visibility: 'public' });
    foreign = await world.aRegistry(globex, NAME, {
      display_name: `${MARK} display`,
      description: `${MARK} description`,
      labels: { [`${MARK}-key`]: `${MARK}-value` },
    });
    await world.aRegistry(globex, 'open', { visibility: 'public' });
    await world.aRegistry(globex, 'tools', { display_name: `${MARK} namesake` });
    for (const version of ['1.0.0', '1.1.0', `1.2.0-${MARK}`])
      await world.publish(globex, foreign, {
        name: SERVER,
        title: `${MARK} title`,
        description: `${MARK} description`,
        version,
        websiteUrl: `https://${MARK}.example.com/`,
        remotes: [{ type: 'streamable-http', url: `https://${MARK}.example.com/mcp` }],
        _meta: { 'io.modelcontextprotocol.registry/publisher-provided': { note: `${MARK} meta` } },
      });
    const server = `/registries/${foreign}/v0.1/servers/${encodeURIComponent(SERVER)}`;
    const body = { status: 'deprecated', statusMessage: `${MARK} message` };
    const changed = await world.call('PATCH', `${server}/versions/1.0.0/status`, { token: globex.admin, body });
    expect(changed.status).toBe(200);
    await world.db.query(`update organization set display_name = '${MARK} organization' where id = $1`, [globex.id]);
    await world.aUser(globex);
    await world.aSystemAccount(globex, [{ role: 'Admin', on: '*' }]);
    await world.db.query(
      `update user_account set full_name = '${MARK} user', email = id || '@${MARK}.com' where org_id = $1`,
      [globex.id],
    );
    await world.db.query(`update system_account set name = '${MARK} account' where org_id = $1`, [globex.id]);
    await world.db.query(`update access_token set name = '${MARK} token' where org_id = $1`, [globex.id]);
    for (const [path, field] of [
      [`/registries/${foreign}/v0.1/servers?limit=1`, 'nextCursor'],
      [`/registries/${foreign}/v0.1/servers?limit=1&search=${MARK}`, 'nextCursor'],
      ['/v0/audit-logs?page[size]=1', 'next'],
    ] as const) {
      const { text } = await world.call('GET', path, { token: globex.admin });
      cursors.push(new RegExp(`"${field}":"(?:[^"]*after\\]=)?([^"]+)"`).exec(text)?.[1] ?? '');
    }
    stranger = await world.aUser(acme);
  });

  afterAll(() => world.close());

  /** Every read that the descriptions name, with the registries of both organizations in every way to name one. */
  function reads(): string[] {
    const identifiers = [own, 'tools', 'open', foreign, NAME, MISSING];
    const bases = [
      ...identifiers.flatMap((one) =>
        ['/registries/', '/v0/registries/', '/v0/mcp-registries/'].map((path) => path + one),
      ),
      ...['tools', 'open', NAME].flatMap((one) => [`/o/acme/registries/${one}`, `/o/globex/registries/${one}`]),
    ];
    const paths = OPERATIONS.filter(({ method }) => method === 'GET').flatMap(({ path, subApi }) => {
      if (!subApi) return identifiers.map((one) => path.replace('{registryIdentifier}', one));
      const names = [path, path.replace('com.example%2Fweather', encodeURIComponent(SERVER))];
      const versions = names.flatMap((one) => [
        one,
        one.replace('1.0.0', 'latest'),
        one.replace('1.0.0', `1.2.0-${MARK}`),
      ]);
      return bases.flatMap((base) => versions.map((one) => base + one));
    });
    return [...new Set(paths)];
  }

  function questions(): string[] {
    const filters = [
      `filter[id]=${foreign}`,
      `filter[id][oeq]=${own},${foreign}`,
      `filter[id][neq]=${own}`,
      `filter[name]=${NAME}`,
      'filter[name][contains]=can',
      'filter[display_name][ocontains]=can,names',
      `filter[labels.${MARK}-key]=${MARK}-value`,
      `filter[labels.${MARK}-key]`,
      'filter[visibility]=private',
      'filter[created_at][gt]=2000-01-01T00:00:00Z',
      'sort=created_at desc',
      'page[size]=100',
    ].map((query) => `/v0/registries?${query.replaceAll(' ', '%20')}`);
    const searches = [
      `search=${MARK}`,
      'search=com.',
      'search=%25',
      `version=1.2.0-${MARK}`,
      'version=latest',
      'updated_since=2000-01-01T00:00:00Z',
      'include_deleted=true&limit=100',
      ...cursors.map((cursor) => `cursor=${cursor}`),
    ].flatMap((query) => [own, 'open', foreign].map((one) => `/registries/${one}/v0.1/servers?${query}`));
    return [
      ...filters,
      ...searches,
      ...cursors.map((cursor) => `/v0/audit-logs?page[size]=1000&page[after]=${cursor}`),
    ];
  }

  it('in no answer to any read, list, search, filter, cursor or error', async () => {
    expect(cursors.map((cursor) => cursor.length > 20)).toEqual([true, true, true]);
    const paths = [
      ...reads(),
      ...questions(),
      '/v0/audit-logs?page[size]=1000',
      '/openapi.json',
      '/docs',
      '/livez',
      '/readyz',
    ];
    const requests = paths.flatMap((path) => [world.acme.admin, stranger, null].map((token) => ({ path, token })));
    const found = await inBatches(requests, async ({ path, token }) => {
      const answer = await world.call('GET', path, token === null ? {} : { token });
      // The challenge names the base that was asked for.
      const headers = { ...answer.headers, 'www-authenticate': answer.challenge };
      const all = `${JSON.stringify(headers)} ${answer.text}`.toLowerCase();
      // The trail of acme names the path that acme itself asked for.
      const text = path.startsWith('/v0/audit-logs') ? all.replace(/"(get|post|patch|put|delete) \/[^"]*"/g, '') : all;
      return text.includes(MARK) || answer.status >= 500 ? [`${answer.status} ${path}`] : [];
    });
    expect(found.flat()).toEqual([]);
    expect(requests.length).toBeGreaterThan(500);
  });

  it('in no answer to a write that reaches out with foreign ids', async () => {
    const version = `${encodeURIComponent(SERVER)}/versions/1.0.0`;
    const token = world.acme.admin;
    const writes: readonly [string, string, unknown?][] = [
      ['PATCH', `/v0/registries/${foreign}`, { description: 'x' }],
      ['PATCH', `/v0/registries/${own}`, { id: foreign }],
      ['PATCH', `/v0/registries/${own}`, { org_id: world.globex.id }],
      ['POST', '/v0/registries', { name: 'new', org_id: world.globex.id }],
      ['POST', '/v0/registries', { name: 'new', id: foreign }],
      ['DELETE', `/v0/registries/${foreign}?force=true`],
      ['POST', `/registries/${foreign}/v0.1/publish`, aServer()],
      ['PUT', `/registries/${foreign}/v0.1/servers/${version}`, aServer()],
      ['DELETE', `/registries/${foreign}/v0.1/servers/${version}`],
      ['PATCH', `/registries/${own}/v0.1/servers/${version}/status`, { status: 'deleted' }],
      ['PATCH', `/registries/${own}/v0.1/servers/${encodeURIComponent(SERVER)}/status`, { status: 'deleted' }],
      ['PUT', `/registries/${own}/v0.1/servers/${version}`, { name: SERVER, description: 'x', version: '1.0.0' }],
    ];
    const state = () =>
      world.db.query(
        `select r.*, (select jsonb_agg(v order by v.version) from server_version v where v.registry_id = r.id) as versions
         from registry r where r.org_id = $1 order by r.id`,
        [world.globex.id],
      );
    const before = await state();
    for (const [method, path, body] of writes) {
      const answer = await world.call(method, path, { token, ...(body === undefined ? {} : { body }) });
      expect([path, [400, 404].includes(answer.status)]).toEqual([path, true]);
      expect(answer.text.toLowerCase()).not.toContain(MARK);
    }
    expect(await state()).toEqual(before);
  });

  it('not even when both publish the same document, name and remote URL', async () => {
    const same = { name: SERVER, description: `${MARK} description`, version: '1.0.0' };
    const remotes = [{ type: 'streamable-http', url: `https://${MARK}.example.com/mcp` }];
    const twin = await world.aRegistry(world.acme, 'twin');
    expect((await world.publish(world.acme, twin, { ...same, remotes })).status).toBe(200);
    const list = await world.call('GET', `/registries/${twin}/v0.1/servers`, { token: world.acme.admin });
    expect(list.json<{ metadata: { count: number } }>().metadata.count).toBe(1);
  });
});
