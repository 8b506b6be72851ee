import { constant, RepeatTransaction, sql, type Tx } from '@portolan/db';
import type { Status, StatusChange } from './status-change';

/** What somebody here has made of an upstream's version; `active` when nobody has made anything of it. */
export interface LocalStatus {
  readonly version: string;
  readonly status: Status;
  readonly statusMessage: string | null;
}

/** Of one version of a mirrored server, or of all, newest publication first. */
export function localStatuses(
  tx: Tx,
  registryId: string,
  name: string,
  version: string | null = null,
): Promise<LocalStatus[]> {
  return tx.rows<LocalStatus>(sql`
    select version, coalesce(local_status, 'active') as status, local_status_message as "statusMessage"
    from server_version
    where org_id = ${tx.ctx.orgId} and registry_id = ${registryId} and name = ${name}
      and (${version}::text is null or version = ${version})
    order by published_at desc, version desc`);
}

/**
 * Sets the local status of one version of a mirrored server, or of all. The heavier one of it and the upstream's counts,
 * with its message, the local one's when both are alike; so a lighter one than the upstream's shows nothing until the
 * upstream's is as light. The upstream's is kept beside a local one. `active` is none: the upstream's counts alone again.
 */
export async function setLocalStatus(
  tx: Tx,
  { registryId, name, status, statusMessage }: Omit<StatusChange, 'mayDelete'>,
  version: string | null,
  now: string,
): Promise<void> {
  const upstream = constant('coalesce(upstream_status, status)');
  const upstreamMessage = constant(
    'case when upstream_status is null then status_message else upstream_status_message end',
  );
  const heavier = sql`heavier_status(${status}, ${upstream})`;
  const changed = await tx.run(sql`
    update server_version
    set status = ${heavier},
        status_message = case when ${status} <> 'active' and ${heavier} = ${status} then ${statusMessage}
                              else ${upstreamMessage} end,
        status_changed_at = case when status = ${heavier} then status_changed_at else ${now}::timestamptz end,
        updated_at = ${now}::timestamptz,
        local_status = nullif(${status}, 'active'), local_status_message = ${statusMessage},
        upstream_status = case when ${status} <> 'active' then ${upstream} end,
        upstream_status_message = case when ${status} <> 'active' then ${upstreamMessage} end
    where org_id = ${tx.ctx.orgId} and registry_id = ${registryId} and name = ${name}
      and (${version}::text is null or version = ${version}) and mirror_id is not null
      and (coalesce(local_status, 'active') <> ${status} or local_status_message is distinct from ${statusMessage})`);
  // The server has become the registry's own, or another mirror's, since it was looked at.
  if (changed === 0) throw new RepeatTransaction();
}
