import { constant, sql, type SqlFragment, type Tx } from '@portolan/db';
import { AppError } from '@portolan/kernel';

/** What an organization says of those who sign in to it. */
export interface SignInPolicy {
  readonly id: string;
  readonly name: string;
  readonly login_path: string;
  readonly state: 'active' | 'suspended';
  readonly suspended_reason: string | null;
  readonly basic_auth_enabled: boolean;
  readonly oidc_auth_enabled: boolean;
  readonly idp_mapping_enabled: boolean;
  readonly address_allowed: boolean;
}

/** Columns of a SignInPolicy, from organization as `o`. */
export function policyColumns(address: string | null): SqlFragment {
  return sql`${constant(`
    o.id, o.name, o.login_path, o.state, o.suspended_reason, o.basic_auth_enabled, o.oidc_auth_enabled,
    o.idp_mapping_enabled,
    not o.ip_allow_list_enabled or coalesce(`)}${address}::inet <<= any (o.allowed_ips), false) as address_allowed`;
}

export function findPolicy(tx: Tx): Promise<SignInPolicy | undefined> {
  return tx.row<SignInPolicy>(
    sql`select ${policyColumns(tx.ctx.address)} from organization o where o.id = ${tx.ctx.orgId}`,
  );
}

/** Why somebody who has proven who he is may not come in all the same, or null. */
export function policyRefusal(policy: SignInPolicy): AppError | null {
  if (policy.state === 'suspended')
    return policy.suspended_reason === null
      ? new AppError('organization_suspended')
      : new AppError('organization_suspended', {
          detail: `The organization is suspended: ${policy.suspended_reason}`,
        });
  return policy.address_allowed ? null : new AppError('address_not_allowed');
}
