import { recordAudit } from '@portolan/audit';
import { constant, sql, type Tx } from '@portolan/db';
import { AppError, type Principal } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import { csrfTokenOf } from '../../authentication/authenticate-session.query';
import { mintSecret } from '../../tokens/secret';
import { SESSION_LIFETIME_SECONDS, type SessionRow } from './session-row';

export interface OpenedSession {
  readonly id: string;
  /** The cookie's value; shown once, never stored. */
  readonly text: string;
  readonly csrfToken: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

/** A user with the id of the session that he is about to get: whoever signs in acts as himself already. */
export function signingIn(user: { readonly id: string; readonly email: string }): Principal {
  return { type: 'user', id: user.id, name: user.email, tokenId: uuidv7() };
}

const SETTINGS = {
  password: constant('basic_auth_enabled'),
  oidc: constant('oidc_auth_enabled'),
} as const satisfies Record<SessionRow['method'], unknown>;

/**
 * Opens a session of the principal of the transaction, which `signingIn` made.
 *
 * @throws AppError login_disabled
 */
export async function openSession(tx: Tx, method: SessionRow['method']): Promise<OpenedSession> {
  const { orgId, principal, address, userAgent } = tx.ctx;
  if (principal.tokenId === null) throw new Error('whoever signs in needs the id of his session');
  // Closing a way ends the sessions that came by it: none may open behind its back.
  const open = await tx.row(sql`select 1 from organization where id = ${orgId} and ${SETTINGS[method]} for share`);
  if (!open) throw new AppError('login_disabled');
  // Nobody else sweeps what has long ended.
  await tx.run(sql`
    delete from user_session
    where org_id = ${orgId} and user_id = ${principal.id} and expires_at < now() - interval '30 days'`);
  const { text, publicId, hash } = mintSecret('ses');
  const row = await tx.row<{ expires_at: string }>(sql`
    insert into user_session (org_id, id, user_id, public_id, hash, method, address, user_agent, expires_at)
    values (${orgId}, ${principal.tokenId}, ${principal.id}, ${publicId}, ${hash}, ${method}, ${address}::inet,
            ${userAgent?.slice(0, 512) ?? null}, now() + make_interval(secs => ${SESSION_LIFETIME_SECONDS}))
    returning rfc3339(expires_at) as expires_at`);
  if (!row) throw new Error('the new session was not returned');
  await recordAudit(tx, {
    action: 'session.create',
    targetId: principal.tokenId,
    ...(principal.id === null
      ? {}
      : { person: { id: principal.id, name: principal.name }, parent: { type: 'user', id: principal.id } }),
    after: { method, user_id: principal.id, expires_at: row.expires_at },
  });
  return { id: principal.tokenId, text, csrfToken: csrfTokenOf(text), expiresAt: row.expires_at };
}
