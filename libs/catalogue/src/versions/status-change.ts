import type { RecordDenial } from '@portolan/access';
import type { Tx } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { remoteUrls, type ServerJson } from '@portolan/mcp-spec';
import { claimRemoteUrls } from './remote-urls';
import type { StoredVersion } from './version-row';

export type Status = StoredVersion['status'];

export interface StatusChange {
  readonly registryId: string;
  readonly name: string;
  readonly status: Status;
  /** Null clears the message. */
  readonly statusMessage: string | null;
  /** Whether the caller may delete versions and bring deleted ones back. */
  readonly mayDelete: boolean;
}

/** True when a change deletes a version or undoes a deletion; both need the right to delete. */
export function deletes(before: Status, after: Status): boolean {
  return before !== after && (before === 'deleted' || after === 'deleted');
}

/** Claims a restored version's remote URLs again. @throws AppError status_update_failed when another server has one */
export async function restoreRemoteUrls(tx: Tx, registryId: string, row: StoredVersion): Promise<void> {
  const urls = remoteUrls(JSON.parse(row.document) as ServerJson);
  const conflict = await claimRemoteUrls(tx, registryId, row.name, urls);
  if (conflict)
    throw new AppError('status_update_failed', {
      errors: [{ message: `remote URL ${conflict.url} is already used by server ${conflict.holder}` }],
    });
}

/** Writes down a change that was refused for want of the right to delete. */
export async function auditDenied(
  denials: RecordDenial,
  ctx: Ctx,
  change: StatusChange,
  error: unknown,
  target: string,
): Promise<void> {
  if (!(error instanceof AppError) || error.code !== 'forbidden') return;
  await denials.execute(ctx, {
    action: 'permission.deny',
    reason: 'version:delete',
    targetName: `${target} to ${change.status}`,
    registryId: change.registryId,
  });
}
