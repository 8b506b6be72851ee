import { createHash } from 'node:crypto';
import { mintSecret } from '@portolan/access';
import { v7 as uuidv7 } from 'uuid';
import type { Answer } from '../../../support/http';
import type { Organization, World } from '../../../support/world';

export const PASSWORD = 'a pass phrase of some length';
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** For comparisons with what is there as an RFC 3339 time in microseconds. */
export const anInstant = () => expect.stringMatching(INSTANT) as string;

export interface User {
  readonly id: string;
  readonly email: string;
  readonly full_name: string;
  readonly preferred_name: string | null;
  readonly active: boolean;
  readonly invited: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface SystemAccount {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly active: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Invite {
  readonly id: string;
  readonly user_id: string;
  readonly email: string;
  readonly state: string;
  readonly expires_at: string;
  readonly accepted_at: string | null;
  readonly revoked_at: string | null;
  readonly created_at: string;
  readonly invite_url: string;
}

/** Invites through the API, as the organization's admin. */
export async function invite(
  world: World,
  organization: Organization,
  email: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Invite> {
  const body = { email, ...settings };
  const answer = await world.call('POST', '/v0/invites', { token: organization.admin, body });
  if (answer.status !== 201) throw new Error(`${answer.status}: ${answer.text}`);
  return answer.json<Invite>();
}

/** Lets everybody who has been invited be invited again. */
export async function aMinuteLater(world: World): Promise<void> {
  await world.db.query(`update invite set created_at = created_at - interval '1 minute'`);
}

/** The token in the link of an invite. */
export function tokenIn({ invite_url: url }: Pick<Invite, 'invite_url'>): string {
  return new URL(url).hash.slice('#token='.length);
}

export function accept(world: World, token: string, body: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
  return world.call('POST', '/v0/invites/accept', { body: { token, password: PASSWORD, ...body } });
}

/** Somebody who has accepted his invite. */
export async function aMember(world: World, organization: Organization, email: string): Promise<User> {
  const answer = await accept(world, tokenIn(await invite(world, organization, email)));
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
  return answer.json<User>();
}

/** A personal access token of a user, past the API. */
export async function aTokenOf(world: World, organization: Organization, userId: string): Promise<string> {
  const token = mintSecret('pat');
  await world.db.query(
    `insert into access_token (org_id, id, public_id, user_id, name, hash, expires_at)
     values ($1, $2, $3, $4, $5, $6, now() + interval '1 day')`,
    [organization.id, uuidv7(), token.publicId, userId, `token ${token.publicId}`, token.hash],
  );
  return token.text;
}

export interface Session {
  readonly id: string;
  /** The header that a browser sends. */
  readonly cookie: string;
  /** What a change needs beside it. */
  readonly csrfToken: string;
}

/** A session of a user, past the API. */
export async function aSessionOf(world: World, organization: Organization, userId: string): Promise<Session> {
  const secret = mintSecret('ses');
  const id = uuidv7();
  await world.db.query(
    `insert into user_session (org_id, id, user_id, public_id, hash, method, expires_at)
     values ($1, $2, $3, $4, $5, 'password', now() + interval '1 hour')`,
    [organization.id, id, userId, secret.publicId, secret.hash],
  );
  const csrfToken = createHash('sha256').update(`csrf:${secret.text}`).digest('base64url');
  return { id, cookie: `__Host-portolan_session=${secret.text}`, csrfToken };
}

/** What a user or a session gets of its own account. */
export async function statusOfMe(world: World, credential: { token: string } | Session): Promise<number> {
  const options = 'token' in credential ? credential : { headers: { cookie: credential.cookie } };
  return (await world.call('GET', '/v0/users/me', options)).status;
}

/** A system account made through the API by the organization's admin. */
export async function aSystemAccount(
  world: World,
  organization: Organization,
  body: Readonly<Record<string, unknown>>,
): Promise<SystemAccount> {
  const answer = await world.call('POST', '/v0/system-accounts', { token: organization.admin, body });
  if (answer.status !== 201) throw new Error(`${answer.status}: ${answer.text}`);
  return answer.json<SystemAccount>();
}
