import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { assignmentsOf, requireCeiling } from '../rbac/holder';
import { findTeam, requireCustomTeam } from './team-row';

/** Deletes a team; its members lose what it gave them. */
@Injectable()
export class DeleteTeam {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError team_not_found, predefined_team, privilege_ceiling */
  execute(ctx: Ctx, access: Access, id: string): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const team = await findTeam(tx, id, 'change');
      requireCustomTeam(team);
      const roles = await assignmentsOf(tx, { type: 'team', id: team.id });
      requireCeiling(access, roles);
      await tx.run(sql`delete from team where org_id = ${ctx.orgId} and id = ${team.id}`);
      await recordAudit(tx, {
        action: 'team.delete',
        targetId: team.id,
        targetName: team.name,
        before: { ...team, assigned_roles: roles },
      });
    });
  }
}
