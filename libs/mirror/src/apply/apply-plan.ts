import type { Quotas } from '@portolan/access';
import { addToRegistry, releaseDocuments } from '@portolan/catalogue';
import { constant, sql, type Tx } from '@portolan/db';
import type { PlanRequest } from './plan-request';

/** Versions of one statement: about a quarter of a second. */
const ADDED_AT_A_TIME = 8_000;

export interface Application extends PlanRequest {
  readonly runId: string;
  readonly upstreamName: string;
  /** Quotas that count where the organization has none. */
  readonly platform: Quotas['platform'];
  /** How many versions the plan adds. */
  readonly additions: number;
  /** Called between parts of what is added: makes room for others. */
  readonly rest: () => Promise<void>;
}

/**
 * Makes the registry what the plan says. The organization and the registry are named in every statement; readers see all
 * of it at once, when the transaction commits.
 *
 * @throws AppError quota_exceeded
 */
export async function applyPlan(tx: Tx, application: Application): Promise<void> {
  const { registryId, platform } = application;
  const before = await servers(tx);
  const gone = [...(await takeOver(tx, registryId)), ...(await remove(tx, application))];
  // A flag is cleared before another one is set: there is one latest version at any time.
  await flag(tx, application, false);
  await change(tx, application);
  await flag(tx, application, true);
  const added = await add(tx, application);
  await releaseDocuments(tx, [...new Set(gone)]);
  await addToRegistry(tx, registryId, { versions: added - gone.length, servers: before }, platform);
}

/** How many names more, or less, the registry holds afterwards. */
async function servers(tx: Tx): Promise<number> {
  const row = await tx.row<{ servers: number }>(sql`
    select (count(*) filter (where keeps and not has and not takes) - count(*) filter (where has and not keeps))::float8
             as servers
    from (select bool_or(keeps) as keeps, bool_or(has) as has, bool_or(takes_from is not null) as takes
          from pg_temp.plan group by name) names`);
  return row?.servers ?? 0;
}

/** @returns the documents (SHA-256, hex) of the versions that an earlier mirror takes over, one for each */
async function takeOver(tx: Tx, registryId: string): Promise<string[]> {
  const gone = await tx.rows<{ hash: string }>(sql`
    delete from server_version v
    using (select distinct name, takes_from from pg_temp.plan where takes_from is not null) t
    where v.org_id = ${tx.ctx.orgId} and v.registry_id = ${registryId} and v.name = t.name and v.mirror_id = t.takes_from
    returning encode(v.document_hash, 'hex') as hash`);
  return gone.map(({ hash }) => hash);
}

async function remove(tx: Tx, { registryId, mirrorId }: Application): Promise<string[]> {
  const gone = await tx.rows<{ hash: string }>(sql`
    delete from server_version v using pg_temp.plan p
    where v.org_id = ${tx.ctx.orgId} and v.registry_id = ${registryId} and v.mirror_id = ${mirrorId}
      and v.name = p.name and v.version = p.version and p.action = 'removed'
    returning encode(v.document_hash, 'hex') as hash`);
  return gone.map(({ hash }) => hash);
}

async function flag(tx: Tx, { registryId, mirrorId }: Application, isLatest: boolean): Promise<void> {
  await tx.run(sql`
    update server_version v set is_latest = ${isLatest}, updated_at = clock_timestamp()
    from pg_temp.plan p
    where v.org_id = ${tx.ctx.orgId} and v.registry_id = ${registryId} and v.mirror_id = ${mirrorId}
      and v.name = p.name and v.version = p.version and p.has and p.keeps
      and p.was_latest <> p.is_latest and p.is_latest = ${isLatest}`);
}

// What somebody here has made of a version holds against what the upstream makes of it, unless that is heavier.
async function change(tx: Tx, { registryId, mirrorId, runId, upstreamName }: Application): Promise<void> {
  await tx.run(sql`
    update server_version v
    set document_hash = p.document_hash, meta = p.meta,
        status = case when v.local_status is null then p.upstream_status
                      else heavier_status(p.upstream_status, v.local_status) end,
        status_message = case when v.local_status is null
                                or v.local_status <> heavier_status(p.upstream_status, v.local_status)
                              then p.upstream_message else v.local_status_message end,
        status_changed_at = case when p.action = 'tombstoned' and p.reason <> 'take' then clock_timestamp()
                                 else coalesce(p.status_changed_at, v.status_changed_at) end,
        published_at = p.published_at, updated_at = clock_timestamp(),
        run_id = ${runId}, upstream_name = ${upstreamName},
        upstream_updated_at = coalesce(p.upstream_updated_at, v.upstream_updated_at),
        upstream_status = case when v.local_status is not null then p.upstream_status end,
        upstream_status_message = case when v.local_status is not null then p.upstream_message end
    from pg_temp.plan p
    where v.org_id = ${tx.ctx.orgId} and v.registry_id = ${registryId} and v.mirror_id = ${mirrorId}
      and v.name = p.name and v.version = p.version and p.action in ('changed', 'tombstoned')`);
}

// Each part in two rounds, each of which passes over what the other takes: what comes into the middle of an index in order
// leaves each of its pages half full, and the second round fills them. More than half goes first, or they would split once
// more.
const IN_PARTS = constant(`
  select p.ctid as place, p.name, p.version, row_number() over (partition by p.is_latest order by p.name, p.version) % 15 >= 8 as is_second,
         (row_number() over (order by p.name, p.version) - 1) / ${ADDED_AT_A_TIME} as part
  from pg_temp.plan p where p.action = 'new'`);

async function add(tx: Tx, application: Application): Promise<number> {
  if (application.additions === 0) return 0;
  const count = await tx.run(sql`
    create temp table additions on commit drop as
    select place, row_number() over (order by part, is_second, name, version) as nth from (${IN_PARTS}) p`);
  await tx.run(constant('create index on additions (nth)'));
  await tx.run(constant('analyze additions'));
  for (let first = 1; first <= count; first += ADDED_AT_A_TIME) {
    if (first > 1) await application.rest();
    await addSome(tx, application, first);
  }
  return count;
}

/** @param first counted from 1 */
async function addSome(
  tx: Tx,
  { registryId, mirrorId, runId, upstreamName }: Application,
  first: number,
): Promise<void> {
  await tx.run(sql`
    insert into server_version (org_id, registry_id, name, version, document_hash, status, status_message,
                                status_changed_at, published_at, updated_at, is_latest, mirror_id, run_id, upstream_name,
                                upstream_updated_at, meta, local_status, local_status_message, upstream_status,
                                upstream_status_message)
    select ${tx.ctx.orgId}, ${registryId}, p.name, p.version, p.document_hash, p.status,
           case when p.local_status = p.status then p.local_status_message else p.upstream_message end,
           coalesce(p.status_changed_at, now.at), p.published_at, now.at, p.is_latest, ${mirrorId},
           ${runId}, ${upstreamName}, p.upstream_updated_at, p.meta, p.local_status, p.local_status_message,
           case when p.local_status is not null then p.upstream_status end,
           case when p.local_status is not null then p.upstream_message end
    from pg_temp.additions a join pg_temp.plan p on p.ctid = a.place
    cross join (select clock_timestamp() as at) now
    where a.nth between ${first} and ${first + ADDED_AT_A_TIME - 1} order by a.nth`);
}
