import { constant, sql, type Tx } from '@portolan/db';

/** How the users of an organization may sign in. */
export interface AuthenticationSettings {
  /** By password. */
  readonly basic_auth_enabled: boolean;
  /** By the enabled identity provider. */
  readonly oidc_auth_enabled: boolean;
  /** Groups of the identity provider decide about teams at each login. */
  readonly idp_mapping_enabled: boolean;
}

export async function authenticationSettings(
  tx: Tx,
  lock: '' | 'for no key update' = '',
): Promise<AuthenticationSettings> {
  const row = await tx.row<AuthenticationSettings>(sql`
    select basic_auth_enabled, oidc_auth_enabled, idp_mapping_enabled from organization
    where id = ${tx.ctx.orgId} ${constant(lock)}`);
  if (!row) throw new Error('the organization is gone');
  return row;
}
