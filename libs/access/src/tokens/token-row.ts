import { constant } from '@portolan/db';
import type { ListFields } from '@portolan/kernel';

export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly state: 'ACTIVE' | 'REVOKED' | 'EXPIRED';
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
  readonly expires_at: string;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
  readonly rotated_at: string | null;
}

/** A token on the one occasion on which its secret is shown. */
export interface NewTokenRow extends TokenRow {
  readonly token: string;
}

export const TOKEN_STATES = ['ACTIVE', 'REVOKED', 'EXPIRED'] as const;

const STATE = `(case when t.revoked_at is not null then 'REVOKED' when t.expires_at <= now() then 'EXPIRED' else 'ACTIVE' end)`;

/** Columns of access_token as `t` in the shape of TokenRow. */
export const TOKEN_COLUMNS = constant(
  `t.id, t.name, ${STATE} as state, rfc3339(t.created_at) as created_at, rfc3339(t.expires_at) as expires_at,
   rfc3339(t.last_used_at) as last_used_at, rfc3339(t.revoked_at) as revoked_at, rfc3339(t.rotated_at) as rotated_at`,
);

/** What a list of tokens can be filtered and sorted by. */
export const TOKEN_FIELDS: ListFields = {
  id: { column: 't.id', kind: 'uuid', sortable: false },
  name: { column: 't.name', kind: 'string', sortable: true },
  state: { column: STATE, kind: 'string', sortable: true },
  created_at: { column: 't.created_at', kind: 'date', sortable: true },
  expires_at: { column: 't.expires_at', kind: 'date', sortable: true },
  last_used_at: { column: 't.last_used_at', kind: 'date', sortable: true },
};

export const PERSONAL_TOKEN_FIELDS: ListFields = {
  ...TOKEN_FIELDS,
  user_id: { column: 't.user_id', kind: 'uuid', sortable: true },
};
