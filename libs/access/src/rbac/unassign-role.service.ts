import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError, isUuid, type Ctx } from '@portolan/kernel';
import type { Access } from './access';
import { ASSIGNED_ROLE_COLUMNS, auditedHolder, auditedRegistry, type AssignedRoleRow } from './assigned-role';
import { findHolder, type NamedHolder } from './find-holder';
import { holderColumn, requireCeiling } from './holder';

/** Takes a role from a user, a system account or a team. */
@Injectable()
export class UnassignRole {
  constructor(private readonly db: OrgDb) {}

  /**
   * @throws AppError user_not_found, system_account_not_found, team_not_found, predefined_team,
   * role_assignment_not_found, privilege_ceiling
   */
  execute(ctx: Ctx, access: Access, holder: NamedHolder, id: string): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const found = await findHolder(tx, holder, 'keep');
      if (found.predefined) throw new AppError('predefined_team');
      const row = isUuid(id)
        ? await tx.row<AssignedRoleRow>(sql`
            delete from role_assignment
            where org_id = ${ctx.orgId} and ${holderColumn(holder.type)} = ${found.id} and id = ${id}
            returning ${ASSIGNED_ROLE_COLUMNS}`)
        : undefined;
      if (!row) throw new AppError('role_assignment_not_found');
      requireCeiling(access, [row]);
      await recordAudit(tx, {
        action: 'role.unassign',
        targetId: row.id,
        ...auditedHolder(holder.type, found),
        ...auditedRegistry(row),
        before: { ...row, holder: { type: holder.type, id: found.id } },
      });
    });
  }
}
