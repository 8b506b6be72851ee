import { randomUUID } from 'node:crypto';
import type { Answer, CallOptions } from '../../support/http';
import { TOLD } from '../../support/told';
import { aServer, type Organization, type World } from '../../support/world';
import { versionPath, type BulkStatus, type Entry, type ServerList, type Status } from './wire';

export const WEATHER = 'com.example/weather';

/** One registry and its organization's admin, who does everything unless told otherwise. */
export interface Shelf {
  readonly organization: Organization;
  readonly id: string;
  readonly name: string;
  readonly base: string;
  /** A request to `{base}/v0.1/{path}`; `token: ''` sends no credential. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  publish(overrides?: Record<string, unknown>): Promise<Entry>;
  list(query?: string): Promise<ServerList>;
  /** A version as it stands, deleted or not. */
  entry(name: string, version: string): Promise<Entry>;
  setStatus(name: string, version: string, status: Status, statusMessage?: string): Promise<Entry>;
  setStatuses(name: string, status: Status, statusMessage?: string): Promise<BulkStatus>;
  /** Audit rows about versions and servers of this registry, oldest first. */
  changes(): Promise<AuditedChange[]>;
}

export interface AuditedChange {
  readonly action: string;
  readonly kind: string;
  readonly result: string;
  readonly reason: string | null;
  readonly target_id: string | null;
  readonly principal_name: string;
  readonly request_id: string;
  readonly before: unknown;
  readonly after: unknown;
}

export async function aShelf(
  world: World,
  organization: Organization,
  name: string,
  settings: Record<string, unknown> = {},
): Promise<Shelf> {
  const id = await world.aRegistry(organization, name, settings);
  const base = `/registries/${id}`;
  const call = (method: string, path: string, { token = organization.admin, ...rest }: CallOptions = {}) =>
    world.call(method, `${base}/v0.1/${path}`, token === '' ? rest : { token, ...rest });
  const ok = async <T>(method: string, path: string, options?: CallOptions): Promise<T> => {
    const answer = await call(method, path, options);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.json<T>();
  };
  const status = (to: Status, statusMessage: string | undefined) => ({
    body: { status: to, ...(statusMessage === undefined ? {} : { statusMessage }) },
  });
  return {
    organization,
    id,
    name,
    base,
    call,
    publish: (overrides) => ok('POST', 'publish', { body: aServer(overrides) }),
    list: (query = '') => ok('GET', `servers${query}`),
    entry: (server, version) => ok('GET', `${versionPath(server, version)}?include_deleted=true`),
    setStatus: (server, version, to, message) =>
      ok('PATCH', `${versionPath(server, version)}/status`, status(to, message)),
    setStatuses: (server, to, message) =>
      ok('PATCH', `servers/${encodeURIComponent(server)}/status`, status(to, message)),
    changes: () =>
      world.db.query<AuditedChange>(
        `select action, kind, result, reason, target_id, principal_name, request_id, before, after from ${TOLD}
         where registry_id = $1 and kind = 'change' and action like 'server.%' order by occurred_at, id`,
        [id],
      ),
  };
}

/**
 * Registries of the same name in both organizations. The one of globex holds a server of the usual name and version
 * with a description of its own, which nobody in acme may ever see.
 */
export async function twins(
  world: World,
  name: string,
  settings: Record<string, unknown> = {},
): Promise<{ ours: Shelf; theirs: Shelf }> {
  const ours = await aShelf(world, world.acme, name, settings);
  const theirs = await aShelf(world, world.globex, name, settings);
  await theirs.publish({ description: 'Of globex' });
  return { ours, theirs };
}

/** Asserts that acme's admin gets, for globex's registry, byte for byte what it gets for one that is not there. */
export async function expectHidden(
  world: World,
  theirs: Shelf,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<void> {
  const shared = { ...options, token: world.acme.admin };
  const before = await theirs.list('?include_deleted=true');
  const hidden = await world.call(method, `${theirs.base}/v0.1/${path}`, shared);
  const missing = await world.call(method, `/registries/${randomUUID()}/v0.1/${path}`, shared);
  expect(hidden.status).toBe(404);
  expect(hidden.masked).toBe(missing.masked);
  expect(hidden.json().detail).toBe('Registry not found');
  expect(await theirs.list('?include_deleted=true')).toEqual(before);
}

/** Asserts 401 with a challenge, without a credential and with a wrong one. */
export async function expectSignInAsked(
  shelf: Shelf,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<void> {
  const without = await shelf.call(method, path, { ...options, token: '' });
  expect(without.status).toBe(401);
  expect(without.challenge).toBe('Bearer realm="portolan", resource_metadata=*');
  expect(without.headers['content-type']).toBe('application/problem+json');
  for (const authorization of ['Bearer nonsense', 'Basic dXNlcjpwYXNz', 'Bearer']) {
    const wrong = await shelf.call(method, path, {
      ...options,
      token: '',
      headers: { ...options.headers, authorization },
    });
    expect(wrong.status).toBe(401);
    expect(wrong.challenge).toBe('Bearer realm="portolan", error="invalid_token", resource_metadata=*');
  }
}

/** The refusals that the audit trail holds of a registry, as `action reason`. */
export async function denialsOf(world: World, shelf: Shelf): Promise<string[]> {
  const rows = await world.db.query<{ text: string }>(
    `select action || ' ' || reason as text from audit_log where registry_id = $1 and result = 'denied'
     order by occurred_at, id`,
    [shelf.id],
  );
  return rows.map(({ text }) => text);
}
