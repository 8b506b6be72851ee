import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, isUuid, type Ctx } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { assignmentsOf, holderColumn, requireCeiling } from '../rbac/holder';
import { keepAdministrator } from '../rbac/keep-administrator';
import { ORGANIZATION_ADMIN } from '../rbac/predefined-teams';
import { findMember, memberName, memberPerson, type Member } from './member';
import { findTeam } from './team-row';

interface Membership {
  readonly source: 'manual' | 'identity_provider';
}

/** Takes a user or a system account out of a team, and with that all that the team gave it. */
@Injectable()
export class RemoveTeamMember {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError team_not_found, member_not_found, privilege_ceiling, membership_managed, last_organization_admin */
  execute(ctx: Ctx, access: Access, teamId: string, member: Member): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const team = await findTeam(tx, teamId);
      const row = await findMember(tx, member);
      const membership = await this.delete(tx, team.id, member);
      if (!row || !membership) throw new AppError('member_not_found');
      requireCeiling(access, await assignmentsOf(tx, { type: 'team', id: team.id }));
      if (membership.source === 'identity_provider') await refuseManaged(tx);
      if (team.system_team && team.name === ORGANIZATION_ADMIN) await keepAdministrator(tx);
      await recordAudit(tx, {
        action: 'team.member.remove',
        targetId: team.id,
        targetName: team.name,
        ...memberPerson(row),
        before: { type: member.type, id: row.id, name: memberName(row) },
      });
    });
  }

  private delete(tx: Tx, teamId: string, { type, id }: Member): Promise<Membership | undefined> {
    if (!isUuid(id)) return Promise.resolve(undefined);
    return tx.row<Membership>(sql`
      delete from team_member
      where org_id = ${tx.ctx.orgId} and team_id = ${teamId} and ${holderColumn(type)} = ${id}
      returning source`);
  }
}

// The next login would bring it back.
async function refuseManaged(tx: Tx): Promise<void> {
  const settings = await tx.row<{ idp_mapping_enabled: boolean }>(
    sql`select idp_mapping_enabled from organization where id = ${tx.ctx.orgId}`,
  );
  if (settings?.idp_mapping_enabled) throw new AppError('membership_managed');
}
