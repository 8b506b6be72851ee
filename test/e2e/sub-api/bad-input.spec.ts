import { crc32 } from 'node:zlib';
import type { Answer, CallOptions } from '../../support/http';
import { aServer, aWorld, type World } from '../../support/world';
import { twins, WEATHER, type Shelf } from './shelf';
import { CURRENT_SCHEMA, idsOf, type Problem } from './wire';

const MIB = 1_048_576;
const ENCODED = 'servers/com.example%2Fweather';

/** Routes that read a body; the removal reads one too, though it needs none. */
const WRITES: readonly (readonly [string, string])[] = [
  ['POST', 'publish'],
  ['POST', 'validate'],
  ['PUT', `${ENCODED}/versions/1.0.0`],
  ['PATCH', `${ENCODED}/versions/1.0.0/status`],
  ['PATCH', `${ENCODED}/status`],
];
const REMOVAL = ['DELETE', `${ENCODED}/versions/9.9.9`] as const;

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);
const inMeta = (json: string) =>
  `{"name":"${WEATHER}","description":"d","version":"8.0.0","status":"deleted","_meta":{"com.example/x":${json}}}`;
const bytes = (...parts: (string | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)));
const padded = (length: number) => {
  const head = `{"name":"${WEATHER}","description":"`;
  return `${head}${'d'.repeat(length - head.length - 2)}"}`;
};

interface BadBody {
  readonly what: string;
  readonly raw: string | Buffer;
  readonly status: number;
  readonly headers?: Record<string, string>;
}

const UNREADABLE: readonly BadBody[] = [
  { what: 'no body', raw: '', status: 400 },
  { what: 'spaces', raw: ' \n\t ', status: 400 },
  { what: 'an open brace', raw: '{', status: 400 },
  { what: 'half a member', raw: '{"name":', status: 400 },
  { what: 'a trailing comma', raw: '{"name":"a",}', status: 400 },
  { what: 'single quotes', raw: "{'name':'a'}", status: 400 },
  { what: 'two values', raw: '{}{}', status: 400 },
  { what: 'NaN', raw: '{"name":NaN}', status: 400 },
  { what: 'a bare NUL', raw: '\u0000', status: 400 },
  { what: 'a raw control character', raw: '{"name":"a\u0001"}', status: 400 },
  { what: 'invalid UTF-8', raw: bytes('{"name":"', [0xff], '"}'), status: 400 },
  { what: 'an overlong UTF-8 sequence', raw: bytes('{"name":"', [0xc0, 0xaf], '"}'), status: 400 },
  { what: 'a surrogate in UTF-8', raw: bytes('{"name":"', [0xed, 0xa0, 0x80], '"}'), status: 400 },
  { what: 'UTF-16', raw: Buffer.from('{"name":"a"}', 'utf16le'), status: 400 },
  { what: 'gzip', raw: bytes([0x1f, 0x8b, 8, 0]), headers: { 'content-encoding': 'gzip' }, status: 400 },
  { what: '10,000 arrays', raw: nested(10_000, '[', ']'), status: 400 },
  { what: '10,000 objects', raw: `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, status: 400 },
  { what: '500,000 open arrays', raw: '['.repeat(500_000), status: 400 },
  { what: '101 levels', raw: inMeta(nested(101, '[', ']')), status: 400 },
  { what: 'one byte less than 1 MiB of spaces', raw: ' '.repeat(MIB - 1), status: 400 },
  { what: 'exactly 1 MiB', raw: padded(MIB), status: 413 },
  { what: 'one byte more than 1 MiB', raw: padded(MIB + 1), status: 413 },
  { what: '4 MiB', raw: padded(4 * MIB), status: 413 },
  { what: 'plain text', raw: '{}', headers: { 'content-type': 'text/plain' }, status: 415 },
  { what: 'a form', raw: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' }, status: 415 },
  { what: 'XML', raw: '<a/>', headers: { 'content-type': 'application/xml' }, status: 415 },
  { what: 'almost JSON', raw: '{}', headers: { 'content-type': 'application/jsonx' }, status: 415 },
  { what: 'multipart', raw: '--x--', headers: { 'content-type': 'multipart/form-data; boundary=x' }, status: 415 },
];

const ILL_FORMED: readonly BadBody[] = [
  ...['null', '5', '"text"', 'true', '[]', '[{}]'].map((raw) => ({ what: `${raw} for an object`, raw, status: 422 })),
  { what: 'nothing in it', raw: '{}', status: 422 },
  { what: 'a byte order mark', raw: '\ufeff{}', status: 422 },
  { what: 'one byte less than 1 MiB', raw: padded(MIB - 1), status: 422 },
  {
    what: 'wrong types',
    raw: '{"name":{},"description":[],"version":7,"status":{},"statusMessage":[],"packages":"x","_meta":5}',
    status: 422,
  },
  { what: 'an unknown key', raw: '{"status":"deprecated","unknown":1}', status: 422 },
  { what: '__proto__', raw: '{"status":"deprecated","__proto__":{"name":"a.b/cc","status":"active"}}', status: 422 },
  { what: 'constructor', raw: '{"status":"deprecated","constructor":{"prototype":{"polluted":1}}}', status: 422 },
  { what: 'names of methods', raw: '{"status":"deprecated","toString":1,"hasOwnProperty":2}', status: 422 },
  {
    what: '__proto__ inside',
    raw: '{"status":[],"packages":[{"__proto__":{},"transport":{"__proto__":[]}}]}',
    status: 422,
  },
  { what: 'an escaped NUL', raw: '{"name":"a\\u0000b","description":"\\u0000","status":"\\u0000"}', status: 422 },
  { what: 'NUL in a key', raw: '{"status":"deprecated","a\\u0000b":1}', status: 422 },
  { what: 'lone surrogates', raw: '{"status":"\\ud800","name":"\\udc00","version":"\\ud800\\ud800"}', status: 422 },
  { what: 'a lone surrogate in a key', raw: '{"status":"deprecated","\\ud800":1}', status: 422 },
  { what: 'a number beyond all', raw: inMeta('1e999'), status: 422 },
  { what: 'NUL inside _meta', raw: inMeta('["\\u0000"]'), status: 422 },
  { what: 'a long name', raw: `{"name":"com.example/${'n'.repeat(200_000)}","status":"x"}`, status: 422 },
  { what: 'an empty name', raw: '{"name":"","description":"","version":"","status":""}', status: 422 },
  {
    what: '50,000 unknown keys',
    raw: `{${Array.from({ length: 50_000 }, (_, index) => `"k${index}":0`).join(',')}}`,
    status: 422,
  },
  {
    what: '50,000 wrong items',
    raw: `{"status":5,"packages":[${'5,'.repeat(50_000)}5]}`,
    status: 422,
  },
  {
    what: 'a long key on the way to many faults',
    raw: `{"status":5,"remotes":[{"variables":{"${'k'.repeat(500_000)}":{${Array.from({ length: 200 }, (_, index) => `"k${index}":0`).join(',')}}}}]}`,
    status: 422,
  },
  { what: 'a key as long as the body', raw: `{"${'k'.repeat(900_000)}":1}`, status: 422 },
];

const LISTED_QUERIES: readonly (readonly [string, number])[] = [
  ...['0', '-1', '101', 'abc', '1.5', '1e2', '0x10', '%20', '%D9%A3', `1${'0'.repeat(400)}`, '5%00', 'true'].map(
    (limit) => [`limit=${limit}`, limit.includes('%00') ? 400 : 422] as const,
  ),
  ['limit=', 200],
  ['limit[]=5', 200],
  ['include_deleted=2', 422],
  ['include_deleted=null', 422],
  ['cursor=%20', 400],
  ['cursor=abc', 400],
  ['cursor=..', 400],
  ['cursor=bnVsbA.00000000', 400],
  ['cursor=com.example%2Fweather%3A1.0.0', 400],
  [`cursor=${'a'.repeat(8_000)}`, 400],
  ['updated_since=0', 400],
  ['updated_since=2025-13-01T00:00:00Z', 400],
  ['updated_since=2025-01-01T00:00:00%2B23:59', 400],
  ['updated_since=infinity', 400],
  ['updated_since=0000-01-01T00:00:00Z', 400],
  ['updated_since=9999-12-31T23:59:59-15:59', 200],
  ['updated_since=0001-01-01T00:00:00%2B15:59', 200],
  ['search=%00', 400],
  ['search=%2500', 200],
  ['search=%ff', 400],
  ['search=%ED%A0%80', 400],
  ['search=%', 400],
  ['search=%zz', 400],
  [`search=${'%25'.repeat(2_000)}`, 200],
  [`search=${'%5C'.repeat(100)}`, 200],
  [`search=%27%3B%20drop%20table%20server_version%3B--`, 200],
  ['version=%00', 400],
  [`version=${'9'.repeat(5_000)}`, 200],
  ['__proto__=1&constructor=2&toString=3', 200],
  ['%00=1', 400],
  ['&&&=&=', 200],
];

const SEGMENTS: readonly (readonly [string, readonly number[]])[] = [
  ['%00', [400]],
  ['a%00', [400]],
  ['%2500', [400]],
  ['%ff', [400]],
  ['%25ff', [400]],
  ['%c3%28', [400]],
  ['%ED%A0%80', [400]],
  ['%25ED%25A0%2580', [400]],
  ['%', [400]],
  ['%zz', [400]],
  ['\u00ff', [400]],
  ['%25', [400]],
  ['100%25', [400]],
  ['%252525', [404]],
  ['%2F', [404]],
  ['%252F%252F', [404]],
  ['a%2Fb%2Fc', [404]],
  ['..', [404]],
  ['%2e%2e', [404]],
  ['%2e%2e%2f%2e%2e', [404]],
  ['__proto__', [404]],
  ['constructor', [404]],
  ['%F0%9F%92%A9', [404]],
  ['%20', [404]],
  ["';select%201--", [404]],
  ['n'.repeat(300), [404]],
  ['n'.repeat(5_000), [404]],
  ['n'.repeat(5_001), [404]],
  ['n'.repeat(20_000), [431]],
];

describe('bad input', () => {
  let world: World;
  let ours: Shelf;

  beforeAll(async () => {
    world = await aWorld();
    ({ ours } = await twins(world, 'main', { visibility: 'public' }));
    await ours.publish();
    await ours.publish({ version: '2.0.0' });
  });

  afterEach(async () => {
    expect(idsOf(await ours.list('?include_deleted=true'))).toEqual([`${WEATHER}@1.0.0`, `${WEATHER}@2.0.0`]);
    expect(await ours.changes()).toHaveLength(2);
  });

  afterAll(() => world.close());

  /** A refusal tells its status in its body, and nothing of the inside. */
  const expectRefusal = (answer: Answer, statuses: readonly number[]) => {
    expect(statuses).toContain(answer.status);
    if (answer.status === 431 || answer.headers['content-type'] !== 'application/problem+json') return;
    const problem = answer.json<Problem>();
    expect(problem.status).toBe(answer.status);
    expect(problem.instance).toMatch(/^portolan:trace:[0-9a-f]{32}$/);
    expect(answer.text.length).toBeLessThan(200_000);
    expect(answer.text).not.toMatch(/SQLSTATE|node_modules|\bat \w+ \(|invalid byte sequence/);
  };

  const send = (method: string, path: string, { raw, headers = {} }: BadBody, token?: string) =>
    ours.call(method, path, {
      raw,
      headers: { 'content-type': 'application/json', ...headers },
      ...(token === undefined ? {} : { token }),
    });

  describe('in a body', () => {
    it.each(UNREADABLE)('$what is $status on every write', async (body) => {
      for (const [method, path] of [...WRITES, REMOVAL]) {
        const statuses = method === 'DELETE' ? [body.status, 404] : [body.status];
        expectRefusal(await send(method, path, body), statuses);
      }
    });

    it.each(ILL_FORMED)('$what is $status on every write', async (body) => {
      for (const [method, path] of WRITES) expectRefusal(await send(method, path, body), [body.status]);
    });

    it('is told by whoever has no credential only where no credential is needed', async () => {
      for (const body of ILL_FORMED)
        for (const [method, path] of WRITES)
          expectRefusal(await send(method, path, body, ''), [path === 'validate' ? 422 : 401]);
    });

    it('does not change the objects of the program', () => {
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      expect(({} as Record<string, unknown>).status).toBeUndefined();
    });

    it.each([
      ['no type', {}],
      ['a charset', { 'content-type': 'application/json; charset=utf-8' }],
      ['capitals', { 'content-type': 'Application/JSON' }],
      ['a type of its own', { 'content-type': 'application/vnd.example+json' }],
    ])('is not JSON with %s', async (_, headers) => {
      const raw = JSON.stringify(aServer({ $schema: CURRENT_SCHEMA }));
      const answer = await ours.call('POST', 'validate', { raw, headers });
      expect([answer.status, answer.text]).toEqual([200, '{"valid":true,"issues":[]}\n']);
    });

    it('is not what lies unread with a request to read', async () => {
      const options: CallOptions = { raw: '{', headers: { 'content-type': 'text/plain' } };
      for (const path of ['servers', `${ENCODED}/versions`, `${ENCODED}/versions/1.0.0`, 'health'])
        expect((await ours.call('GET', path, options)).status).toBe(200);
    });
  });

  describe('in a query', () => {
    it.each(LISTED_QUERIES)('%s is %s on the list and no failure on any read', async (query, status) => {
      expectRefusal(await ours.call('GET', `servers?${query}`), [status]);
      for (const path of [`${ENCODED}/versions`, `${ENCODED}/versions/latest`])
        expectRefusal(await ours.call('GET', `${path}?${query}`), [200, 400, 422]);
      const old = await world.call('GET', `${ours.base}/v0/${ENCODED}?${query}`, { token: world.acme.admin });
      expectRefusal(old, [200, 400]);
    });

    it.each([
      ['a time that is none', 5, 'yesterday'],
      ['a time beyond the calendar', 5, '2025-01-01T00:00:00+23:00'],
      ['NUL in the name', 1, 'a\u0000'],
      ['NUL in the version', 2, 'a\u0000'],
      ['NUL in the search', 3, 'a\u0000'],
      ['half a surrogate pair', 3, '\ud800'],
      ['NUL in the version filter', 4, 'a\u0000'],
      ['a number for a name', 1, 5],
      ['text for a flag', 6, 'true'],
    ])('is a cursor of which the checksum is right and the inside is %s', async (_, position, value) => {
      const { nextCursor = '' } = (await ours.list('?limit=1')).metadata;
      const fields = JSON.parse(Buffer.from(nextCursor.split('.')[0] ?? '', 'base64url').toString()) as unknown[];
      const forged = (content: unknown) => {
        const text = Buffer.from(JSON.stringify(content)).toString('base64url');
        return `${text}.${crc32(text).toString(16).padStart(8, '0')}`;
      };
      expect(forged(fields)).toBe(nextCursor);
      const changed = forged(fields.map((field, index) => (index === position ? value : field)));
      const answer = await ours.call('GET', `servers?cursor=${changed}`);
      expect([answer.status, answer.json().detail]).toEqual([400, 'Invalid cursor']);
    });
  });

  describe('in a path', () => {
    const routes = (name: string, version: string): [string, string, unknown][] => [
      ['GET', `servers/${name}/versions/${version}`, undefined],
      ['PUT', `servers/${name}/versions/${version}`, aServer()],
      ['DELETE', `servers/${name}/versions/${version}`, undefined],
      ['PATCH', `servers/${name}/versions/${version}/status`, { status: 'deprecated' }],
    ];

    it.each(SEGMENTS)('%p for a name or a version is %p on every route', async (segment, statuses) => {
      const requests = [
        ...routes(segment, '1.0.0'),
        ...routes('com.example%2Fweather', segment),
        ['GET', `servers/${segment}/versions`, undefined],
        ['PATCH', `servers/${segment}/status`, { status: 'deprecated' }],
      ] as const;
      for (const [method, path, body] of requests)
        expectRefusal(await ours.call(method, path, body === undefined ? {} : { body }), statuses);
    });

    it.each(SEGMENTS)('%p for a registry or an organization is %p or asks for sign-in', async (segment, statuses) => {
      for (const base of [`/registries/${segment}`, `/v0/registries/${segment}`, `/o/${segment}/registries/main`]) {
        const path = `${base}/v0.1/servers`;
        // Identifiers are decoded once, so what is wrong the second time only is merely not there.
        expectRefusal(await world.call('GET', path, { token: world.acme.admin }), [...statuses, 404]);
        expectRefusal(await world.call('GET', path), [...statuses, 401, 404]);
        expectRefusal(await world.call('GET', `${base}/openapi.json`), [200, ...statuses]);
      }
    });
  });

  describe('in a header', () => {
    it.each([
      ['authorization', `Bearer ${'a'.repeat(8_000)}`, 401],
      ['authorization', 'Bearer \u00ff\u00fe', 401],
      ['authorization', '', 401],
      ['authorization', 'Bearer a b', 401],
      ['if-none-match', '"'.repeat(5_000), 401],
      ['traceparent', '00-zz-zz-zz', 401],
      ['x-large', 'x'.repeat(20_000), 431],
    ])('%s of row %# is refused', async (name, value, status) => {
      const answer = await ours.call('POST', 'publish', { token: '', body: aServer(), headers: { [name]: value } });
      expectRefusal(answer, [status]);
    });
  });

  describe('in the method', () => {
    it.each([
      ['servers', 'GET, HEAD, OPTIONS'],
      [`${ENCODED}/versions`, 'GET, HEAD, OPTIONS'],
      [`${ENCODED}/versions/1.0.0`, 'DELETE, GET, HEAD, PUT, OPTIONS'],
      [`${ENCODED}/versions/1.0.0/status`, 'PATCH, OPTIONS'],
      [`${ENCODED}/status`, 'PATCH, OPTIONS'],
      ['publish', 'POST, OPTIONS'],
      ['validate', 'POST, OPTIONS'],
      ['health', 'GET, HEAD, OPTIONS'],
    ])('another one than those of %s is 405 and told them', async (path, allow) => {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY', 'SEARCH']) {
        if (allow.split(', ').includes(method)) continue;
        const answer = await ours.call(method, path, ['POST', 'PUT', 'PATCH'].includes(method) ? { body: {} } : {});
        expect([method, answer.status, answer.headers.allow]).toEqual([method, 405, allow]);
      }
    });
  });
});
