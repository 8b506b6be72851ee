import { sql, type Tx } from '@portolan/db';
import { latestOf, type VersionStanding } from '@portolan/mcp-spec';

interface Standing extends VersionStanding {
  readonly status: string;
  readonly isLatest: boolean;
}

/**
 * Gives the latest flag to the highest version that is not deleted, or to the highest of all when all are. Rows that
 * lose or gain it move their `updated_at`, so that incremental readers hear of it.
 */
export async function recomputeLatest(tx: Tx, registryId: string, name: string, now: string): Promise<void> {
  const { orgId } = tx.ctx;
  const versions = await tx.rows<Standing>(sql`
    select version, rfc3339(published_at) as "publishedAt", status, is_latest as "isLatest"
    from server_version where org_id = ${orgId} and registry_id = ${registryId} and name = ${name}`);
  const winner = latestOf(versions.filter(({ status }) => status !== 'deleted')) ?? latestOf(versions);
  const holder = versions.find(({ isLatest }) => isLatest);
  if (winner?.version === holder?.version) return;
  for (const [row, isLatest] of [
    [holder, false],
    [winner, true],
  ] as const) {
    if (!row) continue;
    await tx.run(sql`
      update server_version set is_latest = ${isLatest}, updated_at = ${now}::timestamptz
      where org_id = ${orgId} and registry_id = ${registryId} and name = ${name} and version = ${row.version}`);
  }
}
