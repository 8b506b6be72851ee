import { constant, sql, type Tx } from '@portolan/db';
import { AppError, isUuid, type ListFields } from '@portolan/kernel';

export interface UpstreamRow {
  readonly id: string;
  readonly name: string;
  readonly display_name: string;
  /** As UpstreamTarget has it. */
  readonly url: string;
  /** Lowercase, sorted. Their values never come back. */
  readonly header_names: readonly string[];
  readonly verify_tls: boolean;
  readonly enabled: boolean;
  /** True for one that every organization has from its beginning. */
  readonly built_in: boolean;
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
  readonly updated_at: string;
}

export const UPSTREAM_COLUMNS = constant(
  'id, name, display_name, url, header_names, verify_tls, enabled, built_in, ' +
    'rfc3339(created_at) as created_at, rfc3339(updated_at) as updated_at',
);

/** What a list of upstreams can be filtered and sorted by. */
export const UPSTREAM_FIELDS: ListFields = {
  id: { column: 'id', kind: 'uuid', sortable: false },
  name: { column: 'name', kind: 'string', sortable: true },
  display_name: { column: 'display_name', kind: 'string', sortable: true },
  url: { column: 'url', kind: 'string', sortable: true },
  enabled: { column: 'enabled', kind: 'boolean', sortable: true },
  built_in: { column: 'built_in', kind: 'boolean', sortable: true },
  created_at: { column: 'upstream.created_at', kind: 'date', sortable: true },
  updated_at: { column: 'upstream.updated_at', kind: 'date', sortable: true },
};

/** A change lets others mirror the upstream meanwhile; a deletion does not. */
const LOCKS = {
  none: constant(''),
  change: constant(' for no key update'),
  delete: constant(' for update'),
} as const;

/** @throws AppError upstream_not_found, alike for a foreign id, a missing one and what is no id */
export async function findUpstream(tx: Tx, id: string, lock: keyof typeof LOCKS = 'none'): Promise<UpstreamRow> {
  const row = isUuid(id)
    ? await tx.row<UpstreamRow>(sql`
        select ${UPSTREAM_COLUMNS} from upstream
        where org_id = ${tx.ctx.orgId} and id = ${id}${LOCKS[lock]}`)
    : undefined;
  if (!row) throw new AppError('upstream_not_found');
  return row;
}
