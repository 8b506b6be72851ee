import { constant } from '@portolan/db';
import type { ListFields } from '@portolan/kernel';

/** A capability URL without its secret, of which only a hash is kept. */
export interface CapabilityUrlRow {
  readonly id: string;
  readonly name: string;
  /** CIDR ranges in PostgreSQL's canonical text; empty: it may be used from everywhere. */
  readonly allowed_ips: readonly string[];
  /** RFC 3339, UTC, microseconds; null: never. */
  readonly expires_at: string | null;
  readonly created_at: string;
  /** At most a minute older than the truth. */
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
}

export const CAPABILITY_URL_COLUMNS = constant(
  'id, name, allowed_ips, rfc3339(expires_at) as expires_at, rfc3339(created_at) as created_at, ' +
    'rfc3339(last_used_at) as last_used_at, rfc3339(revoked_at) as revoked_at',
);

/** What a list of capability URLs can be filtered and sorted by. */
export const CAPABILITY_URL_FIELDS: ListFields = {
  id: { column: 'id', kind: 'uuid', sortable: false },
  name: { column: 'name', kind: 'string', sortable: true },
  expires_at: { column: 'capability_url.expires_at', kind: 'date', sortable: true },
  created_at: { column: 'capability_url.created_at', kind: 'date', sortable: true },
  last_used_at: { column: 'capability_url.last_used_at', kind: 'date', sortable: true },
  revoked_at: { column: 'capability_url.revoked_at', kind: 'date', sortable: true },
};
