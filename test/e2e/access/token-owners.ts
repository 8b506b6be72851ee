import { createHash } from 'node:crypto';
import { mintSecret } from '@portolan/access';
import { v7 as uuidv7 } from 'uuid';
import type { Answer, CallOptions } from '../../support/http';
import { TOLD } from '../../support/told';
import type { Organization, World } from '../../support/world';

export const MISSING = '00000000-0000-7000-8000-000000000000';

/** Who owns access tokens, with one that the world made. */
export interface Owner {
  readonly id: string;
  readonly token: string;
  readonly tokenId: string;
}

export interface TokenBody {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
  readonly rotated_at: string | null;
  readonly token?: string;
}

type RoleOn = readonly [role: string, entityType: string, on?: string];

/** What the team Organization Admin has, for those who are not in it. */
export const ADMINISTRATOR: readonly RoleOn[] = [
  ['Admin', 'MCP Registries'],
  ['Creator', 'MCP Registries'],
  ['Admin', 'Upstreams'],
  ['Admin', 'Audit Logs'],
  ['Admin', 'Identity'],
];

/** A user with these roles. */
export async function aUserWith(world: World, organization: Organization, ...roles: RoleOn[]): Promise<Owner> {
  return withRoles(world, organization, 'user_id', await world.aUser(organization), roles);
}

/** A system account with these roles. */
export async function anAccountWith(world: World, organization: Organization, ...roles: RoleOn[]): Promise<Owner> {
  return withRoles(world, organization, 'system_account_id', await world.aSystemAccount(organization), roles);
}

/** The owner that a token of the world's belongs to. */
export async function ownerOf(world: World, token: string): Promise<Owner> {
  const [row] = await world.db.query<{ id: string; token_id: string }>(
    `select coalesce(user_id, system_account_id) as id, id as token_id from access_token where public_id = $1`,
    [token.split('_')[2]],
  );
  if (!row) throw new Error('nobody owns this token');
  return { id: row.id, token, tokenId: row.token_id };
}

async function withRoles(
  world: World,
  { id: orgId }: Organization,
  column: 'user_id' | 'system_account_id',
  token: string,
  roles: readonly RoleOn[],
): Promise<Owner> {
  const owner = await ownerOf(world, token);
  for (const [role, type, on = '*'] of roles)
    await world.db.query(
      `insert into role_assignment (org_id, id, ${column}, role_name, entity_type_name, entity_id)
       values ($1, $2, $3, $4, $5, $6)`,
      [orgId, uuidv7(), owner.id, role, type, on],
    );
  return owner;
}

/** Status and error code. */
export function problem(answer: Answer): [number, string] {
  return [answer.status, answer.json<{ type: string }>().type.replace('urn:portolan:error:', '')];
}

export function firstParameter(answer: Answer): unknown {
  return answer.json<{ invalid_parameters?: unknown[] }>().invalid_parameters?.[0];
}

/** A browser session of a user, as the headers of a page of ours. */
export async function aSession(world: World, organization: Organization, userId: string): Promise<Session> {
  const { text, publicId, hash } = mintSecret('ses');
  await world.db.query(
    `insert into user_session (org_id, id, user_id, public_id, hash, method, expires_at)
     values ($1, $2, $3, $4, $5, 'password', now() + interval '12 hours')`,
    [organization.id, uuidv7(), userId, publicId, hash],
  );
  return {
    cookie: `__Host-portolan_session=${text}`,
    'x-csrf-token': createHash('sha256').update(`csrf:${text}`).digest('base64url'),
  };
}

export type Session = Readonly<Record<'cookie' | 'x-csrf-token', string>>;

/** Calls of the tokens of one owner, by an access token, a session or nobody. */
export function tokensOf(
  world: World,
  owners: 'users' | 'system-accounts',
  owner: string,
  credential?: string | Session,
) {
  const base = `/v0/${owners}/${owner}/access-tokens`;
  const send = (method: string, path: string, options: CallOptions = {}) =>
    world.call(method, `${base}${path}`, { ...credentialOf(credential), ...options });
  return {
    list: (query = '') => send('GET', query),
    create: (body: unknown) => send('POST', '', { body }),
    get: (id: string) => send('GET', `/${id}`),
    update: (id: string, body: unknown) => send('PATCH', `/${id}`, { body }),
    revoke: (id: string) => send('PATCH', `/${id}/revoke`),
    rotate: (id: string, body: unknown = {}) => send('POST', `/${id}/rotate`, { body }),
    delete: (id: string) => send('DELETE', `/${id}`),
    /** Creates one through the API. */
    made: async (name: string, settings: Record<string, unknown> = {}): Promise<Required<TokenBody>> => {
      const answer = await send('POST', '', { body: { name, ...settings } });
      if (answer.status !== 201) throw new Error(`expected 201, got ${answer.status}: ${answer.text}`);
      return answer.json<Required<TokenBody>>();
    },
  };
}

function credentialOf(credential: string | Session | undefined): CallOptions {
  if (credential === undefined) return {};
  return typeof credential === 'string' ? { token: credential } : { headers: credential };
}

/** Whether a token is taken. */
export async function signsIn(world: World, token: string): Promise<boolean> {
  return (await world.call('GET', '/v0/organizations/me', { token })).status === 200;
}

/** All audit rows that are not refusals of a credential, oldest first. */
export function auditRows(world: World) {
  return world.db.query<{ action: string; target_id: string; before: unknown; after: unknown }>(
    `select action, target_id, before, after from ${TOLD} where result = 'success' order by id`,
  );
}

/** Foreign, missing and impossible owners are answered alike, to the byte; returns what all are told. */
export async function toldAlike(
  world: World,
  owners: 'users' | 'system-accounts',
  token: string,
  ask: (calls: ReturnType<typeof tokensOf>) => Promise<Answer>,
): Promise<[number, string]> {
  const make = owners === 'users' ? aUserWith : anAccountWith;
  const foreign = await make(world, world.globex);
  const answers: Answer[] = [];
  for (const id of [foreign.id, MISSING, 'no-id']) answers.push(await ask(tokensOf(world, owners, id, token)));
  const [first] = answers;
  if (!first) throw new Error('nothing was asked');
  for (const { masked } of answers) expect(masked).toBe(first.masked);
  return problem(first);
}

/** Foreign, missing, impossible and other owners' tokens are answered alike, to the byte; returns what all are told. */
export async function tokensToldAlike(
  world: World,
  owners: 'users' | 'system-accounts',
  owner: Owner,
  token: string,
  ask: (calls: ReturnType<typeof tokensOf>, tokenId: string) => Promise<Answer>,
): Promise<[number, string]> {
  const make = owners === 'users' ? aUserWith : anAccountWith;
  const foreign = await make(world, world.globex);
  const sibling = await make(world, world.acme);
  const calls = tokensOf(world, owners, owner.id, token);
  const answers: Answer[] = [];
  for (const id of [sibling.tokenId, foreign.tokenId, MISSING, 'no-id']) answers.push(await ask(calls, id));
  const [first] = answers;
  if (!first) throw new Error('nothing was asked');
  for (const { masked } of answers) expect(masked).toBe(first.masked);
  for (const { token: other } of [foreign, sibling]) expect(await signsIn(world, other)).toBe(true);
  return problem(first);
}
