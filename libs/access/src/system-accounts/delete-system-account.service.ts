import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { assignmentsOf, requireCeiling } from '../rbac/holder';
import { keepAdministrator } from '../rbac/keep-administrator';
import { requireOther } from '../rbac/require-other';
import { findSystemAccount } from './system-account-row';

/** Deletes a system account with its tokens, roles and memberships. What it did stays in the audit trail. */
@Injectable()
export class DeleteSystemAccount {
  constructor(private readonly db: OrgDb) {}

  /**
   * @param force lets the caller delete itself
   * @throws AppError system_account_not_found, privilege_ceiling, would_lock_out, last_organization_admin
   */
  execute(ctx: Ctx, access: Access, id: string, force: boolean): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const before = await findSystemAccount(tx, id, 'change');
      requireCeiling(access, await assignmentsOf(tx, { type: 'system_account', id: before.id }));
      requireOther(ctx, 'system_account', before.id, force);
      await tx.run(sql`delete from system_account where org_id = ${ctx.orgId} and id = ${before.id}`);
      await keepAdministrator(tx);
      await recordAudit(tx, {
        action: 'system_account.delete',
        targetId: before.id,
        targetName: before.name,
        before,
      });
    });
  }
}
