import { quotaExceeded, type QuotaSettings } from '@portolan/access';
import { missingColumn, sql, type SqlFragment, type Tx } from '@portolan/db';
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

/**
 * Holds off the mirror that a server came from, if it came from one: its run locks the mirror's row before it changes
 * versions and moves latest flags. After lockServer.
 */
export async function holdMirror(tx: Tx, registryId: string, name: string): Promise<void> {
  const { orgId } = tx.ctx;
  await tx.run(sql`
    select from mirror
    where org_id = ${orgId} and id in (
      select mirror_id from server_version
      where org_id = ${orgId} and registry_id = ${registryId} and name = ${name} limit 1)
    for share nowait`);
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

/** What a transaction adds to a registry. */
export interface Added {
  readonly versions: number;
  /** Names that the registry did not hold before. */
  readonly servers: number;
}

/** How many an organization may have that has no quotas of its own. */
type PlatformQuotas = Required<Pick<QuotaSettings, 'servers' | 'versions'>>;

/**
 * Tells readers and caches like bumpRevision, and counts what was added in the same row, so that nothing else is shared
 * by all servers. Less than nothing can be added over any quota. Last in its transaction.
 *
 * @throws AppError quota_exceeded
 */
export async function addToRegistry(tx: Tx, registryId: string, added: Added, platform: PlatformQuotas): Promise<void> {
  const counted = await tx.run(sql`
    update registry r
    set revision = revision + 1, version_count = version_count + ${added.versions},
        server_count = server_count + ${added.servers}
    from (${quotasOf(platform)}) o
    where r.org_id = ${tx.ctx.orgId} and r.id = ${registryId} and o.id = r.org_id and ${fits(added)}`);
  if (counted === 1) return;
  const standing = await tx.row<Record<'versions' | 'servers' | 'versions_max' | 'servers_max', number>>(sql`
    select r.version_count::float8 as versions, r.server_count::float8 as servers, o.versions_max::float8,
           o.servers_max::float8
    from registry r join (${quotasOf(platform)}) o on o.id = r.org_id
    where r.org_id = ${tx.ctx.orgId} and r.id = ${registryId}`);
  if (!standing) throw new AppError('registry_not_found');
  throw standing.versions + added.versions > standing.versions_max
    ? quotaExceeded('versions', standing.versions_max, standing.versions)
    : quotaExceeded('servers', standing.servers_max, standing.servers);
}

/**
 * Like addToRegistry, and commits. Of a quota that is exceeded it cannot tell more than that it is: what does not fit
 * becomes null, which the column refuses.
 *
 * @throws whatever isOverQuota takes
 */
export async function addToRegistryAndCommit(
  tx: Tx,
  registryId: string,
  added: Added,
  platform: PlatformQuotas,
): Promise<void> {
  // Divided by none it fails where there is no such registry, which its lock keeps from happening.
  await tx.runLast(sql`
    with counted as (
      update registry r
      set revision = revision + 1, version_count = case when ${fits(added)} then version_count + ${added.versions} end,
          server_count = server_count + ${added.servers}
      from (${quotasOf(platform)}) o
      where r.org_id = ${tx.ctx.orgId} and r.id = ${registryId} and o.id = r.org_id
      returning 1)
    select 1 / count(*) from counted`);
}

export function isOverQuota(error: unknown): boolean {
  return missingColumn(error) === 'registry.version_count';
}

function quotasOf(platform: PlatformQuotas): SqlFragment {
  return sql`
    select id, coalesce((quotas ->> 'versions')::bigint, ${platform.versions}) as versions_max,
           coalesce((quotas ->> 'servers')::bigint, ${platform.servers}) as servers_max
    from organization`;
}

function fits({ versions, servers }: Added): SqlFragment {
  return sql`
    (${versions}::bigint <= 0 or r.version_count + ${versions} <= o.versions_max)
    and (${servers}::bigint <= 0 or r.server_count + ${servers} <= o.servers_max)`;
}

/**
 * Tells readers and caches like bumpRevision, and counts off what was taken out of a registry. That is possible over any
 * quota. Last in its transaction.
 */
export async function removeFromRegistry(tx: Tx, registryId: string, { versions, servers }: Added): Promise<void> {
  await tx.run(sql`
    update registry
    set revision = revision + 1, version_count = version_count - ${versions}, server_count = server_count - ${servers}
    where org_id = ${tx.ctx.orgId} and id = ${registryId}`);
}
