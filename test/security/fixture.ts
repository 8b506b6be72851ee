import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Answer } from '../support/http';
import { aServer, aWorld, type World } from '../support/world';
import { everyActor, type Actors } from './actors';

export const MISSING = '00000000-0000-7000-8000-000000000000';

export interface Operation {
  readonly id: string;
  readonly method: string;
  /** With `{registryIdentifier}` where it names a registry. */
  readonly path: string;
  /** True below the base of a registry. */
  readonly subApi: boolean;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
}

/** What an operation asks for whatever it is about. */
function queryOf(operationId: string): string {
  return operationId === 'delete-mirror' ? '?versions=remove' : '';
}

function operationsOf(file: string, subApi: boolean): Operation[] {
  const text = readFileSync(resolve(__dirname, '../../docs/reference', file), 'utf8');
  return Object.entries((JSON.parse(text) as Description).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path: path.replace('{serverName}', 'com.example%2Fweather').replace('{version}', '1.0.0') + queryOf(operationId),
      subApi,
    })),
  );
}

/** Every operation that the two descriptions name. */
export const OPERATIONS = [...operationsOf('openapi.json', false), ...operationsOf('registry-openapi.json', true)];

/** Those about registries and what is in them; the others are about people and how they come in. */
export const REGISTRY_OPERATIONS = OPERATIONS.filter(
  ({ subApi, path }) => subApi || /^\/v0\/registries(\/\{registryIdentifier\}(\/[a-z-]+)?)?$/.test(path),
);

/** A body with which a permitted call changes nothing that another one would notice. */
export const BODIES: Readonly<Record<string, unknown>> = {
  'create-registry': { name: 'private' },
  'update-registry': {},
  'create-capability-url': {},
  'create-mirror': {},
  publishServer: aServer(),
  editServerVersion: aServer(),
  validateServer: aServer(),
  setVersionStatus: { status: 'active' },
  setServerStatus: { status: 'active' },
};

export interface LeakWorld {
  readonly world: World;
  readonly headers: Actors['headers'];
  /** The secret of a capability URL of acme's private registry. */
  readonly secret: string;
  /** Ids by organization and registry name. */
  readonly ids: Readonly<Record<'acme' | 'globex', Readonly<Record<'private' | 'public' | 'other', string>>>>;
  close(): Promise<void>;
}

/** Both organizations own a `private`, a `public` and an `other` registry with the same server in each. */
export async function aLeakWorld(): Promise<LeakWorld> {
  const world = fromEverywhere(await aWorld({ TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_EXPORT: '100000/1000000' }));
  const registries = async (organization: 'acme' | 'globex') => {
    const make = async (name: string, visibility: string) => {
      const id = await world.aRegistry(world[organization], name, { visibility });
      await world.publish(world[organization], id, aServer());
      return id;
    };
    return {
      private: await make('private', 'private'),
      public: await make('public', 'public'),
      other: await make('other', 'private'),
    };
  };
  const ids = { acme: await registries('acme'), globex: await registries('globex') };
  const actors = await everyActor(world, ids.acme.private, ids.acme.other);
  const created = await world.call('POST', `/v0/registries/${ids.acme.private}/capability-urls`, {
    token: world.acme.admin,
    body: { name: 'matrix' },
  });
  return {
    world,
    headers: actors.headers,
    secret: created.json<{ url: string }>().url.split('~')[1] ?? '',
    ids,
    close: async () => {
      await actors.close();
      await world.close();
    },
  };
}

/** The same world, each of whose requests comes from an address of its own: wrong credentials from one are slowed down. */
export function fromEverywhere(world: World): World {
  let asked = 0;
  return {
    ...world,
    call: (method, path, options = {}) => {
      asked += 1;
      const address = `10.${asked >> 16}.${(asked >> 8) & 255}.${asked & 255}`;
      return world.call(method, path, { ...options, headers: { 'x-forwarded-for': address, ...options.headers } });
    },
  };
}

/** What an answer tells, without what differs between any two answers. */
export function told({ status, headers, text, challenge }: Answer): object {
  const { 'x-request-id': requestId, 'www-authenticate': _named, ...rest } = headers;
  return { status, challenge, headers: { ...rest, date: '' }, text: text.replaceAll(String(requestId), 'TRACE') };
}

/** Runs `work` for each item, a few at a time. */
export async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>, size = 16): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += size)
    results.push(...(await Promise.all(items.slice(start, start + size).map(work))));
  return results;
}
