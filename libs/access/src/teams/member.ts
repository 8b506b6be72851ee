import type { AuditEvent } from '@portolan/audit';
import { sql, type Tx } from '@portolan/db';
import { isUuid } from '@portolan/kernel';
import { SYSTEM_ACCOUNT_COLUMNS, type SystemAccountRow } from '../system-accounts/system-account-row';
import { personOf, USER_COLUMNS, type UserRow } from '../users/user-row';

/** Who may be in a team. */
export interface Member {
  readonly type: 'user' | 'system_account';
  readonly id: string;
}

export type MemberRow = UserRow | SystemAccountRow;

/** A user or a system account that stays until the transaction ends; undefined when it is not there. */
export function findMember(tx: Tx, { type, id }: Member): Promise<MemberRow | undefined> {
  if (!isUuid(id)) return Promise.resolve(undefined);
  const { orgId } = tx.ctx;
  return type === 'user'
    ? tx.row<UserRow>(
        sql`select ${USER_COLUMNS} from user_account where org_id = ${orgId} and id = ${id} for key share`,
      )
    : tx.row<SystemAccountRow>(
        sql`select ${SYSTEM_ACCOUNT_COLUMNS} from system_account where org_id = ${orgId} and id = ${id} for key share`,
      );
}

/** The user whom the audit trail may have to forget. */
export function memberPerson(row: MemberRow): Pick<AuditEvent, 'person'> {
  return 'email' in row ? { person: personOf(row) } : {};
}

/** How the audit trail names a member. */
export function memberName(row: MemberRow): string {
  return 'email' in row ? row.email : row.name;
}
