import { fromEverywhere, inBatches, OPERATIONS } from '../fixture';
import type { Answer } from '../../support/http';
import { TOLD } from '../../support/told';
import { TEST_ENVIRONMENT } from '../../support/world';
import { aFullWorld, MANAGEMENT, pathOf, READS, type FullWorld } from './management-api';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'PURGE'] as const;

/** Headers by which some servers let a request say that it is another one, or of somebody else. */
const LIES: Readonly<Record<string, string>> = {
  'x-http-method-override': 'DELETE',
  'x-http-method': 'DELETE',
  'x-method-override': 'DELETE',
  'x-original-url': '/v0/organizations',
  'x-rewrite-url': '/v0/organizations',
  'x-forwarded-for': '192.0.2.66, 192.0.2.67',
  'x-real-ip': '192.0.2.66',
  'x-client-ip': '192.0.2.66',
  'true-client-ip': '192.0.2.66',
  forwarded: 'for=192.0.2.66;host=evil.example.com;proto=https',
  'x-forwarded-host': 'evil.example.com',
  'x-forwarded-server': 'evil.example.com',
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '66',
  'x-forwarded-prefix': '/evil',
  'x-host': 'evil.example.com',
  host: 'evil.example.com',
  'x-user': 'admin',
  'x-remote-user': 'admin',
  'x-forwarded-user': 'admin',
  'x-forwarded-email': 'admin@acme.invalid',
  'x-roles': 'Admin',
  'x-internal': 'true',
};

/** Paths that a proxy, a router and a file system might take for the same one. */
const TRICKS: Readonly<Record<string, (path: string) => string>> = {
  'two slashes': (path) => path.replaceAll('/', '//'),
  'a slash in front': (path) => `/${path}`,
  'a slash at the end': (path) => `${path}/`,
  'slashes at the end': (path) => `${path}///`,
  'a dot': (path) => path.replace('/', '/./'),
  'a dot at the end': (path) => `${path}/.`,
  'two dots': (path) => `/livez/..${path}`,
  'two dots at the end': (path) => `${path}/x/..`,
  'encoded dots': (path) => `/livez/%2e%2e${path}`,
  'dots encoded twice': (path) => `/livez/%252e%252e${path}`,
  'a path parameter': (path) => `${path};a=b`,
  'a path parameter inside': (path) => path.replace('/v0', '/v0;a=b'),
  'dots behind a semicolon': (path) => `/livez/..;${path}`,
  capitals: (path) => path.toUpperCase(),
  'one capital': (path) => path.replace('/v0', '/V0'),
  'an encoded slash': (path) => path.replace('/v0/', '/v0%2F'),
  'a slash encoded twice': (path) => path.replace('/v0/', '/v0%252F'),
  'a backslash': (path) => path.replace('/v0/', '/v0\\'),
  'an encoded backslash': (path) => path.replace('/v0/', '/v0%5C'),
  'an encoded letter': (path) => path.replace('/v0', '/%760'),
  'a space': (path) => `${path}%20`,
  'a tab': (path) => `${path}%09`,
  'a line': (path) => `${path}%0A`,
  'a suffix': (path) => `${path}.json`,
  'an encoded question mark': (path) => `${path}%3F`,
  'an encoded hash': (path) => `${path}%23`,
  'a hash': (path) => `${path}#/livez`,
  'another prefix': (path) => `/api${path}`,
  'another origin': (path) => `http://evil.example.com${path}`,
};

describe('A request', () => {
  let world: FullWorld;
  let member: string;

  beforeAll(async () => {
    world = await aFullWorld();
    member = await world.aUser(world.acme);
  });

  afterAll(() => world.close());

  it('with another method than those of its path is told which there are, whoever sends it', async () => {
    const paths = [...new Set(MANAGEMENT.map((operation) => operation.path))];
    const patterns = MANAGEMENT.map(({ method, path }) => ({
      method,
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    }));
    const requests = paths.flatMap((template) => {
      const path = pathOf({ path: template }, world.own);
      const own = patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
      const allowed = [...new Set(own.includes('GET') ? [...own, 'HEAD'] : own)].sort().join(', ');
      return METHODS.filter((method) => !own.includes(method)).map((method) => ({ method, path, allowed }));
    });
    for (const token of [world.acme.admin, member, TEST_ENVIRONMENT.OPERATOR_TOKEN ?? '', '']) {
      const found = await inBatches(requests, async ({ method, path }) => {
        const { status, headers } = await world.call(method, path, token === '' ? {} : { token });
        return { method, path, status, allowed: headers.allow };
      });
      expect(found).toEqual(requests.map((request) => ({ ...request, status: 405 })));
    }
    expect(requests.length).toBeGreaterThan(200);
  });

  it('is what its first line says, whatever its headers and its query say', async () => {
    const headers = {
      ...LIES,
      'x-org-id': world.globex.id,
      'x-tenant-id': 'globex',
      'x-user-id': world.foreign.userId ?? '',
    };
    const changes = await world.changes();
    const wrong = await inBatches(
      READS,
      async (operation) => {
        await world.ask(operation);
        const plain = await world.ask(operation);
        const lying = await world.ask(operation, { headers });
        return saidBy(lying) === saidBy(plain)
          ? []
          : [`${operation.id}: ${plain.status} ${lying.status}: ${lying.text}`];
      },
      1,
    );
    expect(wrong.flat()).toEqual([]);
    const removal = `/v0/teams/${world.own.teamId ?? ''}`;
    for (const [method, path] of [
      ['GET', `${removal}?_method=DELETE`],
      ['GET', `${removal}?x-http-method-override=DELETE`],
      ['POST', `${removal}?_method=DELETE`],
    ] as const)
      await world.call(method, path, { token: world.acme.admin, headers });
    expect(await world.changes()).toBe(changes);
  });

  it('decides by no header what its answer links to, and where it came from', async () => {
    const headers = { ...LIES };
    const token = world.acme.admin;
    const registry = `/v0/registries/${world.own.registryIdentifier ?? ''}`;
    const answers = [
      await world.call('POST', '/v0/invites', { token, headers, body: { email: 'new@example.com' } }),
      await world.call('POST', `${registry}/capability-urls`, { token, headers, body: { name: 'new' } }),
      await world.call('GET', '/registries/tools/v0.1/servers', { headers }),
      await world.call('GET', '/.well-known/oauth-protected-resource/registries/tools', { headers }),
      await world.call('GET', '/registries/tools/openapi.json', { headers }),
      await world.call('GET', '/openapi.json', { headers }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 401, 200, 200, 200]);
    for (const answer of answers)
      expect(`${JSON.stringify(answer.headers)} ${answer.text}`).not.toMatch(/evil|192\.0\.2\.6|https:\/\/127/);
    expect(answers[0]?.json().invite_url).toMatch(`${world.url}/join#token=`);
    expect(answers[1]?.json().url).toMatch(`${world.url}/registries/`);
    expect(answers[2]?.headers['www-authenticate']).toContain(`resource_metadata="${world.url}/`);
    const rows = await world.db.query<{ text: string }>(
      `select told::text as text from ${TOLD} where target_name in ('new', 'new@example.com')`,
    );
    expect(rows).toHaveLength(2);
    for (const { text } of rows) {
      expect(text).toContain('127.0.0.1');
      expect(text).not.toMatch(/evil|192\.0\.2\.6/);
    }
  });

  it('to a path that is no page of ours finds nothing, whoever asks', async () => {
    const nowhere = [
      '/debug',
      '/debug/pprof/',
      '/debug/vars',
      '/actuator/env',
      '/admin',
      '/admin/queues',
      '/queues',
      '/bull',
      '/bull-board',
      '/internal',
      '/console',
      '/graphql',
      '/swagger',
      '/swagger.json',
      '/api-docs',
      '/docs-json',
      '/docs/../package.json',
      '/docs/%2e%2e/%2e%2e/package.json',
      '/docs/..%2f..%2fpackage.json',
      '/status',
      '/health',
      '/server-status',
      '/env',
      '/.env',
      '/.git/config',
      '/.portolan/ready.json',
      '/package.json',
      '/etc/passwd',
      '/..%2f..%2fetc%2fpasswd',
      '/v0',
      '/v0/',
      '/v0/debug',
      '/v0/audit-log',
      '/v0/tokens',
      '/v0/permissions',
      '/v1/registries',
      '/v2/users',
      '/v3/teams',
      '/v0.1/servers',
      '/v0/servers',
      '/v0/publish',
      '/v0/auth/none',
      '/v0/auth/github-at',
      '/__proto__',
      '/constructor',
    ];
    for (const token of [world.acme.admin, TEST_ENVIRONMENT.OPERATOR_TOKEN ?? '', ''])
      for (const method of ['GET', 'POST', 'DELETE']) {
        const found = await inBatches(nowhere, async (path) => {
          const { status, text } = await world.call(method, path, token === '' ? {} : { token });
          return [path, status, text.includes('root:') || text.includes('"dependencies"')];
        });
        expect(found).toEqual(nowhere.map((path) => [path, 404, false]));
      }
  });
});

// An export of the trail holds a row about itself.
function saidBy({ status, masked, headers }: Answer): string {
  const lines = masked.split('\n').filter((line) => !line.includes('"audit_log.export"'));
  return [status, ...lines, headers.location?.split('?')[0]].join();
}

describe('A path that is written in another way', () => {
  let world: FullWorld;
  let member: string;

  beforeAll(async () => {
    world = await aFullWorld({ TRUSTED_PROXIES: '127.0.0.1' });
    world = { ...world, ...fromEverywhere(world) };
    member = await world.aUser(world.acme);
  });

  afterAll(() => world.close());

  it.each(Object.entries(TRICKS))('opens nothing that the path itself does not: %s', async (_, written) => {
    const changes = await world.changes();
    const requests = OPERATIONS.flatMap(({ method, path, subApi }) => {
      const canonical = subApi
        ? `/v0/registries/${world.own.registryIdentifier ?? ''}${path}`
        : pathOf({ path }, world.own);
      return [member, world.globex.admin, ''].map((token) => ({ method, canonical, token }));
    });
    const wrong = await inBatches(requests, async ({ method, canonical, token }) => {
      const options = token === '' ? {} : { token };
      const plain = await world.call(method, canonical, options);
      const tricky = await world.call(method, written(canonical), options);
      const fits =
        tricky.status === plain.status
          ? plain.status >= 300 || tricky.text === plain.text || canonical.includes('/audit-logs')
          : [400, 401, 403, 404, 405].includes(tricky.status);
      return fits ? [] : [`${method} ${written(canonical)}: ${plain.status} ${tricky.status} ${tricky.text}`];
    });
    expect(wrong.flat()).toEqual([]);
    expect(await world.changes()).toBe(changes);
  });
});
