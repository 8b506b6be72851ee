import { Injectable } from '@nestjs/common';
import { erasePerson, recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { assignmentsOf, requireCeiling } from '../rbac/holder';
import { keepAdministrator } from '../rbac/keep-administrator';
import { requireOther } from '../rbac/require-other';
import { findUser, personOf } from './user-row';

/** Deletes a user with his tokens, sessions, roles, memberships and invites. What he did stays in the
 * audit trail, which forgets who he was. */
@Injectable()
export class DeleteUser {
  constructor(private readonly db: OrgDb) {}

  /**
   * @param force lets the caller delete himself
   * @throws AppError user_not_found, privilege_ceiling, would_lock_out, last_organization_admin
   */
  execute(ctx: Ctx, access: Access, id: string, force: boolean): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const before = await findUser(tx, id, 'change');
      requireCeiling(access, await assignmentsOf(tx, { type: 'user', id: before.id }));
      requireOther(ctx, 'user', before.id, force);
      await tx.run(sql`delete from user_account where org_id = ${ctx.orgId} and id = ${before.id}`);
      await keepAdministrator(tx);
      await recordAudit(tx, { action: 'user.delete', targetId: before.id, person: personOf(before), before });
      await erasePerson(tx, before.id);
    });
  }
}
