import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import type { Access } from '../../rbac/access';
import { assignmentsOf, requireCeiling } from '../../rbac/holder';
import { requireTeamMapping } from './team-mappings.query';

/** Takes a mapping back; who is a member by it stays one until his next login. */
@Injectable()
export class DeleteTeamMapping {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError identity_provider_not_found, team_mapping_not_found, privilege_ceiling */
  execute(ctx: Ctx, access: Access, providerId: string, id: string): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const before = await requireTeamMapping(tx, providerId, id);
      requireCeiling(access, await assignmentsOf(tx, { type: 'team', id: before.team_id }));
      await tx.run(sql`delete from team_group_mapping where org_id = ${ctx.orgId} and id = ${before.id}`);
      await recordAudit(tx, {
        action: 'team_mapping.delete',
        parent: { type: 'identity_provider', id: providerId.toLowerCase() },
        targetId: before.id,
        targetName: before.group,
        before: { ...before, identity_provider_id: providerId.toLowerCase() },
      });
    });
  }
}
