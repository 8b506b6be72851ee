import { constant, sql, type SqlFragment, type Tx } from '@portolan/db';
import type { PlanRequest } from './plan-request';

/**
 * Writes down in a temporary table `looked_at` what the difference between two crawls may change: `name` and `version`, or
 * only `name` for all versions of it. `is_own`: the mirror has the name, and nobody else.
 *
 * What has changed is looked at beside the version that is shown as its server's latest, which stands for the others: it is
 * above them as long as neither it nor they have changed. Where it is deleted they all are, and which of those is the highest
 * moves when the copy is tidied up. So all versions are looked at there, and of names that the mirror does not have.
 */
export async function lookAt(tx: Tx, request: PlanRequest & { readonly applied: number }): Promise<void> {
  const { registryId, mirrorId, rules, source, crawl, applied } = request;
  const changed = (at: string) => sql`
    select name, version from source_version
    where org_id = ${source.orgId} and source_id = ${source.id} and ${constant(at)} > ${applied} and ${constant(at)} <= ${crawl}`;
  await tx.run(sql`create temp table changed on commit drop as ${changed('from_crawl')} union ${changed('to_crawl')}`);
  await tx.run(constant('analyze changed'));
  const names = constant('(select distinct name from pg_temp.changed)');
  await tx.run(sql`
    create temp table looked_at on commit drop as
    with latest as materialized (
      select v.name, v.version,
             not ${rules.latestOnly}::boolean and v.status <> 'deleted' and c.name is null as stands
      from ${names} n
      cross join lateral (
        select v.* from server_version v
        where v.org_id = ${tx.ctx.orgId} and v.registry_id = ${registryId} and v.mirror_id = ${mirrorId}
          and v.name = n.name and v.is_latest
        offset 0) v
      left join pg_temp.changed c on c.name = v.name and c.version = v.version)
    select name, version, true as is_own from latest where stands
    union all
    select c.name, c.version, true from pg_temp.changed c join latest l on l.name = c.name where l.stands
    union all
    select n.name, null, l.name is not null from ${names} n left join latest l on l.name = n.name where l.stands is not true`);
  await tx.run(constant('analyze looked_at'));
}

/** Rows of a table `v`, as `v`, of what is looked at: one by one, so that the index finds them whatever the planner thinks. */
export function lookedAt(table: string, condition: SqlFragment): SqlFragment {
  const rows = (isOne: boolean) => sql`
    select v.* from pg_temp.looked_at t
    cross join lateral (
      select v.* from ${constant(table)} v
      where ${condition} and v.name = t.name ${constant(isOne ? 'and v.version = t.version' : '')} offset 0) v
    where t.version is ${constant(isOne ? 'not null' : 'null')}`;
  return sql`(${rows(true)} union all ${rows(false)}) v`;
}

/** The names looked at that somebody else may have, as an array. */
export const FOREIGN_NAMES = constant('array(select t.name from pg_temp.looked_at t where not t.is_own)');
