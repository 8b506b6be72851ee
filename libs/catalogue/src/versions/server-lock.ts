import { sql, type Tx } from '@portolan/db';
import { AppError } from '@portolan/kernel';

/**
 * Makes writes to one server of one registry follow each other; other servers are not held up. Also holds the registry
 * against its deletion.
 *
 * @throws AppError registry_not_found
 */
export async function lockServer(tx: Tx, registryId: string, name: string): Promise<void> {
  const held = await tx.run(sql`
    with held as materialized (
      select id from registry where org_id = ${tx.ctx.orgId} and id = ${registryId} for key share)
    select pg_advisory_xact_lock(hashtextextended(${`${registryId}/${name}`}, 0)) from held`);
  if (held === 0) throw new AppError('registry_not_found');
}

/** The moment, RFC 3339 with microseconds; asked for after the lock, it is later than every earlier write's. */
export async function timeOf(tx: Tx): Promise<string> {
  const row = await tx.row<{ now: string }>(sql`select rfc3339(clock_timestamp()) as now`);
  if (!row) throw new Error('the database did not tell the time');
  return row.now;
}

/** Tells readers and caches that the registry has changed. Last in its transaction: the row is shared by all servers. */
export async function bumpRevision(tx: Tx, registryId: string): Promise<void> {
  await tx.run(sql`update registry set revision = revision + 1 where org_id = ${tx.ctx.orgId} and id = ${registryId}`);
}
