import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import { revokeShownInvites } from '../users/revoke-shown-invites';
import type { Access } from './access';
import {
  ASSIGNED_ROLE_COLUMNS,
  auditedHolder,
  auditedRegistry,
  requireEntity,
  requireRole,
  type AssignedRoleRow,
  type NewAssignedRole,
} from './assigned-role';
import { findHolder, type NamedHolder } from './find-holder';
import { holderColumn, requireCeiling } from './holder';

/** Gives a role to a user, a system account or a team. */
@Injectable()
export class AssignRole {
  constructor(private readonly db: OrgDb) {}

  /**
   * @throws AppError invalid_parameters, user_not_found, system_account_not_found, team_not_found, predefined_team,
   * privilege_ceiling, role_already_assigned
   */
  async execute(ctx: Ctx, access: Access, holder: NamedHolder, input: NewAssignedRole): Promise<AssignedRoleRow> {
    requireRole(input);
    const id = uuidv7();
    try {
      return await this.db.write(ctx, async (tx) => {
        const found = await findHolder(tx, holder, 'receive');
        if (found.predefined) throw new AppError('predefined_team');
        // Before it is told whether the entity is there.
        requireCeiling(access, [input]);
        await requireEntity(tx, input.entity_id);
        const row = await tx.row<AssignedRoleRow>(sql`
          insert into role_assignment (org_id, id, ${holderColumn(holder.type)}, role_name, entity_type_name, entity_id,
                                       entity_region)
          values (${ctx.orgId}, ${id}, ${found.id}, ${input.role_name}, ${input.entity_type_name}, ${input.entity_id},
                  ${input.entity_region})
          returning ${ASSIGNED_ROLE_COLUMNS}`);
        if (!row) throw new Error('the new role assignment was not returned');
        const revoked = await revokeShownInvites(tx, { type: holder.type, id: found.id });
        await recordAudit(tx, {
          action: 'role.assign',
          targetId: id,
          ...auditedHolder(holder.type, found),
          ...auditedRegistry(row),
          after: { ...row, holder: { type: holder.type, id: found.id }, ...revoked },
        });
        return row;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'role_assignment_key') throw new AppError('role_already_assigned');
      throw error;
    }
  }
}
