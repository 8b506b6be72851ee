import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import { AppError, isUuid, type Ctx } from '@portolan/kernel';
import { ASSIGNED_ROLE_COLUMNS, type AssignedRoleRow } from './assigned-role';
import { findHolder, type NamedHolder } from './find-holder';
import { holderColumn } from './holder';

@Injectable()
export class GetAssignedRole {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError user_not_found, system_account_not_found, team_not_found, role_assignment_not_found */
  run(ctx: Ctx, holder: NamedHolder, id: string): Promise<AssignedRoleRow> {
    return this.db.read(ctx, async (tx) => {
      const { id: holderId } = await findHolder(tx, holder);
      const row = isUuid(id)
        ? await tx.row<AssignedRoleRow>(sql`
            select ${ASSIGNED_ROLE_COLUMNS} from role_assignment
            where org_id = ${ctx.orgId} and ${holderColumn(holder.type)} = ${holderId} and id = ${id}`)
        : undefined;
      if (!row) throw new AppError('role_assignment_not_found');
      return row;
    });
  }
}
