import { request } from 'node:http';
import { aShelf, twins, WEATHER, type Shelf } from '../e2e/sub-api/shelf';
import { versionPath } from '../e2e/sub-api/wire';
import { aCapabilityUrl } from '../e2e/access/capability-url';
import { call } from '../support/http';
import { anotherProcess, type OtherProcess } from '../support/other-process';
import { aWorld, TEST_ENVIRONMENT, type World } from '../support/world';

/** Differ from answer to answer, whoever gives it. */
const OWN = ['date', 'x-request-id'];

/** What may be asked of a registry, well formed and not. */
const QUERIES = [
  'servers',
  'servers/',
  '/servers',
  'servers?limit=1',
  'servers?limit=2&limit=9',
  'servers?limit=0',
  'servers?limit=x',
  'servers?cursor=nonsense',
  'servers?search=weather',
  'servers?search=WEATHER&limit=1',
  'servers?search=%25',
  'servers?search=%00',
  'servers?version=latest',
  'servers?version=1.0.0',
  'servers?version=9.9.9',
  'servers?include_deleted=true',
  'servers?include_deleted=maybe',
  'servers?updated_since=2020-01-01T00:00:00Z',
  'servers?updated_since=2020-01-01T00:00:00Z&include_deleted=false',
  'servers?updated_since=yesterday',
  'servers?unknown=1&__proto__=2',
  'servers?limit=%zz',
  ...['latest', '1.0.0', '1.1.0', '9.9.9', 'nightly%20build%2F%CE%B1'].map(
    (version) => `servers/com.example%2Fweather/versions/${version}`,
  ),
  'servers/com.example%252Fweather/versions/latest',
  'servers/com.example/weather/versions/latest',
  'servers/com.example%2Fgone/versions/latest',
  'servers/com.example%2Fgone/versions/latest?include_deleted=true',
  'servers/com.example%2Fgone/versions/1.0.0?include_deleted=perhaps',
  'servers/com.example%2Fweather/versions',
  'servers/com.example%2Fweather/versions?include_deleted=1',
  'servers/com.example%2Fnone/versions',
  'servers/com.example%2Fweather',
  'servers/%ff/versions/latest',
];

describe('The same request, of an API that remembers and of one that does not', () => {
  let world: World;
  let forgetful: OtherProcess;
  let ours: Shelf;
  let theirs: Shelf;
  let open: Shelf;
  let secret: string;

  beforeAll(async () => {
    world = await aWorld();
    forgetful = await anotherProcess(world, { PAGE_CACHE_MB: '0' });
    ({ ours, theirs } = await twins(world, 'main'));
    open = await aShelf(world, world.acme, 'open', { visibility: 'public' });
    for (const shelf of [ours, theirs, open]) {
      const first = shelf === theirs ? [] : ['1.0.0'];
      for (const version of [...first, '1.1.0', 'nightly build/α']) await shelf.publish({ version });
      for (let number = 0; number < 20; number += 1)
        await shelf.publish({ name: `com.example/server-${number}`, description: `Of ${shelf.organization.name}` });
      await shelf.publish({ name: 'com.example/gone' });
      await shelf.setStatus('com.example/gone', '1.0.0', 'deleted', 'withdrawn');
    }
    secret = (await aCapabilityUrl(world, world.acme, ours.id)).bases[0] ?? '';
    await forgetful.told();
  });

  afterAll(async () => {
    await forgetful.close();
    await world.close();
  });

  /** Status, headers and bytes as they came. */
  function raw(origin: string, method: string, path: string, headers: Record<string, string>): Promise<string> {
    const { hostname, port } = new URL(origin);
    return new Promise((resolve, reject) => {
      const asked = request({ hostname, port, method, path, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const shown = Object.entries(response.headers).filter(([name]) => !OWN.includes(name));
          const bytes = Buffer.concat(chunks)
            .toString('latin1')
            .replace(/portolan:trace:[0-9a-f]{32}/, 'portolan:trace:*');
          resolve(
            JSON.stringify([response.statusCode, shown.sort(), bytes.replaceAll(origin, 'ORIGIN')]).replaceAll(
              origin,
              'ORIGIN',
            ),
          );
        });
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  const callers = (): readonly (readonly [who: string, base: string, headers: Record<string, string>])[] => [
    ['a member', ours.base, { authorization: `Bearer ${world.acme.admin}` }],
    ['a member by the name of the registry', '/v0/registries/main', { 'x-api-key': world.acme.admin }],
    ['a member by both names', '/o/acme/registries/main', { authorization: `Bearer ${world.acme.admin}` }],
    ['a member of another organization', ours.base, { authorization: `Bearer ${world.globex.admin}` }],
    ['that one in its own', '/registries/main', { authorization: `Bearer ${world.globex.admin}` }],
    ['a stranger', ours.base, {}],
    ['a stranger where it is public', open.base, {}],
    ['a member where it is public', open.base, { authorization: `Bearer ${world.acme.admin}` }],
    ['a stranger with a token of others where it is public', open.base, { authorization: 'Bearer gho_0123456789' }],
    ['a stranger with a cookie where it is public', open.base, { cookie: 'a=b' }],
    ['the holder of a capability URL', secret, {}],
    ['a page of another origin', open.base, { origin: 'https://app.example.com' }],
    ['who takes gzip', ours.base, { authorization: `Bearer ${world.acme.admin}`, 'accept-encoding': 'gzip' }],
    ['who takes br', open.base, { 'accept-encoding': 'gzip, deflate, br' }],
  ];

  it('has the same answer to the byte, however often it is asked, for everybody', async () => {
    for (const [who, base, headers] of callers())
      for (const query of QUERIES)
        for (const method of ['GET', 'HEAD']) {
          const path = `${base}/v0.1/${query}`;
          const expected = await raw(forgetful.url, method, path, headers);
          for (const round of [1, 2, 3])
            expect([who, path, round, await raw(world.url, method, path, headers)]).toEqual([
              who,
              path,
              round,
              expected,
            ]);
        }
  });

  it('has the same answer to whoever asks whether it has changed', async () => {
    const paths = [
      'servers',
      'servers?limit=3',
      versionPath(WEATHER, 'latest'),
      'servers/com.example%2Fweather/versions',
    ];
    for (const [who, base, headers] of callers())
      for (const path of paths.map((one) => `${base}/v0.1/${one}`)) {
        const { etag } = (await world.call('GET', path, { headers })).headers;
        for (const tag of [etag ?? '"x"', `W/${etag ?? ''}`, '*', '"other"']) {
          const asked = { ...headers, 'if-none-match': tag };
          const expected = await raw(forgetful.url, 'GET', path, asked);
          for (const round of [1, 2])
            expect([who, path, tag, round, await raw(world.url, 'GET', path, asked)]).toEqual([
              who,
              path,
              tag,
              round,
              expected,
            ]);
        }
      }
  });

  it('gives the same pages, one after the other', async () => {
    const pages = async (origin: string) => {
      const all: string[] = [];
      let cursor = '';
      do {
        const path = `${ours.base}/v0.1/servers?limit=7${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
        const page = await raw(origin, 'GET', path, { authorization: `Bearer ${world.acme.admin}` });
        all.push(page);
        cursor = /nextCursor\\":\\"([^"\\]+)/.exec(page)?.[1] ?? '';
      } while (cursor !== '');
      return all;
    };
    const expected = await pages(forgetful.url);
    expect(expected.length).toBeGreaterThan(3);
    for (const round of [1, 2]) expect([round, await pages(world.url)]).toEqual([round, expected]);
  });

  it('really was answered from memory by the one, and never by the other', async () => {
    const hits = async (origin: string) => {
      const { text } = await call(origin, 'GET', '/metrics', { token: TEST_ENVIRONMENT.OPERATOR_TOKEN ?? '' });
      return Number(/^portolan_page_cache_hits_total (\d+)/m.exec(text)?.[1]);
    };
    expect(await hits(world.url)).toBeGreaterThan(1_000);
    expect(await hits(forgetful.url)).toBe(0);
  });
});
