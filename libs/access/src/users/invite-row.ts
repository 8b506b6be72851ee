import { constant } from '@portolan/db';
import type { ListFields } from '@portolan/kernel';

export const INVITE_STATES = ['pending', 'accepted', 'revoked', 'expired'] as const;

export interface InviteRow {
  readonly id: string;
  readonly user_id: string;
  readonly email: string;
  readonly state: (typeof INVITE_STATES)[number];
  /** RFC 3339, UTC, microseconds. */
  readonly expires_at: string;
  readonly accepted_at: string | null;
  readonly revoked_at: string | null;
  readonly created_at: string;
}

const STATE = `
  case when i.accepted_at is not null then 'accepted' when i.revoked_at is not null then 'revoked'
       when i.expires_at <= now() then 'expired' else 'pending' end`;

/** Of an invite under the name `i` and its user under the name `u`. */
export const INVITE_COLUMNS = constant(`
  i.id, i.user_id, u.email, ${STATE} as state, rfc3339(i.expires_at) as expires_at,
  rfc3339(i.accepted_at) as accepted_at, rfc3339(i.revoked_at) as revoked_at, rfc3339(i.created_at) as created_at`);

/** What a list of invites can be filtered and sorted by. */
export const INVITE_FIELDS: ListFields = {
  id: { column: 'i.id', kind: 'uuid', sortable: false },
  user_id: { column: 'i.user_id', kind: 'uuid', sortable: false },
  email: { column: 'u.email', kind: 'string', sortable: true },
  state: { column: `(${STATE})`, kind: 'string', sortable: true },
  expires_at: { column: 'i.expires_at', kind: 'date', sortable: true },
  created_at: { column: 'i.created_at', kind: 'date', sortable: true },
};
