import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { recomputeLatest } from './latest';
import { releaseRemoteUrls } from './remote-urls';
import { bumpRevision, lockServer, timeOf } from './server-lock';
import { cannotDelete, deletes, restoreRemoteUrls, type Status, type StatusChange } from './status-change';

/** Sets the status of all versions of a server, all or none. */
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
      const now = await timeOf(tx);
      const before = await tx.rows<Standing>(sql`
        select version, status, status_message from server_version
        where org_id = ${ctx.orgId} and registry_id = ${registryId} and name = ${name}
        order by published_at desc, version desc`);
      if (before.length === 0) throw new AppError('server_not_found');
      if (!input.mayDelete && before.some((row) => deletes(row.status, status))) throw cannotDelete();
      const changing = before.filter((row) => row.status !== status || row.status_message !== statusMessage);
      if (changing.length === 0 || (status === 'active' && statusMessage !== null))
        throw new AppError('statuses_unchanged');
      if (status !== 'deleted') await restoreRemoteUrls(tx, registryId, name, null);
      await tx.run(sql`
        update server_version
        set status = ${status}, status_message = ${statusMessage}, updated_at = ${now}::timestamptz,
            status_changed_at = case when status = ${status} then status_changed_at else ${now}::timestamptz end
        where org_id = ${ctx.orgId} and registry_id = ${registryId} and name = ${name}
          and (status <> ${status} or status_message is distinct from ${statusMessage})`);
      if (status === 'deleted') await releaseRemoteUrls(tx, registryId, name);
      await recomputeLatest(tx, registryId, name, now);
      await recordAudit(tx, {
        action: 'server.status',
        targetId: name,
        targetName: name,
        registryId,
        before: changing,
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
  readonly status_message: string | null;
}
