import { aServer, aWorld, type World } from '../../support/world';
import { aShelf, twins, WEATHER, type Shelf } from './shelf';
import { official, type Entry } from './wire';

const READS = [
  'servers',
  'servers?limit=1&search=example',
  'servers/com.example%2Fweather/versions',
  'servers/com.example/weather/versions',
  'servers/com.example%2Fweather/versions/latest',
  'servers/com.example%2Fweather/versions/1.0.0',
  'servers/com.example/weather/versions/1.0.0',
];
const REFUSED_READS = [
  'servers?limit=0',
  'servers?cursor=broken',
  'servers?search=%00',
  'servers?updated_since=yesterday',
  'servers/com.example%2Fnone/versions',
  'servers/com.example%2Fweather/versions/9.9.9',
  'servers/%25ff/versions',
];

describe('the bases of a registry', () => {
  let world: World;
  let closed: Shelf;
  let open: Shelf;

  beforeAll(async () => {
    world = await aWorld();
    closed = (await twins(world, 'closed')).ours;
    open = (await twins(world, 'open', { visibility: 'public' })).ours;
    for (const shelf of [closed, open]) {
      await shelf.publish();
      await shelf.publish({ name: 'com.example/other' });
    }
  });

  afterAll(() => world.close());

  const basesOf = ({ id, name }: Shelf) => [
    `/registries/${id}`,
    `/registries/${id.toUpperCase()}`,
    `/registries/${name}`,
    `/v0/registries/${id}`,
    `/v0/registries/${name}`,
    `/v0/mcp-registries/${id}`,
    `/v0/mcp-registries/${name}`,
    `/o/acme/registries/${name}`,
  ];

  /** Everything of an answer that may depend on the base. */
  const read = async (path: string, token: string | null) => {
    const answer = await world.call('GET', path, token === null ? {} : { token });
    const { etag, vary } = answer.headers;
    return [answer.status, answer.masked, answer.headers['content-type'], answer.headers['cache-control'], etag, vary];
  };

  it.each([...READS, ...REFUSED_READS])('answer %s byte for byte alike, with a version and without', async (path) => {
    for (const shelf of [closed, open]) {
      const expected = await read(`${shelf.base}/v0.1/${path}`, world.acme.admin);
      expect(expected[0] === 200).toBe(READS.includes(path));
      for (const base of basesOf(shelf))
        for (const version of ['/v0.1', '/v0', ''])
          expect(await read(`${base}${version}/${path}`, world.acme.admin)).toEqual(expected);
    }
  });

  it.each(READS)('answer %s without a credential by id and below /o when the registry is public', async (path) => {
    const expected = await read(`${open.base}/v0.1/${path}`, null);
    expect(expected[0]).toBe(200);
    for (const base of basesOf(open)) {
      const known = base.includes(open.id) || base.includes(open.id.toUpperCase()) || base.startsWith('/o/');
      for (const version of ['/v0.1', '/v0', '']) {
        const answer = await read(`${base}${version}/${path}`, null);
        if (known) expect(answer).toEqual(expected);
        else expect(answer[0]).toBe(401);
      }
    }
  });

  it('ask for sign-in without a credential when the registry is private', async () => {
    for (const base of basesOf(closed)) {
      const answer = await world.call('GET', `${base}/v0.1/servers`);
      expect(answer.status).toBe(401);
    }
  });

  it('take writes alike', async () => {
    const shelf = await aShelf(world, world.acme, 'written');
    const token = world.acme.admin;
    for (const [index, base] of basesOf(shelf).entries())
      for (const version of ['v0.1', 'v0']) {
        const name = `com.example/${version === 'v0' ? 'old' : 'new'}-${index}`;
        const below = `${base}/${version}`;
        const path = `${below}/servers/${encodeURIComponent(name)}`;
        const published = await world.call('POST', `${below}/publish`, { token, body: aServer({ name }) });
        expect(official(published.json<Entry>()).isLatest).toBe(true);
        const steps = [
          await world.call('PUT', `${path}/versions/1.0.0`, { token, body: aServer({ name, description: 'Edited' }) }),
          await world.call('PATCH', `${path}/versions/1.0.0/status`, { token, body: { status: 'deprecated' } }),
          await world.call('PATCH', `${path}/status`, { token, body: { status: 'active' } }),
          await world.call('DELETE', `${path}/versions/1.0.0`, { token }),
        ];
        expect(steps.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      }
    expect(await shelf.changes()).toHaveLength(basesOf(shelf).length * 2 * 5);
  });

  it('take no writes without a version', async () => {
    for (const base of basesOf(closed)) {
      const publish = await world.call('POST', `${base}/publish`, { token: world.acme.admin, body: aServer() });
      expect(publish.status).toBe(404);
      const path = `${base}/servers/com.example%2Fweather/versions/1.0.0`;
      const removal = await world.call('DELETE', path, { token: world.acme.admin });
      expect([removal.status, removal.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
    }
  });

  it('do not take the name of a registry in other letter case, nor that of another organization', async () => {
    const token = world.acme.admin;
    for (const base of ['/registries/Closed', '/o/Acme/registries/closed', '/o/globex/registries/closed']) {
      const answer = await world.call('GET', `${base}/v0.1/servers`, { token });
      expect([answer.status, answer.json().detail]).toEqual([404, 'Registry not found']);
    }
  });

  it('show a public registry of another organization as a stranger sees it', async () => {
    const answer = await world.call('GET', '/o/globex/registries/open/v0.1/servers', { token: world.acme.admin });
    expect(answer.json<{ servers: Entry[] }>().servers.map(({ server }) => [server.name, server.description])).toEqual([
      [WEATHER, 'Of globex'],
    ]);
    const write = await world.call('POST', '/o/globex/registries/open/v0.1/publish', {
      token: world.acme.admin,
      body: aServer({ version: '6.6.6' }),
    });
    expect(write.status).toBe(404);
  });

  it('answer in the same shape, with CORS, however the letters of the path are spelt', async () => {
    const answer = await world.call('GET', `/%72egistries/${open.id}/v0.1/servers?limit=0`);
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([422, '*']);
    expect(answer.json()).toHaveProperty('errors');
  });
});
