import { recordAudit } from '@portolan/audit';
import { sql, type Tx } from '@portolan/db';
import { v7 as uuidv7 } from 'uuid';
import { hasAdministrator } from '../../rbac/keep-administrator';
import { ORGANIZATION_ADMIN } from '../../rbac/predefined-teams';

interface MappedTeam {
  readonly id: string;
  readonly name: string;
  readonly system_team: boolean;
}

/** Gives a user the teams of his groups and takes those that his groups gave him earlier; others are not touched. */
export async function syncTeams(
  tx: Tx,
  user: { readonly id: string; readonly email: string },
  providerId: string,
  groups: readonly string[],
): Promise<void> {
  const { orgId } = tx.ctx;
  const added = await tx.rows<MappedTeam>(sql`
    with mapped as (
      select distinct team_id from team_group_mapping
      where org_id = ${orgId} and identity_provider_id = ${providerId} and group_name = any(${groups}::text[])
    ), added as (
      insert into team_member (org_id, id, team_id, user_id, source)
      select ${orgId}, gen_random_uuid(), team_id, ${user.id}, 'identity_provider' from mapped
      on conflict do nothing returning team_id
    )
    select t.id, t.name, t.system_team from added join team t on t.org_id = ${orgId} and t.id = added.team_id order by t.name`);
  const removed = await tx.rows<MappedTeam>(sql`
    with removed as (
      delete from team_member
      where org_id = ${orgId} and user_id = ${user.id} and source = 'identity_provider'
        and team_id not in (
          select team_id from team_group_mapping
          where org_id = ${orgId} and identity_provider_id = ${providerId} and group_name = any(${groups}::text[]))
      returning team_id
    )
    select t.id, t.name, t.system_team from removed join team t on t.org_id = ${orgId} and t.id = removed.team_id order by t.name`);
  const kept = await keepLastAdministrator(tx, user.id, removed);
  for (const team of added) await audit(tx, 'team.member.add', team, user);
  for (const team of removed.filter(({ id }) => id !== kept)) await audit(tx, 'team.member.remove', team, user);
}

// An organization that its provider has taken every administrator from could not be repaired by anybody.
async function keepLastAdministrator(tx: Tx, userId: string, removed: readonly MappedTeam[]): Promise<string | null> {
  const administrators = removed.find((team) => team.system_team && team.name === ORGANIZATION_ADMIN);
  if (!administrators || (await hasAdministrator(tx))) return null;
  await tx.run(sql`
    insert into team_member (org_id, id, team_id, user_id, source)
    values (${tx.ctx.orgId}, ${uuidv7()}, ${administrators.id}, ${userId}, 'identity_provider')`);
  return administrators.id;
}

function audit(
  tx: Tx,
  action: 'team.member.add' | 'team.member.remove',
  team: MappedTeam,
  user: { readonly id: string; readonly email: string },
): Promise<void> {
  const member = { user_id: user.id, email: user.email, source: 'identity_provider' };
  return recordAudit(tx, {
    action,
    targetId: team.id,
    targetName: team.name,
    person: { id: user.id, name: user.email },
    ...(action === 'team.member.add' ? { after: member } : { before: member }),
  });
}
