import { constant, sql, type SqlFragment, type Tx } from '@portolan/db';
import { AppError } from '@portolan/kernel';
import type { Access, RoleAssignment } from './access';

/** Who or what a role is assigned to. */
export interface Holder {
  readonly type: 'user' | 'system_account' | 'team' | 'issuer_subject';
  readonly id: string;
}

const COLUMNS = {
  user: constant('user_id'),
  system_account: constant('system_account_id'),
  team: constant('team_id'),
  issuer_subject: constant('issuer_subject_id'),
} as const satisfies Record<Holder['type'], SqlFragment>;

/** The column of role_assignment, team_member or access_token that names such a holder. */
export function holderColumn(type: Holder['type']): SqlFragment {
  return COLUMNS[type];
}

/** Every role that a holder has, of its own and by its teams. */
export function assignmentsOf(tx: Tx, { type, id }: Holder): Promise<RoleAssignment[]> {
  const own = sql`a.${COLUMNS[type]} = ${id}`;
  const byTeam =
    type === 'user' || type === 'system_account'
      ? sql` or a.team_id in (select m.team_id from team_member m
                              where m.org_id = ${tx.ctx.orgId} and m.${COLUMNS[type]} = ${id})`
      : constant('');
  return tx.rows<RoleAssignment>(sql`
    select a.role_name, a.entity_type_name, a.entity_id from role_assignment a
    where a.org_id = ${tx.ctx.orgId} and (${own}${byTeam})`);
}

/**
 * Nobody gives to others, or takes from them, more than he has.
 *
 * @throws AppError privilege_ceiling
 */
export function requireCeiling(access: Access, assignments: readonly RoleAssignment[]): void {
  if (!access.covers(assignments)) throw new AppError('privilege_ceiling');
}
