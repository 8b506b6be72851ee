import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx, Labels } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import { Quotas } from '../limits/quotas.service';
import { TEAM_COLUMNS, type TeamRow } from './team-row';

export interface NewTeam {
  readonly name: string;
  readonly description: string | null;
  readonly labels: Labels;
}

/** Creates a team, without members and roles. */
@Injectable()
export class CreateTeam {
  constructor(
    private readonly db: OrgDb,
    private readonly quotas: Quotas,
  ) {}

  /** @throws AppError quota_exceeded */
  execute(ctx: Ctx, input: NewTeam): Promise<TeamRow> {
    const id = uuidv7();
    return this.db.write(ctx, async (tx) => {
      await this.quotas.require(tx, 'teams');
      const row = await tx.row<TeamRow>(sql`
        insert into team as t (org_id, id, name, description, labels)
        values (${ctx.orgId}, ${id}, ${input.name}, ${input.description}, ${JSON.stringify(input.labels)}::jsonb)
        returning ${TEAM_COLUMNS}`);
      if (!row) throw new Error('the new team was not returned');
      await recordAudit(tx, { action: 'team.create', targetId: id, targetName: row.name, after: row });
      return row;
    });
  }
}
