import { constant, sql, type Tx } from '@portolan/db';
import { AppError, isUuid, type ListFields } from '@portolan/kernel';

export interface SystemAccountRow {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly active: boolean;
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
  readonly updated_at: string;
}

export const SYSTEM_ACCOUNT_COLUMNS = constant(
  'id, name, description, active, rfc3339(created_at) as created_at, rfc3339(updated_at) as updated_at',
);

/** What a list of system accounts can be filtered and sorted by. */
export const SYSTEM_ACCOUNT_FIELDS: ListFields = {
  id: { column: 'id', kind: 'uuid', sortable: false },
  name: { column: 'name', kind: 'string', sortable: true },
  description: { column: 'description', kind: 'string', sortable: false },
  active: { column: 'active', kind: 'boolean', sortable: true },
  created_at: { column: 'system_account.created_at', kind: 'date', sortable: true },
  updated_at: { column: 'system_account.updated_at', kind: 'date', sortable: true },
};

const LOCKS = {
  none: constant(''),
  /** Nobody changes the account or gives it anything until the transaction ends. */
  change: constant(' for update'),
} as const;

/** @throws AppError system_account_not_found, alike for a foreign id, a missing one and what is no id */
export async function findSystemAccount(
  tx: Tx,
  id: string,
  lock: keyof typeof LOCKS = 'none',
): Promise<SystemAccountRow> {
  const row = isUuid(id)
    ? await tx.row<SystemAccountRow>(sql`
        select ${SYSTEM_ACCOUNT_COLUMNS} from system_account
        where org_id = ${tx.ctx.orgId} and id = ${id}${LOCKS[lock]}`)
    : undefined;
  if (!row) throw new AppError('system_account_not_found');
  return row;
}

/** The unique key of names. */
export const NAME_KEY = 'system_account_name_key';
