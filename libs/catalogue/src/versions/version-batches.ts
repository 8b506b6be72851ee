import type { Ctx } from '@portolan/kernel';
import type { ListVersions, VersionsBatch } from './list-versions.query';
import type { StoredVersion } from './version-row';

/** All batches of a server's versions, the next one read when the one before has been taken. */
export async function* versionBatches(
  listVersions: ListVersions,
  ctx: Ctx,
  server: Parameters<ListVersions['run']>[1],
  first: VersionsBatch,
): AsyncGenerator<readonly StoredVersion[]> {
  let batch = first;
  yield batch.rows;
  while (batch.more) {
    batch = await listVersions.run(ctx, server, batch.rows.at(-1) ?? null);
    yield batch.rows;
  }
}
