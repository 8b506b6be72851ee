import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { ModulesContainer } from '@nestjs/core';
import { referencePages } from '../../apps/api/src/generate/reference-pages';
import { managementOpenApi } from '../../apps/api/src/openapi';
import { guardedRoutes } from '../../apps/api/src/route-inventory';
import { aWorld, type World } from '../support/world';

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly requestBody?: unknown;
  readonly security?: readonly unknown[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, unknown>>; readonly $ref?: string }>
  >;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly responses?: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
  };
}

const ROOT = resolve(__dirname, '../..');
const SECTIONS = [
  'works',
  'rejects bad input',
  'requires sign-in',
  'requires the permission',
  'hides other organizations',
];

const BASES = ['/registries/*', '/v0/registries/*', '/v0/mcp-registries/*', '/o/*/registries/*'];

/** Routes below a base that the description of a registry leaves out on purpose. */
const EXTRA_BELOW_A_BASE = [
  'GET /servers',
  'GET /servers/*/versions',
  'GET /servers/*/versions/*',
  'GET /v0/servers/*',
  'GET /openapi.json',
  'GET /openapi.yaml',
];

/** Operations that come before a sign-in. */
const PUBLIC_OPERATIONS = [
  'accept-invite',
  'start-invite-login',
  'log-in',
  'start-oidc-login',
  'finish-oidc-login',
  'get-audit-jwks',
];

/** Other routes that the description of the management API leaves out on purpose. */
const EXTRA = [
  'GET /.well-known/oauth-protected-resource',
  ...BASES.map((base) => `GET /.well-known/oauth-protected-resource${base}`),
  'GET /join',
  'GET /join.css',
  'GET /join.js',
  'GET /livez',
  'GET /metrics',
  'GET /readyz',
];

const text = (file: string) => readFileSync(resolve(ROOT, file), 'utf8');
const description = (file: string) => JSON.parse(text(`docs/reference/${file}`)) as Description;
const management = description('openapi.json');
const registry = description('registry-openapi.json');

function operationsOf({ paths }: Description): { route: string; operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      route: `${method.toUpperCase()} ${path.replaceAll(/\{[^}]+\}/g, '*')}`,
      operation,
    })),
  );
}

const MANAGEMENT = operationsOf(management);
const REGISTRY = operationsOf(registry);

describe('Every operation of the management API', () => {
  it.each(MANAGEMENT.map(({ operation }) => operation.operationId))(
    '%s has its e2e file with the five sections',
    (id) => {
      const folder = resolve(ROOT, 'test/e2e');
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
        (file) => basename(file) === `${id}.spec.ts`,
      );
      expect(files).toHaveLength(1);
      const content = text(join('test/e2e', files[0] ?? ''));
      const found = [...content.matchAll(/^ {2}describe\('([^']+)'/gm)].map((match) => match[1]);
      expect(found).toEqual(SECTIONS);
      expect(content).toMatch(new RegExp(`^describe\\('${id}: [A-Z]+ /v0/`, 'm'));
    },
  );

  it.each(MANAGEMENT)('$route is described in style', ({ route, operation }) => {
    expect(operation.operationId).toMatch(/^[a-z]+(-[a-z]+)+$/);
    expect(operation.summary).toMatch(/^[A-Z].{5,}[^.]$/);
    const codes = Object.keys(operation.responses);
    if (PUBLIC_OPERATIONS.includes(operation.operationId)) expect(operation.security).toBeUndefined();
    else {
      const ways = [{ accessToken: [] }, { apiKey: [] }, { session: [] }];
      expect(operation.security).toEqual(expect.arrayContaining(ways));
      expect(codes).toEqual(expect.arrayContaining(['401', '403', '429']));
    }
    if (route.includes('*')) expect(codes).toContain('404');
    if (operation.requestBody !== undefined) expect(codes).toContain('400');
    for (const code of codes.filter((one) => Number(one) >= 400))
      expect([code, Object.keys(operation.responses[code]?.content ?? {})]).toEqual([
        code,
        ['application/problem+json'],
      ]);
  });
});

describe('Every operation of a registry', () => {
  it.each(REGISTRY)('$route is described in style', ({ route, operation }) => {
    expect(operation.operationId).toMatch(/^[a-z]+([A-Z][a-z]+)*$/);
    expect(operation.summary).toMatch(/^[A-Z].{3,}/);
    const codes = Object.keys(operation.responses);
    expect(codes).toContain('200');
    if (route.includes('/servers') || route.includes('/publish')) expect(codes).toContain('401');
    if (!route.startsWith('GET') && !route.includes('/validate')) expect(codes).toContain('403');
    if (operation.requestBody !== undefined)
      expect(codes).toEqual(expect.arrayContaining(['400', '413', '415', '422']));
    for (const code of codes.filter((one) => Number(one) >= 400)) {
      const { $ref, content } = operation.responses[code] ?? {};
      const resolved = content ?? registry.components.responses?.[$ref?.split('/').at(-1) ?? '']?.content ?? {};
      expect([code, Object.keys(resolved)]).toEqual([code, ['application/problem+json']]);
    }
  });

  it('has an id of its own', () => {
    const ids = [...MANAGEMENT, ...REGISTRY].map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('The routes of the running API', () => {
  let world: World;
  let routes: string[];

  beforeAll(async () => {
    world = await aWorld();
    routes = routesOf(world);
  });

  afterAll(() => world.close());

  it('are really there', () => {
    expect(routes.length).toBeGreaterThan(100);
    const fastify = world.app.getHttpAdapter().getInstance();
    const method = (route: string) => (route.split(' ')[0] ?? '') as 'GET';
    for (const raw of rawRoutesOf(world)) {
      const url = raw.slice(method(raw).length + 1);
      expect([raw, fastify.hasRoute({ method: method(raw), url })]).toEqual([raw, true]);
    }
  });

  it('hold every operation of a registry below every base, at /v0.1 and /v0', () => {
    const missing = BASES.flatMap((base) =>
      REGISTRY.flatMap(({ route }) =>
        [route, route.replace(' /v0.1/', ' /v0/')].map((one) => one.replace(' ', ` ${base}`)),
      ),
    ).filter((route) => !routes.includes(route));
    expect(missing).toEqual([]);
  });

  it('hold every extra alias below every base', () => {
    const missing = BASES.flatMap((base) => EXTRA_BELOW_A_BASE.map((one) => one.replace(' ', ` ${base}`)));
    expect(missing.filter((route) => !routes.includes(route))).toEqual([]);
  });

  it('hold every operation of the management API, with its alias', () => {
    const wanted = MANAGEMENT.flatMap(({ route }) => [route, route.replace('/v0/registries', '/v0/mcp-registries')]);
    expect(wanted.filter((route) => !routes.includes(route))).toEqual([]);
  });

  it('hold nothing that is neither described nor in a list of this file', () => {
    const below = REGISTRY.flatMap(({ route }) => [route, route.replace(' /v0.1/', ' /v0/')]);
    const known = new Set([
      ...EXTRA,
      ...MANAGEMENT.flatMap(({ route }) => [route, route.replace('/v0/registries', '/v0/mcp-registries')]),
      ...BASES.flatMap((base) => [...below, ...EXTRA_BELOW_A_BASE].map((one) => one.replace(' ', ` ${base}`))),
    ]);
    expect(routes.filter((route) => !known.has(route))).toEqual([]);
  });

  it('are what the reference pages in docs say', () => {
    for (const [path, content] of referencePages(managementOpenApi(world.app), guardedRoutes(world.app)))
      expect([path, text(path)]).toEqual([path, content]);
  });

  it('serve the same description that the reference shows', async () => {
    const { text: served } = await world.call('GET', '/openapi.json');
    expect(JSON.parse(served)).toEqual(management);
    const below = await world.call('GET', '/registries/x/openapi.json');
    expect(below.json<Description>().paths).toEqual(registry.paths);
  });
});

describe('The README', () => {
  it('names only npm scripts that exist', () => {
    if (!existsSync(resolve(ROOT, 'README.md'))) return;
    const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
    const named = [...text('README.md').matchAll(/npm (?:run ([\w:-]+)|(start|test)\b)/g)].map(
      (match) => match[1] ?? match[2],
    );
    expect(named.filter((name) => name !== undefined && !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

/** `METHOD /path/:param` of every handler of every controller, as Nest registers them. */
function rawRoutesOf({ app }: World): string[] {
  const routes: string[] = [];
  for (const module of app.get(ModulesContainer).values())
    for (const { metatype } of module.controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const bases = [Reflect.getMetadata(PATH_METADATA, metatype) as string | string[]].flat();
      const prototype = metatype.prototype as Record<string, unknown>;
      for (const name of Object.getOwnPropertyNames(prototype)) {
        const handler = prototype[name];
        if (typeof handler !== 'function' || !Reflect.hasMetadata(METHOD_METADATA, handler)) continue;
        const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
        const paths = [Reflect.getMetadata(PATH_METADATA, handler) as string | string[]].flat();
        for (const base of bases)
          for (const path of paths) routes.push(`${method} /${[base, path].map(trimmed).filter(Boolean).join('/')}`);
      }
    }
  return routes;
}

/** The same with `*` for a parameter; a server name whose slash came unencoded counts as the one name it is. */
function routesOf(world: World): string[] {
  const names = rawRoutesOf(world).map((route) =>
    route.replace('/:serverNamespace/:serverName', '/:serverName').replaceAll(/:\w+/g, '*'),
  );
  return [...new Set(names)];
}

function trimmed(path: string): string {
  return path.replaceAll(/^\/+|\/+$/g, '');
}
