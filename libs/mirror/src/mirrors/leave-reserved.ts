import { recordAudit } from '@portolan/audit';
import { constant, sql, type Tx } from '@portolan/db';
import { isReservedSql } from '@portolan/namespaces';
import { removeMirrored, type Removed } from './remove-mirrored';

const NOTHING: Removed = { versions: 0, servers: 0, names: [] };

/**
 * Takes servers of reserved namespaces that a mirror has brought out of its registry, unless that was done since the last
 * one was reserved: `mirror.reserved_up_to` is its number. Whatever the mirror brings later is none of them. The registry's
 * own count is the caller's to change, as with removeMirrored. While the mirror is locked.
 */
export async function leaveReserved(
  tx: Tx,
  mirror: { readonly id: string; readonly registryId: string; readonly upstreamName: string },
): Promise<Removed> {
  const { orgId } = tx.ctx;
  const { id, registryId, upstreamName } = mirror;
  // Before the namespaces are looked at: whatever has this number is seen there.
  const behind = await tx.run(sql`
    update mirror m set reserved_up_to = last.number
    from (select max(number) as number from reserved_namespace where org_id = ${orgId}) last
    where m.org_id = ${orgId} and m.id = ${id} and m.reserved_up_to < last.number`);
  if (behind === 0) return NOTHING;
  // A registry has far fewer namespaces than versions.
  const reserved = await tx.rows<{ namespace: string }>(sql`
    select n.namespace
    from (select distinct split_part(name, '/', 1) as namespace from server_version
          where org_id = ${orgId} and registry_id = ${registryId} and mirror_id = ${id} offset 0) n
    where ${isReservedSql(orgId, constant('n.namespace'))}`);
  if (reserved.length === 0) return NOTHING;
  const namespaces = reserved.map(({ namespace }) => namespace);
  const gone = await removeMirrored(tx, registryId, id, sql`split_part(v.name, '/', 1) = any(${namespaces}::text[])`);
  await recordAudit(tx, {
    action: 'mirror.leave_reserved',
    targetId: id,
    targetName: upstreamName,
    registryId,
    before: { servers: gone.names },
    after: { version_count: gone.versions, server_count: gone.servers },
  });
  return gone;
}
