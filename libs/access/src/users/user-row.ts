import { constant, sql, type Tx } from '@portolan/db';
import { AppError, isUuid, type Ctx, type ListFields } from '@portolan/kernel';

export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly full_name: string;
  /** How the user wants to be called; null: by the full name. */
  readonly preferred_name: string | null;
  readonly active: boolean;
  /** True while the user has not joined yet; then `active` is false. */
  readonly invited: boolean;
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
  readonly updated_at: string;
}

export const USER_COLUMNS = constant(
  'id, email, full_name, preferred_name, active, invited, rfc3339(created_at) as created_at, rfc3339(updated_at) as updated_at',
);

/** What a list of users can be filtered and sorted by. */
export const USER_FIELDS: ListFields = {
  id: { column: 'id', kind: 'uuid', sortable: false },
  email: { column: 'email', kind: 'string', sortable: true },
  full_name: { column: 'full_name', kind: 'string', sortable: true },
  preferred_name: { column: 'preferred_name', kind: 'string', sortable: true },
  active: { column: 'active', kind: 'boolean', sortable: true },
  invited: { column: 'invited', kind: 'boolean', sortable: true },
  created_at: { column: 'user_account.created_at', kind: 'date', sortable: true },
  updated_at: { column: 'user_account.updated_at', kind: 'date', sortable: true },
};

const LOCKS = {
  none: constant(''),
  /** Nobody changes the user, signs it in or gives it anything until the transaction ends. */
  change: constant(' for update'),
} as const;

/** @throws AppError user_not_found, alike for a foreign id, a missing one and what is no id */
export async function findUser(tx: Tx, id: string, lock: keyof typeof LOCKS = 'none'): Promise<UserRow> {
  const row = isUuid(id)
    ? await tx.row<UserRow>(
        sql`select ${USER_COLUMNS} from user_account where org_id = ${tx.ctx.orgId} and id = ${id}${LOCKS[lock]}`,
      )
    : undefined;
  if (!row) throw new AppError('user_not_found');
  return row;
}

/** How the audit trail is told of a user. */
export function personOf({ id, email }: Pick<UserRow, 'id' | 'email'>): { id: string; name: string } {
  return { id, name: email };
}

/**
 * The id of the user who asks.
 *
 * @throws AppError forbidden for a principal that is no user
 */
export function ownUserId({ principal }: Ctx): string {
  if (principal.type === 'user' && principal.id !== null) return principal.id;
  throw new AppError('forbidden', { detail: 'This credential does not belong to a user' });
}
