import { inBatches, MISSING, OPERATIONS } from '../fixture';
import { aFullWorld, goodBody, MANAGEMENT, pathOf, READS, tokenFor, type FullWorld } from './management-api';

const ORIGINS = ['null', 'https://evil.example.com', 'http://localhost', 'http://127.0.0.1', 'file://', '*', ''];

/** Markup, control and formatting characters that fool whoever shows them as anything but text. */
const EVIL_TEXTS: Readonly<Record<string, string>> = {
  markup: '<script>alert(1)</script><img src=x onerror=alert(1)>',
  'a link': '[x](javascript:alert(1)) <a href="data:text/html;base64,PHN2Zz4=">x</a>',
  'the end of a script': '</script></textarea></title>-->',
  'a template': '{{constructor.constructor("x")()}} ${7*7} #{7*7} <%= 7*7 %>',
  'a bidirectional override': 'good\u202e\u2066live\u2069',
  'characters of no width': 'a\u200b\u200d\u2060\ufeffb',
  'letters that look like others': '\u0430dmin \u0440aypal',
  'combining characters': `Z${'\u0351'.repeat(60)}`,
  'a formula': '=HYPERLINK("https://evil.example.com","x")',
  'separators of lines in scripts': 'a\u2028b\u2029c',
};

describe('A page of another site', () => {
  let world: FullWorld;

  beforeAll(async () => {
    world = await aFullWorld();
  });

  afterAll(() => world.close());

  const corsOf = (headers: Readonly<Record<string, unknown>>) =>
    Object.keys(headers).filter((name) => name.startsWith('access-control-'));

  it.each(ORIGINS)('reads no answer of the management API: %p', async (origin) => {
    const requests = MANAGEMENT.flatMap((operation) => [
      { method: operation.method, path: pathOf(operation, world.own), token: tokenFor(world, operation) },
      { method: operation.method, path: pathOf(operation, world.own), token: '' },
      { method: 'OPTIONS', path: pathOf(operation, world.own), token: '' },
    ]).filter(({ method }) => ['GET', 'OPTIONS'].includes(method));
    const others = ['/docs', '/openapi.json', '/join', '/livez', '/nowhere'].map((path) => ({
      method: 'GET',
      path,
      token: world.acme.admin,
    }));
    const open = await inBatches([...requests, ...others], async ({ method, path, token }) => {
      const headers = {
        origin,
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'authorization, x-csrf-token',
        'access-control-request-private-network': 'true',
      };
      const answer = await world.call(method, path, { headers, ...(token === '' ? {} : { token }) });
      return corsOf(answer.headers).map((name) => `${method} ${path}: ${name}`);
    });
    expect(open.flat()).toEqual([]);
    expect(requests.length).toBeGreaterThan(100);
  });

  it.each(ORIGINS)('reads no answer to a change by the management API: %p', async (origin) => {
    const changes = MANAGEMENT.filter(({ method }) => method !== 'GET');
    const open = await inBatches(changes, async (operation) => {
      const path = pathOf(operation, { ...world.own, userId: MISSING, accountId: MISSING, teamId: MISSING });
      const answer = await world.call(operation.method, path, { headers: { origin } });
      return corsOf(answer.headers).map((name) => `${operation.method} ${path}: ${name}`);
    });
    expect(open.flat()).toEqual([]);
  });

  it('signs nobody in from there, and reads no answer when it tries', async () => {
    const [operation] = MANAGEMENT.filter(({ id }) => id === 'log-in');
    if (!operation) throw new Error('nobody can sign in');
    for (const origin of ORIGINS.filter((one) => one !== '')) {
      const answer = await world.call('POST', '/v0/login', {
        headers: { origin },
        body: goodBody(operation, world.own),
      });
      expect([origin, answer.status, corsOf(answer.headers), answer.headers['set-cookie']]).toEqual([
        origin,
        403,
        [],
        undefined,
      ]);
    }
  });

  it('reads what a registry shows it, never with the credentials of a browser', async () => {
    const below = OPERATIONS.filter(({ subApi }) => subApi);
    const answers = await inBatches(below, async ({ method, path }) =>
      world.call(method, `/registries/tools${path}`, { headers: { origin: 'https://evil.example.com' } }),
    );
    for (const { headers } of answers)
      expect([headers['access-control-allow-origin'], headers['access-control-allow-credentials']]).toEqual([
        '*',
        undefined,
      ]);
  });
});

describe('A cache', () => {
  let world: FullWorld;

  beforeAll(async () => {
    world = await aFullWorld();
  });

  afterAll(() => world.close());

  it('keeps no answer of the management API, good or bad, but for public keys', async () => {
    const requests = READS.flatMap((operation) =>
      [tokenFor(world, operation), world.globex.admin, 'ptl_pat_wrong', ''].map((token) => ({ operation, token })),
    );
    const kept = await inBatches(requests, async ({ operation, token }) => {
      const { headers } = await world.call('GET', pathOf(operation, world.own), token === '' ? {} : { token });
      const found = [headers['cache-control'], headers.etag, headers['last-modified'], headers.expires];
      const wanted = operation.id === 'get-audit-jwks' ? 'public, max-age=300' : 'no-store';
      return found.join() === `${wanted},,,` ? [] : [`${operation.id}: ${found.join()}`];
    });
    expect(kept.flat()).toEqual([]);
  });

  it('keeps what a private registry shows to its caller alone, and nothing that it refuses', async () => {
    const reads = OPERATIONS.filter(({ subApi, path }) => subApi && path.includes('/servers')).filter(
      ({ method }) => method === 'GET',
    );
    for (const { path } of reads) {
      const shown = await world.call('GET', `/registries/tools${path}`, { token: world.acme.admin });
      expect([path, shown.status, shown.headers['cache-control'], shown.headers.vary]).toEqual([
        path,
        200,
        'private, no-cache',
        'Authorization, Accept-Encoding',
      ]);
      const refused = await world.call('GET', `/registries/tools${path}`);
      expect([path, refused.status, refused.headers['cache-control']]).toEqual([path, 401, 'no-store']);
    }
  });

  it.each(['the tag that another one got', '*', 'any tag'])(
    'tells nobody that he has what he may not read: %s',
    async (what) => {
      const { own, acme, globex } = world;
      const base = `/registries/${own.registryIdentifier ?? ''}/v0.1/servers`;
      const member = await world.aUser(acme);
      for (const path of [
        base,
        `${base}/com.example%2Fweather/versions`,
        `${base}/com.example%2Fweather/versions/1.0.0`,
      ]) {
        const { headers } = await world.call('GET', path, { token: acme.admin });
        const tag = { '*': '*', 'any tag': 'W/"1", "2", *' }[what] ?? headers.etag ?? '';
        for (const [token, status] of [
          [member, 404],
          [globex.admin, 404],
          ['ptl_pat_wrong', 401],
          ['', 401],
        ] as const) {
          const answer = await world.call('GET', path, {
            headers: { 'if-none-match': tag, 'if-modified-since': new Date(Date.now() + 86_400_000).toUTCString() },
            ...(token === '' ? {} : { token }),
          });
          expect([path, answer.status, answer.headers.etag]).toEqual([path, status, undefined]);
        }
      }
    },
  );
});

describe('A text that somebody stored', () => {
  let world: FullWorld;

  beforeAll(async () => {
    world = await aFullWorld();
  });

  afterAll(() => world.close());

  it.each(Object.entries(EVIL_TEXTS))(
    'comes back as JSON and as it was, and as nothing else: %s',
    async (what, text) => {
      const token = world.acme.admin;
      const name = `r-${Object.keys(EVIL_TEXTS).indexOf(what)}`;
      const id = await world.aRegistry(world.acme, name, { display_name: name, description: text });
      await world.publish(world.acme, id, {
        name: 'com.example/evil',
        description: text.slice(0, 100),
        version: '1.0.0',
        _meta: { 'io.modelcontextprotocol.registry/publisher-provided': { [text]: text } },
      });
      const team = await world.call('POST', '/v0/teams', { token, body: { name: `Team ${name}`, description: text } });
      expect(team.status).toBe(201);
      for (const path of [
        `/v0/registries/${id}`,
        '/v0/registries?page[size]=100',
        `/v0/teams/${String(team.json().id)}`,
        '/v0/teams?page[size]=100',
        '/v0/audit-logs?page[size]=1000',
        `/registries/${id}/v0.1/servers`,
        `/registries/${id}/v0.1/servers/com.example%2Fevil/versions`,
        `/registries/${id}/v0.1/servers/com.example%2Fevil/versions/1.0.0`,
      ]) {
        const answer = await world.call('GET', path, { token, headers: { accept: 'text/html,*/*' } });
        expect([path, answer.status, answer.headers['content-type'], answer.headers['x-content-type-options']]).toEqual(
          [path, 200, expect.stringMatching(/^application\/json(; charset=utf-8)?$/), 'nosniff'],
        );
        expect([path, textsIn(answer.json()).some((one) => one === text || one === text.slice(0, 100))]).toEqual([
          path,
          true,
        ]);
      }
    },
  );

  it('comes back as JSON in what is said of a mistake, too', async () => {
    const evil = EVIL_TEXTS.markup ?? '';
    const encoded = encodeURIComponent(evil);
    const answers = [
      await world.call('GET', `/v0/users?${encoded}=1`, { token: world.acme.admin }),
      await world.call('GET', `/v0/users?sort=${encoded}`, { token: world.acme.admin }),
      await world.call('GET', `/${encoded}`),
      await world.call('GET', `/o/${encoded}/registries/${encoded}/v0.1/servers`),
      await world.call('POST', '/v0/teams', { token: world.acme.admin, body: { [evil]: evil } }),
      await world.call('POST', '/v0/teams', {
        token: world.acme.admin,
        raw: evil,
        headers: { 'content-type': 'application/json' },
      }),
      await world.call('POST', '/registries/tools/v0.1/publish', { token: world.acme.admin, body: { name: evil } }),
      await world.call('POST', '/registries/tools/v0.1/publish', {
        token: world.acme.admin,
        raw: evil,
        headers: { 'content-type': evil },
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 404, 401, 400, 400, 422, 415]);
    for (const { headers } of answers)
      expect([headers['content-type'], headers['x-content-type-options']]).toEqual([
        'application/problem+json',
        'nosniff',
      ]);
  });
});

/** Every text in a JSON value, names of members too. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, ...textsIn(member)]);
}
