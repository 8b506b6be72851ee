import { sql, type Tx } from '@portolan/db';
import { AppError } from '@portolan/kernel';
import { ORGANIZATION_ADMIN } from './predefined-teams';

/**
 * Call after a change that may take the last administrator away, in the change's transaction. Changes that run at the
 * same time wait for each other here, so that two cannot each count on the other's administrator.
 *
 * @throws AppError last_organization_admin
 */
export async function keepAdministrator(tx: Tx): Promise<void> {
  if (!(await hasAdministrator(tx))) throw new AppError('last_organization_admin');
}

/** An administrator is an active user, or an active system account with a live token: without one it can do nothing. */
export async function hasAdministrator(tx: Tx): Promise<boolean> {
  const { orgId } = tx.ctx;
  const team = await tx.row<{ id: string }>(sql`
    select id from team where org_id = ${orgId} and system_team and name = ${ORGANIZATION_ADMIN} for update`);
  if (!team) throw new Error('the organization has no team of administrators');
  const active = await tx.row(sql`
    select 1 from team_member m
    left join user_account u on u.org_id = m.org_id and u.id = m.user_id
    left join system_account s on s.org_id = m.org_id and s.id = m.system_account_id
    where m.org_id = ${orgId} and m.team_id = ${team.id}
      and (u.active
           or s.active and exists (select 1 from access_token t
                                   where t.org_id = s.org_id and t.system_account_id = s.id and t.revoked_at is null
                                     and t.expires_at > now()))
    limit 1`);
  return active !== undefined;
}
