import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { mintAccessToken } from '@portolan/access';
import type { Answer } from '../support/http';
import { aServer, aWorld, type Role, type World } from '../support/world';

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

function operationsOf(file: string, subApi: boolean): Operation[] {
  const text = readFileSync(resolve(__dirname, '../../docs/reference', file), 'utf8');
  return Object.entries((JSON.parse(text) as Description).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path: path.replace('{serverName}', 'com.example%2Fweather').replace('{version}', '1.0.0'),
      subApi,
    })),
  );
}

/** Every operation that the two descriptions name. */
export const OPERATIONS = [...operationsOf('openapi.json', false), ...operationsOf('registry-openapi.json', true)];

/** A body with which a permitted call changes nothing that another one would notice. */
export const BODIES: Readonly<Record<string, unknown>> = {
  'create-registry': { name: 'private' },
  'update-registry': {},
  publishServer: aServer(),
  editServerVersion: aServer(),
  validateServer: aServer(),
  setVersionStatus: { status: 'active' },
  setServerStatus: { status: 'active' },
};

export const ACTORS = [
  'anonymous',
  'garbage token',
  'unknown token',
  'wrong secret',
  'expired token',
  'revoked token',
  'disabled user',
  'admin of globex',
  'no role',
  'viewer',
  'publisher',
  'creator',
  'admin of another registry',
  'admin',
  'organization admin',
] as const;

export type Actor = (typeof ACTORS)[number];

export interface LeakWorld {
  readonly world: World;
  /** Null: no credential. */
  readonly tokens: Readonly<Record<Actor, string | null>>;
  /** Ids by organization and registry name. */
  readonly ids: Readonly<Record<'acme' | 'globex', Readonly<Record<'private' | 'public' | 'other', string>>>>;
}

/** Both organizations own a `private`, a `public` and an `other` registry with the same server in each. */
export async function aLeakWorld(): Promise<LeakWorld> {
  const world = await aWorld();
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
  const holder = (role: Role, on: string) => world.aSystemAccount(world.acme, [{ role, on }]);
  const foreignSecret = mintAccessToken('pat').text;
  const tokens = {
    anonymous: null,
    'garbage token': 'ptl_pat_garbage',
    'unknown token': foreignSecret,
    'wrong secret': await withWrongSecret(world),
    'expired token': await world.aUser(world.acme, { expired: true }),
    'revoked token': await world.aUser(world.acme, { revoked: true }),
    'disabled user': await world.aUser(world.acme, { active: false }),
    'admin of globex': world.globex.admin,
    'no role': await world.aUser(world.acme),
    viewer: await holder('Viewer', ids.acme.private),
    publisher: await holder('Publisher', ids.acme.private),
    creator: await holder('Creator', '*'),
    'admin of another registry': await holder('Admin', ids.acme.other),
    admin: await holder('Admin', ids.acme.private),
    'organization admin': world.acme.admin,
  };
  return { world, tokens, ids };
}

/** A well-formed token that carries the public id of another one. */
async function withWrongSecret(world: World): Promise<string> {
  const [real, other] = [await world.aUser(world.acme), mintAccessToken('pat')];
  await world.db.query(`update access_token set public_id = $1 where public_id = $2`, [
    other.publicId,
    real.slice(8, 20),
  ]);
  return other.text;
}

/** What an answer tells, without what differs between any two answers. */
export function told({ status, headers, text }: Answer): object {
  const { 'x-request-id': traceId, ...rest } = headers;
  return { status, headers: { ...rest, date: '' }, text: text.replaceAll(String(traceId), 'TRACE') };
}

/** Runs `work` for each item, a few at a time. */
export async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>, size = 16): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += size)
    results.push(...(await Promise.all(items.slice(start, start + size).map(work))));
  return results;
}
