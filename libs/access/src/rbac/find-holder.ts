import { constant, sql, type SqlFragment, type Tx } from '@portolan/db';
import { AppError, isUuid, type ErrorCodeName } from '@portolan/kernel';
import type { Holder } from './holder';

/** A holder whose roles are given and taken by name; a JWT subject's are not. */
export type NamedHolder = Holder & { readonly type: 'user' | 'system_account' | 'team' };

export interface FoundHolder {
  readonly id: string;
  readonly name: string;
  /** True for the predefined teams. */
  readonly predefined: boolean;
}

const KINDS = {
  user: { select: constant('id, email as name, false as predefined from user_account'), missing: 'user_not_found' },
  system_account: {
    select: constant('id, name, false as predefined from system_account'),
    missing: 'system_account_not_found',
  },
  team: { select: constant('id, name, system_team as predefined from team'), missing: 'team_not_found' },
} as const satisfies Record<NamedHolder['type'], { select: SqlFragment; missing: ErrorCodeName }>;

const LOCKS = {
  none: constant(''),
  /** The holder stays until the transaction ends. */
  keep: constant(' for key share'),
  /** The same; and whoever becomes a member of the team meanwhile waits, so that a change sees all who share in it. */
  receive: constant(' for update'),
} as const;

/**
 * @throws AppError user_not_found, system_account_not_found or team_not_found, alike for a foreign id, a missing one
 * and what is no id
 */
export async function findHolder(
  tx: Tx,
  { type, id }: NamedHolder,
  lock: keyof typeof LOCKS = 'none',
): Promise<FoundHolder> {
  const { select, missing } = KINDS[type];
  const row = isUuid(id)
    ? await tx.row<FoundHolder>(sql`select ${select} where org_id = ${tx.ctx.orgId} and id = ${id}${LOCKS[lock]}`)
    : undefined;
  if (!row) throw new AppError(missing);
  return row;
}
