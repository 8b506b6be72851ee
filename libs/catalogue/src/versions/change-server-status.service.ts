import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { recomputeLatest } from './latest';
import { localStatuses, setLocalStatus } from './local-status';
import { releaseRemoteUrls } from './remote-urls';
import { bumpRevision, holdMirror, lockServer, timeOf } from './server-lock';
import {
  cannotDelete,
  deletes,
  restoreRemoteUrls,
  upstreamCounts,
  type Status,
  type StatusChange,
} from './status-change';

/**
 * Sets the status of all versions of a server, all or none. Of a mirrored server it sets the local status, of which each
 * version shows the heavier one of it and the upstream's.
 */
@Injectable()
export class ChangeServerStatus {
  constructor(private readonly db: OrgDb) {}

  /**
   * @returns how many versions the server has
   * @throws AppError server_not_found, forbidden, statuses_unchanged, status_update_failed
   */
  execute(ctx: Ctx, input: StatusChange): Promise<number> {
    const { registryId, name, status, statusMessage } = input;
    return this.db.write(ctx, async (tx) => {
      await lockServer(tx, registryId, name);
      await holdMirror(tx, registryId, name);
      const now = await timeOf(tx);
      const standing = await standingOf(tx, registryId, name);
      const upstream = standing[0]?.upstream ?? null;
      // What a change is compared with: of a mirrored server, what is set here.
      const before: readonly Standing[] = upstream === null ? standing : await localStatuses(tx, registryId, name);
      if (before.length === 0) throw new AppError('server_not_found');
      if (!input.mayDelete && (upstream !== null || before.some((row) => deletes(row.status, status))))
        throw cannotDelete();
      const changing = before.filter((row) => row.status !== status || row.statusMessage !== statusMessage);
      if (changing.length === 0 || (status === 'active' && statusMessage !== null))
        throw upstream === null || standing.every((row) => row.status === status)
          ? new AppError('statuses_unchanged')
          : upstreamCounts('statuses_unchanged', upstream);
      if (upstream === null) await changeOwn(tx, input, now);
      else await setLocalStatus(tx, input, null, now);
      await recomputeLatest(tx, registryId, name, now);
      await recordAudit(tx, {
        action: 'server.status',
        targetId: name,
        targetName: name,
        registryId,
        before: changing.map((row) => ({
          version: row.version,
          status: row.status,
          status_message: row.statusMessage,
        })),
        after: { status, status_message: statusMessage },
      });
      await bumpRevision(tx, registryId);
      return before.length;
    });
  }
}

interface Standing {
  readonly version: string;
  readonly status: Status;
  readonly statusMessage: string | null;
}

function standingOf(tx: Tx, registryId: string, name: string): Promise<(Standing & { upstream: string | null })[]> {
  return tx.rows(sql`
    select version, status, status_message as "statusMessage", upstream_name as upstream from server_version
    where org_id = ${tx.ctx.orgId} and registry_id = ${registryId} and name = ${name}
    order by published_at desc, version desc`);
}

async function changeOwn(
  tx: Tx,
  { registryId, name, status, statusMessage }: StatusChange,
  now: string,
): Promise<void> {
  if (status !== 'deleted') await restoreRemoteUrls(tx, registryId, name, null);
  await tx.run(sql`
    update server_version
    set status = ${status}, status_message = ${statusMessage}, updated_at = ${now}::timestamptz,
        status_changed_at = case when status = ${status} then status_changed_at else ${now}::timestamptz end
    where org_id = ${tx.ctx.orgId} and registry_id = ${registryId} and name = ${name}
      and (status <> ${status} or status_message is distinct from ${statusMessage})`);
  if (status === 'deleted') await releaseRemoteUrls(tx, registryId, name);
}
