import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { assignmentsOf, requireCeiling } from '../rbac/holder';
import { keepAdministrator } from '../rbac/keep-administrator';
import { requireOther } from '../rbac/require-other';
import { endSessions } from './end-sessions';
import { findUser, ownUserId, personOf, USER_COLUMNS, type UserRow } from './user-row';

/** Absent means unchanged. */
export interface UserChange {
  readonly fullName?: string;
  /** Null drops it. */
  readonly preferredName?: string | null;
  /** A user who is not active can do nothing; his sessions end and do not come back. */
  readonly active?: boolean;
}

@Injectable()
export class UpdateUser {
  constructor(private readonly db: OrgDb) {}

  /**
   * @param force lets the caller disable himself
   * @throws AppError user_not_found; when `active` changes privilege_ceiling, user_not_joined, would_lock_out,
   * last_organization_admin
   */
  execute(ctx: Ctx, access: Access, id: string, change: UserChange, force: boolean): Promise<UserRow> {
    return this.db.write(ctx, async (tx) => {
      const before = await findUser(tx, id, 'change');
      if (change.active === undefined || change.active === before.active) return this.change(tx, before, change);
      requireCeiling(access, await assignmentsOf(tx, { type: 'user', id: before.id }));
      if (before.invited) throw new AppError('user_not_joined');
      if (change.active) return this.change(tx, before, change);
      requireOther(ctx, 'user', before.id, force);
      const after = await this.change(tx, before, change);
      await endSessions(tx, before.id);
      await keepAdministrator(tx);
      return after;
    });
  }

  /**
   * Changes the names of the user who asks.
   *
   * @throws AppError forbidden for a principal that is no user
   */
  async self(ctx: Ctx, names: Omit<UserChange, 'active'>): Promise<UserRow> {
    const id = ownUserId(ctx);
    return this.db.write(ctx, async (tx) => this.change(tx, await findUser(tx, id, 'change'), names));
  }

  private async change(tx: Tx, before: UserRow, change: UserChange): Promise<UserRow> {
    const preferredName = change.preferredName === undefined ? before.preferred_name : change.preferredName;
    const after = await tx.row<UserRow>(sql`
      update user_account
      set full_name = ${change.fullName ?? before.full_name}, preferred_name = ${preferredName},
          active = ${change.active ?? before.active}, updated_at = clock_timestamp()
      where org_id = ${tx.ctx.orgId} and id = ${before.id}
      returning ${USER_COLUMNS}`);
    if (!after) throw new AppError('user_not_found');
    await recordAudit(tx, { action: 'user.update', targetId: after.id, person: personOf(after), before, after });
    return after;
  }
}
