import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { constant, OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { requireAdministrator } from '../rbac/require-administrator';
import { requireOwnOrganization } from './own-organization';
import { tokenSettingsOf, type TokenSettings } from './token-settings';

/** Turns personal access tokens on or off, and says how long new tokens may live. */
@Injectable()
export class UpdateTokenSettings {
  constructor(private readonly db: OrgDb) {}

  /**
   * @param change what is absent stays
   * @param force also when the caller's own token ends by it
   * @throws AppError organization_not_found, privilege_ceiling, would_lock_out
   */
  async execute(
    ctx: Ctx,
    access: Access,
    organizationId: string,
    change: Partial<TokenSettings>,
    force: boolean,
  ): Promise<TokenSettings> {
    requireOwnOrganization(ctx, organizationId);
    requireAdministrator(access);
    return this.db.write(ctx, async (tx) => {
      const before = await tokenSettingsOf(tx, constant('for no key update'));
      const after = { ...before, ...change };
      if (!after.pats_enabled && !force && (await callsByPersonalToken(tx))) throw new AppError('would_lock_out');
      await tx.run(sql`
        update organization
        set personal_tokens_enabled = ${after.pats_enabled},
            token_lifetime_max_days = ${after.max_expiration_period_days}, updated_at = clock_timestamp()
        where id = ${ctx.orgId}`);
      await recordAudit(tx, { action: 'token_settings.update', targetId: ctx.orgId, before, after });
      return after;
    });
  }
}

// A session has its id where a token has its own.
async function callsByPersonalToken(tx: Tx): Promise<boolean> {
  const { orgId, principal } = tx.ctx;
  const token = await tx.row(sql`
    select 1 from access_token
    where org_id = ${orgId} and id = ${principal.tokenId}::uuid and user_id is not null`);
  return token !== undefined;
}
