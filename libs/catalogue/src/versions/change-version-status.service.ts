import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { recomputeLatest } from './latest';
import { localStatuses, setLocalStatus, type LocalStatus } from './local-status';
import { releaseRemoteUrls } from './remote-urls';
import { bumpRevision, holdMirror, lockServer, timeOf } from './server-lock';
import { cannotDelete, deletes, restoreRemoteUrls, upstreamCounts, type StatusChange } from './status-change';
import { auditView, VERSION_COLUMNS, type StoredVersion } from './version-row';

export interface VersionStatusChange extends StatusChange {
  readonly version: string;
  /** True for DELETE, which leaves an earlier message alone and is named so in the audit trail. */
  readonly byDelete: boolean;
}

/**
 * Sets the status of one version and moves the latest flag where that asks for it. Of a mirrored version it sets the
 * local status, of which the version shows the heavier one of it and the upstream's: the answer may show no change.
 */
@Injectable()
export class ChangeVersionStatus {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError version_not_found, forbidden, status_message_with_active, status_unchanged, status_update_failed */
  execute(ctx: Ctx, input: VersionStatusChange): Promise<StoredVersion> {
    const { registryId, name, version, status } = input;
    return this.db.write(ctx, async (tx) => {
      await lockServer(tx, registryId, name);
      await holdMirror(tx, registryId, name);
      const now = await timeOf(tx);
      const one = sql`
        select ${VERSION_COLUMNS} from version_document
        where registry_id = ${registryId} and name = ${name} and version = ${version}`;
      const before = await tx.row<StoredVersion>(one);
      if (!before) throw new AppError('version_not_found');
      const local = before.upstream === null ? null : await this.localStatus(tx, input);
      if ((local || deletes(before.status, status)) && !input.mayDelete) throw cannotDelete();
      const statusMessage = input.byDelete ? before.statusMessage : input.statusMessage;
      if (status === 'active' && statusMessage !== null) throw new AppError('status_message_with_active');
      const change = { ...input, statusMessage };
      if (local) await changeLocal(tx, before, local, change, now);
      else await changeOwn(tx, before, change, now);
      await recomputeLatest(tx, registryId, name, now);
      const after = await tx.row<StoredVersion>(one);
      if (!after) throw new AppError('version_not_found');
      await recordAudit(tx, {
        action: input.byDelete ? 'server.version.delete' : 'server.version.status',
        targetId: `${name}@${version}`,
        targetName: name,
        registryId,
        before: { ...auditView(before), ...localView(local) },
        after: { ...auditView(after), ...localView(local && { version, status, statusMessage }) },
      });
      await bumpRevision(tx, registryId);
      return after;
    });
  }

  private async localStatus(tx: Tx, { registryId, name, version }: VersionStatusChange): Promise<LocalStatus> {
    const [local] = await localStatuses(tx, registryId, name, version);
    if (!local) throw new AppError('version_not_found');
    return local;
  }
}

async function changeLocal(
  tx: Tx,
  before: StoredVersion,
  local: LocalStatus,
  change: VersionStatusChange,
  now: string,
): Promise<void> {
  if (local.status === change.status && local.statusMessage === change.statusMessage)
    throw before.status === change.status
      ? new AppError('status_unchanged')
      : upstreamCounts('status_unchanged', before.upstream ?? '');
  await setLocalStatus(tx, change, change.version, now);
}

async function changeOwn(tx: Tx, before: StoredVersion, change: VersionStatusChange, now: string): Promise<void> {
  const { registryId, name, version, status, statusMessage } = change;
  if (before.status === status && before.statusMessage === statusMessage) throw new AppError('status_unchanged');
  if (before.status === 'deleted' && status !== 'deleted') await restoreRemoteUrls(tx, registryId, name, version);
  await tx.run(sql`
    update server_version
    set status = ${status}, status_message = ${statusMessage}, updated_at = ${now}::timestamptz,
        status_changed_at = case when status = ${status} then status_changed_at else ${now}::timestamptz end
    where org_id = ${tx.ctx.orgId} and registry_id = ${registryId} and name = ${name} and version = ${version}`);
  if (status === 'deleted') await releaseRemoteUrls(tx, registryId, name);
}

/** What an audit row says besides of a mirrored version, of which another status may show than was set. */
function localView(local: LocalStatus | null): object {
  return local ? { local_status: local.status, local_status_message: local.statusMessage } : {};
}
