import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError, mergeLabels, type Ctx, type LabelsChange } from '@portolan/kernel';
import { findTeam, requireCustomTeam, TEAM_COLUMNS, type TeamRow } from './team-row';

/** Absent means unchanged. */
export interface TeamChange {
  readonly name?: string;
  readonly description?: string | null;
  readonly labels?: LabelsChange;
}

@Injectable()
export class UpdateTeam {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError team_not_found, predefined_team, invalid_parameters when the merged labels are too many */
  execute(ctx: Ctx, id: string, change: TeamChange): Promise<TeamRow> {
    return this.db.write(ctx, async (tx) => {
      const before = await findTeam(tx, id, 'change');
      requireCustomTeam(before);
      const description = change.description === undefined ? before.description : change.description;
      const after = await tx.row<TeamRow>(sql`
        update team t
        set name = ${change.name ?? before.name}, description = ${description},
            labels = ${JSON.stringify(mergeLabels(before.labels, change.labels))}::jsonb,
            updated_at = clock_timestamp()
        where t.org_id = ${ctx.orgId} and t.id = ${before.id}
        returning ${TEAM_COLUMNS}`);
      if (!after) throw new AppError('team_not_found');
      await recordAudit(tx, { action: 'team.update', targetId: after.id, targetName: after.name, before, after });
      return after;
    });
  }
}
