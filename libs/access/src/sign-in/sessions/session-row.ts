import { constant } from '@portolan/db';
import type { ListFields } from '@portolan/kernel';

/** However busy a session is, it ends after this. */
export const SESSION_LIFETIME_SECONDS = 12 * 60 * 60;

export interface SessionRow {
  readonly id: string;
  readonly method: 'password' | 'oidc';
  readonly address: string | null;
  readonly user_agent: string | null;
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
  readonly last_seen_at: string;
  /** At the latest; an hour without a request ends a session, too. */
  readonly expires_at: string;
}

export const SESSION_COLUMNS = constant(
  'id, method, host(address) as address, user_agent, rfc3339(created_at) as created_at, ' +
    'rfc3339(last_seen_at) as last_seen_at, rfc3339(expires_at) as expires_at',
);

/** Still good to sign in with, as find_user_session sees it. */
export const LIVE_SESSION = constant(
  "ended_at is null and expires_at > now() and last_seen_at > now() - interval '60 minutes'",
);

/** What a list of sessions can be filtered and sorted by. */
export const SESSION_FIELDS: ListFields = {
  id: { column: 'id', kind: 'uuid', sortable: false },
  method: { column: 'method', kind: 'string', sortable: true },
  created_at: { column: 'user_session.created_at', kind: 'date', sortable: true },
  last_seen_at: { column: 'user_session.last_seen_at', kind: 'date', sortable: true },
};
