import { sql, type Tx } from '@portolan/db';
import { AppError } from '@portolan/kernel';
import { claimRemoteUrls } from './remote-urls';
import type { StoredVersion } from './version-row';

export type Status = StoredVersion['status'];

export interface StatusChange {
  readonly registryId: string;
  readonly name: string;
  readonly status: Status;
  /** Null clears the message. */
  readonly statusMessage: string | null;
  /** Whether the caller may delete versions, bring deleted ones back, and set the status of what a mirror brought. */
  readonly mayDelete: boolean;
}

/** True when a change deletes a version or undoes a deletion; both need the right to delete. */
export function deletes(before: Status, after: Status): boolean {
  return before !== after && (before === 'deleted' || after === 'deleted');
}

export function cannotDelete(): AppError {
  return new AppError('forbidden', { permission: 'version:delete' });
}

/** Why a change of nothing is none, where what shows is not what was asked for: the upstream's status counts. */
export function upstreamCounts(code: 'status_unchanged' | 'statuses_unchanged', upstream: string): AppError {
  const message = `the status here is set so already; a heavier one that upstream ${upstream} gives a version counts instead of it`;
  return new AppError(code, { errors: [{ message }] });
}

/**
 * Claims the remote URLs of a server's deleted versions again, of one version or of all.
 *
 * @throws AppError status_update_failed when another server has one
 */
export async function restoreRemoteUrls(
  tx: Tx,
  registryId: string,
  name: string,
  version: string | null,
): Promise<void> {
  const rows = await tx.rows<{ url: string }>(sql`
    select distinct remote ->> 'url' as url
    from version_document, jsonb_array_elements(body::jsonb -> 'remotes') remote
    where registry_id = ${registryId} and name = ${name} and status = 'deleted'
      and (${version}::text is null or version = ${version})`);
  const urls = rows.map(({ url }) => url);
  const taken = await claimRemoteUrls(tx, registryId, name, urls);
  if (taken !== null) throw new AppError('status_update_failed', { errors: [{ message: taken }] });
}
