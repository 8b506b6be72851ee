import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { assignmentsOf, requireCeiling } from '../rbac/holder';
import { keepAdministrator } from '../rbac/keep-administrator';
import { requireOther } from '../rbac/require-other';
import { findSystemAccount, NAME_KEY, SYSTEM_ACCOUNT_COLUMNS, type SystemAccountRow } from './system-account-row';

/** Absent means unchanged. */
export interface SystemAccountChange {
  readonly name?: string;
  /** Null drops it. */
  readonly description?: string | null;
  /** An account that is not active can do nothing; its tokens are refused. */
  readonly active?: boolean;
}

@Injectable()
export class UpdateSystemAccount {
  constructor(private readonly db: OrgDb) {}

  /**
   * @param force lets the caller disable itself
   * @throws AppError system_account_not_found, system_account_name_taken; when `active` changes privilege_ceiling,
   * would_lock_out, last_organization_admin
   */
  async execute(
    ctx: Ctx,
    access: Access,
    id: string,
    change: SystemAccountChange,
    force: boolean,
  ): Promise<SystemAccountRow> {
    try {
      return await this.db.write(ctx, async (tx) => {
        const before = await findSystemAccount(tx, id, 'change');
        if (change.active === undefined || change.active === before.active) return this.change(tx, before, change);
        requireCeiling(access, await assignmentsOf(tx, { type: 'system_account', id: before.id }));
        if (!change.active) requireOther(ctx, 'system_account', before.id, force);
        const after = await this.change(tx, before, change);
        if (!change.active) await keepAdministrator(tx);
        return after;
      });
    } catch (error) {
      if (brokenConstraint(error) === NAME_KEY) throw new AppError('system_account_name_taken');
      throw error;
    }
  }

  private async change(tx: Tx, before: SystemAccountRow, change: SystemAccountChange): Promise<SystemAccountRow> {
    const description = change.description === undefined ? before.description : change.description;
    const after = await tx.row<SystemAccountRow>(sql`
      update system_account
      set name = ${change.name ?? before.name}, description = ${description},
          active = ${change.active ?? before.active}, updated_at = clock_timestamp()
      where org_id = ${tx.ctx.orgId} and id = ${before.id}
      returning ${SYSTEM_ACCOUNT_COLUMNS}`);
    if (!after) throw new AppError('system_account_not_found');
    await recordAudit(tx, {
      action: 'system_account.update',
      targetId: after.id,
      targetName: after.name,
      before,
      after,
    });
    return after;
  }
}
