import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql } from '@portolan/db';
import { AppError, invalidParameter, type Ctx } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import type { Access } from '../rbac/access';
import { assignmentsOf, holderColumn, requireCeiling } from '../rbac/holder';
import { revokeShownInvites } from '../users/revoke-shown-invites';
import { findMember, memberName, memberPerson, type Member, type MemberRow } from './member';
import { findTeam } from './team-row';

/** Puts a user or a system account into a team, which gives it all that the team may do. */
@Injectable()
export class AddTeamMember {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError team_not_found, privilege_ceiling, invalid_parameters (missing_reference), already_member */
  async execute(ctx: Ctx, access: Access, teamId: string, member: Member): Promise<MemberRow> {
    try {
      return await this.db.write(ctx, async (tx) => {
        const team = await findTeam(tx, teamId, 'keep');
        requireCeiling(access, await assignmentsOf(tx, { type: 'team', id: team.id }));
        const row = await findMember(tx, member);
        if (!row) throw missingMember(member.type);
        await tx.run(sql`
          insert into team_member (org_id, id, team_id, ${holderColumn(member.type)})
          values (${ctx.orgId}, ${uuidv7()}, ${team.id}, ${row.id})`);
        const revoked = await revokeShownInvites(tx, { type: member.type, id: row.id });
        await recordAudit(tx, {
          action: 'team.member.add',
          targetId: team.id,
          targetName: team.name,
          ...memberPerson(row),
          after: { type: member.type, id: row.id, name: memberName(row), ...revoked },
        });
        return row;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'team_member_key') throw new AppError('already_member');
      throw error;
    }
  }
}

function missingMember(type: Member['type']): AppError {
  const kind = type === 'user' ? 'user' : 'system account';
  return invalidParameter({
    field: 'id',
    rule: 'missing_reference',
    reason: `id must be the id of a ${kind} of the organization`,
    source: 'body',
  });
}
