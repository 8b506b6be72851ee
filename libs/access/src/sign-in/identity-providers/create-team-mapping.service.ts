import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql } from '@portolan/db';
import { AppError, invalidParameter, isUuid, type Ctx } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import type { Access } from '../../rbac/access';
import { assignmentsOf, requireCeiling } from '../../rbac/holder';
import { requireProvider } from './identity-provider-row';
import { TEAM_MAPPING_COLUMNS, type TeamMappingRow } from './team-mapping-row';

export interface NewTeamMapping {
  readonly teamId: string;
  readonly group: string;
}

/** Gives a team to the members of a group; nobody gives a team that may do more than he. */
@Injectable()
export class CreateTeamMapping {
  constructor(private readonly db: OrgDb) {}

  /**
   * @throws AppError identity_provider_not_found, invalid_parameters for a team that is not there, privilege_ceiling,
   * team_mapping_exists
   */
  async execute(ctx: Ctx, access: Access, providerId: string, input: NewTeamMapping): Promise<TeamMappingRow> {
    const { orgId } = ctx;
    try {
      return await this.db.write(ctx, async (tx) => {
        const provider = await requireProvider(tx, providerId);
        const team = isUuid(input.teamId)
          ? await tx.row<{ id: string }>(
              sql`select id from team where org_id = ${orgId} and id = ${input.teamId} for key share`,
            )
          : undefined;
        if (!team) throw missingTeam();
        requireCeiling(access, await assignmentsOf(tx, { type: 'team', id: team.id }));
        const row = await tx.row<TeamMappingRow>(sql`
          insert into team_group_mapping (org_id, id, identity_provider_id, team_id, group_name)
          values (${orgId}, ${uuidv7()}, ${provider.id}, ${team.id}, ${input.group})
          returning ${TEAM_MAPPING_COLUMNS}`);
        if (!row) throw new Error('the new mapping was not returned');
        await recordAudit(tx, {
          action: 'team_mapping.create',
          parent: { type: 'identity_provider', id: provider.id },
          targetId: row.id,
          targetName: row.group,
          after: { ...row, identity_provider_id: provider.id },
        });
        return row;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'team_group_mapping_key') throw new AppError('team_mapping_exists');
      throw error;
    }
  }
}

function missingTeam(): AppError {
  return invalidParameter({
    field: 'team_id',
    rule: 'missing_reference',
    reason: 'team_id must be the id of a team of the organization',
    source: 'body',
  });
}
