import { constant, sql, type SqlFragment, type Tx } from '@portolan/db';
import { isReservedSql } from '@portolan/namespaces';
import { lookAt, lookedAt, FOREIGN_NAMES } from './look-at';
import { likePattern, type MirrorRules } from './mirror-rules';
import type { PlanRequest } from './plan-request';

/**
 * Works out in a temporary table `plan` what becomes of each version that is looked at. Nothing is changed, and nothing of it
 * passes through this process.
 *
 * `action`: what happens, null for nothing to speak of. `reason`: why. `guard`: what looks wrong about it. `keeps`: the
 * registry has the version afterwards. `is_latest`: it is its server's latest then. `takes_from`: the mirror whose name
 * it was. The rest is the state that it gets.
 *
 * @returns what was planned: of everything, where a difference leaves open what becomes of some server
 */
export async function makePlan(tx: Tx, request: PlanRequest): Promise<PlanRequest> {
  const { applied } = request;
  if (applied !== null) await lookAt(tx, { ...request, applied });
  await tx.run(sql`create temp table plan on commit drop as ${planSql(tx.ctx.orgId, request)}`);
  await tx.run(constant('analyze plan (name, version, action)'));
  if (applied === null || !(await hasFallen(tx))) return request;
  await tx.run(constant('drop table pg_temp.plan'));
  return makePlan(tx, { ...request, applied: null });
}

// A latest version that stands for others may go without having changed: its namespace has been reserved a moment ago.
async function hasFallen(tx: Tx): Promise<boolean> {
  const row = await tx.row(sql`
    select 1 from pg_temp.looked_at l join pg_temp.plan p on p.name = l.name and p.version = l.version
    where p.was_latest and not (p.keeps and p.status <> 'deleted') limit 1`);
  return row !== undefined;
}

function planSql(orgId: string, request: PlanRequest): SqlFragment {
  const { registryId, mirrorId, source, crawl, applied } = request;
  const names = applied === null ? constant('null') : FOREIGN_NAMES;
  const versionsOf = (table: string, condition: SqlFragment) =>
    applied === null ? sql`(select v.* from ${constant(table)} v where ${condition}) v` : lookedAt(table, condition);
  const listed = versionsOf(
    'source_version',
    sql`v.org_id = ${source.orgId} and v.source_id = ${source.id} and v.from_crawl <= ${crawl}
        and (v.to_crawl is null or v.to_crawl > ${crawl})`,
  );
  const had = versionsOf(
    'server_version',
    sql`v.org_id = ${orgId} and v.registry_id = ${registryId} and v.mirror_id = ${mirrorId}`,
  );
  // Each step is written down: what it works out would be worked out again wherever a later one looks at it.
  return sql`
    with others as materialized (
      select o.name, o.mirror_id, m.position as position
      from names_of_others(${registryId}, ${mirrorId}, ${names}) o
      left join mirror m on m.org_id = ${orgId} and m.id = o.mirror_id),
    listed as materialized (
      select v.*, ${verdictSql(orgId, request)} as first_verdict, o.mirror_id as owner
      from ${listed} left join others o on o.name = v.name),
    wanted as (
      select d.*, ${latestOnlySql(request.rules)} as verdict from listed d),
    had as (
      select v.*, coalesce(v.upstream_status, v.status) as was_status,
             case when v.local_status is null then v.status_message else v.upstream_status_message end as was_message
      from ${had}),
    set_by_hand as (
      select v.name, v.version, v.local_status, v.local_status_message
      from others o
      cross join lateral (
        select v.* from server_version v
        where v.org_id = ${orgId} and v.registry_id = ${registryId} and v.name = o.name and v.mirror_id = o.mirror_id
          and v.local_status is not null
        offset 0) v
      where o.mirror_id is not null),
    met as materialized (
      select coalesce(w.name, h.name) as name, coalesce(w.version, h.version) as version, ${VERDICT} as verdict,
             h.name is not null as has, w.owner,
             h.is_latest as was_latest, h.was_status, h.was_message, h.document_hash as was_hash, h.meta as was_meta,
             h.local_status, h.local_status_message, w.document_hash as listed_hash, w.meta as listed_meta,
             w.status as listed_status, w.status_message as listed_message,
             coalesce(w.status_changed_at, w.published_at, w.updated_at) as status_changed_at,
             coalesce(w.published_at, h.published_at, w.updated_at, now()) as published_at,
             h.published_at as was_published_at,
             w.updated_at as upstream_updated_at, coalesce(w.precedence, '') as precedence, w.fault,
             (w.document_hash, coalesce(w.meta, ''), w.status, coalesce(w.status_message, ''),
              coalesce(w.updated_at, 'epoch'), coalesce(w.published_at, h.published_at)) is distinct from
             (h.document_hash, coalesce(h.meta, ''), h.was_status, coalesce(h.was_message, ''),
              coalesce(h.upstream_updated_at, 'epoch'), h.published_at) as differs,
             w.updated_at < h.upstream_updated_at as is_backwards
      from wanted w full join had h on h.name = w.name and h.version = w.version),
    judged as (
      select m.name, m.version, m.verdict, m.has, m.owner, m.was_latest, m.was_status, m.was_hash, m.listed_hash,
             coalesce(m.local_status, l.local_status) as local_status,
             coalesce(m.local_status_message, l.local_status_message) as local_status_message,
             case when m.verdict in ('quarantined', 'missing', 'status') then m.was_hash else m.listed_hash
             end as document_hash,
             case when m.verdict = 'take' then m.listed_meta else m.was_meta end as meta,
             case when m.verdict = 'take' then m.listed_status when m.verdict = 'quarantined' then m.was_status
                  else 'deleted' end as upstream_status,
             case when m.verdict in ('take', 'status') then m.listed_message else m.was_message
             end as upstream_message,
             m.status_changed_at,
             case when ${IS_LEFT} then m.was_published_at else m.published_at end as published_at,
             m.upstream_updated_at, m.precedence, m.fault, m.differs, m.is_backwards
      from met m left join set_by_hand l on l.name = m.name and l.version = m.version and not m.has),
    decided as materialized (
      select j.*, case when j.local_status is null then j.upstream_status
                       else heavier_status(j.upstream_status, j.local_status) end as status, ${ACTION} as action,
             ${GUARD} as guard, ${KEEPS} as keeps,
             case when j.verdict = 'take' and not j.has then j.owner end as takes_from
      from judged j)
    select d.name, d.version, d.action, d.verdict as reason, d.guard, d.fault, d.keeps, d.has, d.takes_from, d.was_latest,
           d.was_hash, d.document_hash, d.meta, d.status, d.upstream_status, d.upstream_message, d.local_status,
           d.local_status_message,
           d.status_changed_at, d.published_at, d.upstream_updated_at,
           d.keeps and row_number() over (partition by d.name order by d.keeps desc, ${ORDER_OF_LATEST}) = 1 as is_latest
    from decided d
    where d.has or d.verdict not in ('missing', 'status')`;
}

// Semantic versions by precedence, and of equal ones the first; others by the time of their publication, the last.
const ORDER_OF_LATEST = constant(`
  (d.status = 'deleted'), d.precedence desc, case when d.precedence = 'o' then d.published_at end desc nulls last,
  d.published_at, d.version`);

const ACTION = constant(`case
  when j.verdict = 'take' and not j.has then 'new'
  when j.verdict = 'take' and j.upstream_status = 'deleted' and j.was_status <> 'deleted' then 'tombstoned'
  when j.verdict = 'take' and j.differs then 'changed'
  when j.verdict = 'take' then 'unchanged'
  when j.verdict in ('missing', 'status') then case when j.was_status = 'deleted' then 'unchanged' else 'tombstoned' end
  when j.verdict = 'quarantined' then 'quarantined'
  when j.has then 'removed'
  when j.verdict in ('reserved_namespace', 'published_here', 'other_mirror') then 'conflict'
  else 'filtered' end`);

// Of a version that is here only what reads well can say that it falls out by a filter; the upstream could otherwise take
// it away by spoiling it. One that is deleted there goes, whatever else is wrong with it.
const VERDICT = constant(`case
  when w.name is null then 'missing'
  when h.name is not null and w.fault is not null
    and w.verdict in ('registry_type', 'transport', 'status', 'quarantined')
    then case when w.status = 'deleted' then 'missing' else 'quarantined' end
  else w.verdict end`);

// What is not written keeps its time.
const IS_LEFT = constant(`(m.verdict = 'quarantined' or m.verdict <> 'take' and m.was_status = 'deleted')`);

// Other content counts also where it is the reason why a version falls out: else it would come back unseen.
const GUARD = constant(`case
  when not (j.verdict in ('take', 'registry_type', 'transport') and j.has) then null
  when j.was_hash <> j.listed_hash and not same_content(j.was_hash, j.listed_hash) then 'content_changed'
  when j.verdict <> 'take' then null
  when j.was_status = 'deleted' and j.upstream_status <> 'deleted' then 'undeleted'
  when j.is_backwards then 'time_backwards' end`);

// What is deleted by the upstream stays as a tombstone; what is there and can no more be read stays as it is.
const KEEPS = constant(`(j.verdict = 'take' or j.has and j.verdict in ('missing', 'status', 'quarantined'))`);

/** What becomes of a version by the mirror's rules, before it is known which one is its server's latest. */
function verdictSql(orgId: string, { position, mirrorId, rules }: PlanRequest): SqlFragment {
  const matches = (globs: readonly string[]) => sql`lower(v.name) like any(${globs.map(likePattern)}::text[])`;
  const has = (column: string, values: readonly string[]) =>
    values.length === 0 ? constant('true') : sql`v.${constant(column)} && ${values}::text[]`;
  return sql`case
    when v.missing then 'missing'
    when (select exists (select from reserved_namespace where org_id = ${orgId}))
      and ${isReservedSql(orgId, constant('v.name'))} then 'reserved_namespace'
    when ${rules.include.length === 0 ? constant('false') : sql`not ${matches(rules.include)}`} then 'name'
    when ${matches(rules.exclude)} then 'name'
    when not ${has('registry_types', rules.registryTypes)} then 'registry_type'
    when not ${has('transports', rules.transports)} then 'transport'
    when not v.status = any(${rules.statuses}::text[]) then 'status'
    when v.fault is not null then 'quarantined'
    when o.name is not null and o.mirror_id is null then 'published_here'
    when (o.position, o.mirror_id) < (${position}::integer, ${mirrorId}::uuid) then 'other_mirror'
    else 'take' end`;
}

function latestOnlySql({ latestOnly }: MirrorRules): SqlFragment {
  if (!latestOnly) return constant('d.first_verdict');
  return sql`case when d.first_verdict = 'take'
    and row_number() over (partition by d.name, d.first_verdict order by ${ORDER_OF_LATEST}) > 1
    then 'not_latest' else d.first_verdict end`;
}
