import { constant, sql, type Tx } from '@portolan/db';
import type { Access, RoleAssignment } from '../../rbac/access';
import { requireCeiling } from '../../rbac/holder';

/**
 * Whoever decides how a provider is asked, decides as whom its people sign in: as the users that it has vouched for, as
 * any invited user who is going to join by it, and as members of the teams that its groups are mapped to.
 *
 * @throws AppError privilege_ceiling
 */
export async function requireProviderCeiling(tx: Tx, access: Access, providerId: string): Promise<void> {
  const { orgId } = tx.ctx;
  const assignments = await tx.rows<RoleAssignment>(sql`
    with reached as (
      select user_id from user_identity where org_id = ${orgId} and identity_provider_id = ${providerId}
      union select id from user_account where org_id = ${orgId} and invited and not active
    )
    select distinct a.role_name, a.entity_type_name, a.entity_id
    from role_assignment a
    where a.org_id = ${orgId}
      and (a.user_id in (select user_id from reached)
           or a.team_id in (select m.team_id from team_member m
                            where m.org_id = ${orgId} and m.user_id in (select user_id from reached))
           or a.team_id in (select g.team_id from team_group_mapping g
                            where g.org_id = ${orgId} and g.identity_provider_id = ${providerId}))`);
  requireCeiling(access, assignments);
}

/**
 * Settings of the organization's sign-in and its providers change one after another: each must fit the other.
 *
 * @returns whether the organization signs in by OIDC
 */
export async function lockSignIn(tx: Tx): Promise<{ oidc_auth_enabled: boolean }> {
  const row = await tx.row<{ oidc_auth_enabled: boolean }>(sql`
    select oidc_auth_enabled from organization where id = ${tx.ctx.orgId} ${constant('for no key update')}`);
  if (!row) throw new Error('the organization is gone');
  return row;
}
