import { sql, type Tx } from '@portolan/db';
import { AppError } from '@portolan/kernel';

/**
 * Makes writes to one server of one registry follow each other; other servers are not held up. Also holds the registry
 * against its deletion.
 *
 * @returns the moment after the lock was got, RFC 3339 with microseconds, later than any publication of the server
 * @throws AppError registry_not_found
 */
export async function lockServer(tx: Tx, registryId: string, name: string): Promise<string> {
  const { orgId } = tx.ctx;
  const found = await tx.run(
    sql`select from registry where org_id = ${orgId} and id = ${registryId} for key share`,
  );
  if (found === 0) throw new AppError('registry_not_found');
  await tx.run(sql`select pg_advisory_xact_lock(hashtextextended(${`${registryId}/${name}`}, 0))`);
  const row = await tx.row<{ now: string }>(sql`
    select rfc3339(greatest(clock_timestamp(), max(published_at) + interval '1 microsecond')) as now
    from (select published_at from server_version
          where org_id = ${orgId} and registry_id = ${registryId} and name = ${name}
          order by published_at desc limit 1) newest`);
  if (!row) throw new Error('the database did not tell the time');
  return row.now;
}

/** Tells readers and caches that the registry has changed. Last in its transaction: the row is shared by all servers. */
export async function bumpRevision(tx: Tx, registryId: string): Promise<void> {
  await tx.run(
    sql`update registry set revision = revision + 1 where org_id = ${tx.ctx.orgId} and id = ${registryId}`,
  );
}
