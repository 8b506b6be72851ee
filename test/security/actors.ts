import { randomBytes } from 'node:crypto';
import { csrfTokenOf, mintSecret } from '@portolan/access';
import { v7 as uuidv7 } from 'uuid';
import { startOidcProvider, type OidcProvider } from '../support/oidc';
import { TEST_ENVIRONMENT, type Organization, type Role, type World } from '../support/world';

/** Headers of a request. */
export type Headers = Readonly<Record<string, string>>;

/** Callers whose credential is none, or no good. */
export const NOBODY = [
  'anonymous',
  'garbage token',
  'unknown token',
  'wrong secret',
  'expired token',
  'revoked token',
  'disabled user',
  'ended session',
  'idle session',
  'JWT of another audience',
  'JWT of an unknown issuer',
  'operator',
] as const;

/** Administrators of acme, by every kind of credential. */
export const ADMINISTRATORS = [
  'organization admin',
  'organization admin by X-API-Key',
  'organization admin by session',
] as const;

export const ACTORS = [
  ...NOBODY,
  'admin of globex',
  'admin of a suspended organization',
  'no role',
  'viewer',
  'publisher',
  'creator',
  'admin of another registry',
  'admin',
  'auditor',
  'identity viewer',
  'identity admin',
  'read-only admin',
  ...ADMINISTRATORS,
  'JWT of an admin',
  'JWT of an admin, read scope',
  'JWT of an admin, another scope',
] as const;

export type Actor = (typeof ACTORS)[number];

export interface Actors {
  readonly headers: Readonly<Record<Actor, Headers>>;
  close(): Promise<void>;
}

/** Every kind of caller; roles are on the registry `own` of acme unless they say otherwise. */
export async function everyActor(world: World, own: string, other: string): Promise<Actors> {
  const { acme } = world;
  const provider = await startOidcProvider();
  const audience = `${world.url}/o/${acme.name}`;
  await trust(world, provider, audience);
  const token = (text: string): Headers => ({ authorization: `Bearer ${text}` });
  const holder = async (role: Role, on: string) => token(await world.aSystemAccount(acme, [{ role, on }]));
  const jwt = async (request: { aud?: string; scope?: string }) =>
    token(await provider.token({ sub: 'anna', aud: audience, groups: ['admins'], ...request }));
  const suspended = await world.anOrganization('initech');
  await world.db.query(`update organization set state = 'suspended' where id = $1`, [suspended.id]);
  const headers: Record<Actor, Headers> = {
    anonymous: {},
    'garbage token': token('ptl_pat_garbage'),
    'unknown token': token(mintSecret('pat').text),
    'wrong secret': token(await withWrongSecret(world)),
    'expired token': token(await world.aUser(acme, { expired: true })),
    'revoked token': token(await world.aUser(acme, { revoked: true })),
    'disabled user': token(await world.aUser(acme, { active: false })),
    'ended session': await aSession(world, acme, { ended: true }),
    'idle session': await aSession(world, acme, { idleMinutes: 61 }),
    'JWT of another audience': await jwt({ aud: 'https://other.example.com' }),
    'JWT of an unknown issuer': token(unknownJwt(audience)),
    operator: token(TEST_ENVIRONMENT.OPERATOR_TOKEN ?? ''),
    'admin of globex': token(world.globex.admin),
    'admin of a suspended organization': token(suspended.admin),
    'no role': token(await world.aUser(acme)),
    viewer: await holder('Viewer', own),
    publisher: await holder('Publisher', own),
    creator: await holder('Creator', '*'),
    'admin of another registry': await holder('Admin', other),
    admin: await holder('Admin', own),
    auditor: token(await inTeam(world, acme, 'Auditor')),
    'identity viewer': token(await withRole(world, acme, 'Viewer', 'Identity')),
    'identity admin': token(await withRole(world, acme, 'Admin', 'Identity')),
    'read-only admin': token(await inTeam(world, acme, 'Organization Admin (Read Only)')),
    'organization admin': token(acme.admin),
    'organization admin by X-API-Key': { 'x-api-key': acme.admin },
    'organization admin by session': await aSession(world, acme, {}),
    'JWT of an admin': await jwt({}),
    'JWT of an admin, read scope': await jwt({ scope: 'openid mcp-registry:read' }),
    'JWT of an admin, another scope': await jwt({ scope: 'openid profile' }),
  };
  return { headers, close: () => provider.close() };
}

/** The actors that a line of a table is about: names and groups of names, between semicolons. */
export function actorsOf(names: string): readonly Actor[] {
  const groups: Readonly<Record<string, readonly Actor[]>> = { nobody: NOBODY, administrators: ADMINISTRATORS };
  return names.split(';').flatMap((name) => groups[name] ?? [name as Actor]);
}

async function trust(world: World, provider: OidcProvider, audience: string): Promise<void> {
  const [team] = await world.db.query<{ id: string }>(
    `select id from team where org_id = $1 and system_team and name = 'Organization Admin'`,
    [world.acme.id],
  );
  await world.db.query(
    `insert into trusted_issuer (org_id, id, name, issuer_url, audiences, claim_rules)
     values ($1, $2, 'matrix', $3, array[$4], $5)`,
    [
      world.acme.id,
      uuidv7(),
      provider.issuer,
      audience,
      JSON.stringify([{ claim: 'groups', value: 'admins', team_id: team?.id }]),
    ],
  );
}

function unknownJwt(aud: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1_000);
  const claims = { iss: 'https://unknown.example.com', sub: 'anna', aud, iat: now, exp: now + 600 };
  return `${part({ alg: 'RS256', kid: 'x', typ: 'at+jwt' })}.${part(claims)}.${randomBytes(256).toString('base64url')}`;
}

/** A well-formed token that carries the public id of another one. */
async function withWrongSecret(world: World): Promise<string> {
  const [real, other] = [await world.aUser(world.acme), mintSecret('pat')];
  await world.db.query(`update access_token set public_id = $1 where public_id = $2`, [
    other.publicId,
    real.slice(8, 20),
  ]);
  return other.text;
}

async function inTeam(world: World, organization: Organization, team: string): Promise<string> {
  const token = await world.aUser(organization);
  await world.db.query(
    `insert into team_member (org_id, id, team_id, user_id)
     select a.org_id, $1, t.id, a.user_id from access_token a join team t on t.org_id = a.org_id and t.name = $2
     where a.public_id = $3`,
    [uuidv7(), team, token.slice(8, 20)],
  );
  return token;
}

async function withRole(world: World, organization: Organization, role: string, type: string): Promise<string> {
  const token = await world.aUser(organization);
  await world.db.query(
    `insert into role_assignment (org_id, id, user_id, role_name, entity_type_name, entity_id)
     select org_id, $1, user_id, $2, $3, '*' from access_token where public_id = $4`,
    [uuidv7(), role, type, token.slice(8, 20)],
  );
  return token;
}

/** Cookie and CSRF token of a session of the organization's administrator. */
async function aSession(
  world: World,
  organization: Organization,
  { ended = false, idleMinutes = 0 }: { ended?: boolean; idleMinutes?: number },
): Promise<Headers> {
  const session = mintSecret('ses');
  await world.db.query(
    `insert into user_session (org_id, id, user_id, public_id, hash, method, user_agent, expires_at, ended_at, last_seen_at)
     select org_id, $1, user_id, $2, $3, 'password', case when $4 then 'ended' else 'live' end, now() + interval '12 hours', case when $4 then now() end,
            now() - make_interval(mins => $5)
     from access_token where public_id = $6`,
    [uuidv7(), session.publicId, session.hash, ended, idleMinutes, organization.admin.slice(8, 20)],
  );
  return { cookie: `__Host-portolan_session=${session.text}`, 'x-csrf-token': csrfTokenOf(session.text) };
}
