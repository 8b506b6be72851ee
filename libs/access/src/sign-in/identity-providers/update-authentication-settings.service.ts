import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, invalidParameter, type Ctx } from '@portolan/kernel';
import type { Access } from '../../rbac/access';
import { requireAdministrator } from '../../rbac/require-administrator';
import { endSessionsOfMethod } from '../sessions/end-sessions-of-method';
import { authenticationSettings, type AuthenticationSettings } from './authentication-settings';

/** Changes how users sign in; the sessions that came by a way which is closed now end. */
@Injectable()
export class UpdateAuthenticationSettings {
  constructor(private readonly db: OrgDb) {}

  /**
   * @param force also when the caller's own way to sign in is turned off
   * @throws AppError invalid_parameters when nobody could sign in, privilege_ceiling, would_lock_out
   */
  execute(
    ctx: Ctx,
    access: Access,
    change: Partial<AuthenticationSettings>,
    force: boolean,
  ): Promise<AuthenticationSettings> {
    requireAdministrator(access);
    return this.db.write(ctx, async (tx) => {
      const before = await authenticationSettings(tx, 'for no key update');
      const after = { ...before, ...change };
      if (!after.basic_auth_enabled && !after.oidc_auth_enabled) throw noWayIn();
      const provider = await tx.row<{ id: string }>(
        sql`select id from identity_provider where org_id = ${ctx.orgId} and enabled`,
      );
      if (after.oidc_auth_enabled && !provider) throw noProvider();
      if (!force && (await locksOut(tx, after))) throw new AppError('would_lock_out');
      await tx.run(sql`
        update organization
        set basic_auth_enabled = ${after.basic_auth_enabled}, oidc_auth_enabled = ${after.oidc_auth_enabled},
            idp_mapping_enabled = ${after.idp_mapping_enabled}, updated_at = clock_timestamp()
        where id = ${ctx.orgId}`);
      let ended = 0;
      if (!after.basic_auth_enabled) ended += await endSessionsOfMethod(tx, 'password');
      if (!after.oidc_auth_enabled) ended += await endSessionsOfMethod(tx, 'oidc');
      await recordAudit(tx, {
        action: 'authentication_settings.update',
        targetId: ctx.orgId,
        before,
        after: ended === 0 ? after : { ...after, ended },
      });
      return after;
    });
  }
}

async function locksOut(tx: Tx, after: AuthenticationSettings): Promise<boolean> {
  const { orgId, principal } = tx.ctx;
  const session = await tx.row<{ method: 'password' | 'oidc' }>(
    sql`select method from user_session where org_id = ${orgId} and id = ${principal.tokenId}::uuid`,
  );
  if (!session) return false;
  return session.method === 'password' ? !after.basic_auth_enabled : !after.oidc_auth_enabled;
}

function noWayIn(): AppError {
  return invalidParameter({
    field: 'basic_auth_enabled',
    rule: 'invalid',
    reason: 'basic_auth_enabled or oidc_auth_enabled must be true',
    source: 'body',
  });
}

function noProvider(): AppError {
  return invalidParameter({
    field: 'oidc_auth_enabled',
    rule: 'missing_reference',
    reason: 'oidc_auth_enabled needs an enabled identity provider',
    source: 'body',
  });
}
