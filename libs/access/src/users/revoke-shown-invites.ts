import { sql, type Tx } from '@portolan/db';
import type { Holder } from '../rbac/holder';

/**
 * Call after a change that gives a user or a team something, in the change's transaction. Whoever was shown the link of
 * an invite can join in the place of the one who is invited: what others give is not for him, so his link ends.
 *
 * @returns what the audit row of the change says besides
 */
export async function revokeShownInvites(tx: Tx, { type, id }: Holder): Promise<{ revoked_invites?: string[] }> {
  const { orgId, principal } = tx.ctx;
  if (type !== 'user' && type !== 'team') return {};
  const receives =
    type === 'user'
      ? sql`i.user_id = ${id}`
      : sql`i.user_id in (select m.user_id from team_member m where m.org_id = ${orgId} and m.team_id = ${id})`;
  const revoked = await tx.rows<{ id: string }>(sql`
    update invite set revoked_at = now()
    where org_id = ${orgId} and id in (
      select i.id from invite i
      where i.org_id = ${orgId} and ${receives} and i.accepted_at is null and i.revoked_at is null
        and i.shown_to is not null
        and (i.shown_to_type, i.shown_to) is distinct from (${principal.type}::text, ${principal.id}::uuid)
      order by i.id for update)
    returning id`);
  return revoked.length === 0 ? {} : { revoked_invites: revoked.map((invite) => invite.id) };
}
