import { constant, sql, type Tx } from '@portolan/db';
import { AppError, isUuid, type ListFields } from '@portolan/kernel';

export const DESTINATION_FORMATS = ['json', 'cef', 'ocsf'] as const;

export type DestinationFormat = (typeof DESTINATION_FORMATS)[number];

export interface DestinationRow {
  readonly id: string;
  readonly name: string;
  readonly endpoint: string;
  /** True when there is a text that is sent as the Authorization header; it never comes back. */
  readonly authorization_set: boolean;
  readonly format: DestinationFormat;
  /** False while it is paused. */
  readonly enabled: boolean;
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
  readonly updated_at: string;
}

export const DESTINATION_COLUMNS = constant(
  'id, name, endpoint, authorization_sealed is not null as authorization_set, format, enabled, ' +
    'rfc3339(created_at) as created_at, rfc3339(updated_at) as updated_at',
);

/** What a list of destinations can be filtered and sorted by. */
export const DESTINATION_FIELDS: ListFields = {
  id: { column: 'id', kind: 'uuid', sortable: false },
  name: { column: 'name', kind: 'string', sortable: true },
  format: { column: 'format', kind: 'string', sortable: true },
  enabled: { column: 'enabled', kind: 'boolean', sortable: true },
  created_at: { column: 'audit_destination.created_at', kind: 'date', sortable: true },
  updated_at: { column: 'audit_destination.updated_at', kind: 'date', sortable: true },
};

const LOCKS = { none: constant(''), use: constant(' for key share'), change: constant(' for update') } as const;

/** @throws AppError audit_destination_not_found, alike for a foreign id, a missing one and what is no id */
export async function findDestination(tx: Tx, id: string, lock: keyof typeof LOCKS = 'none'): Promise<DestinationRow> {
  const row = isUuid(id)
    ? await tx.row<DestinationRow>(sql`
        select ${DESTINATION_COLUMNS} from audit_destination
        where org_id = ${tx.ctx.orgId} and id = ${id}${LOCKS[lock]}`)
    : undefined;
  if (!row) throw new AppError('audit_destination_not_found');
  return row;
}

/** What a sealed authorization belongs to. */
export function authorizationContext(destinationId: string): string {
  return `audit_destination.authorization:${destinationId}`;
}
