import { constant, sql, type Tx } from '@portolan/db';
import type { PlanRequest } from './plan-request';

export interface PlanCounts {
  readonly new: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly tombstoned: number;
  readonly removed: number;
  readonly quarantined: number;
  readonly filtered: number;
  readonly conflicts: number;
}

/** Why a run is held: what looked wrong, and how much of it. */
export interface HoldReason {
  readonly guard: 'empty' | 'removed_percent' | 'content_changed' | 'undeleted' | 'time_backwards' | 'conflicts';
  readonly detail: string;
}

export interface Judgement {
  readonly counts: PlanCounts;
  readonly reasons: readonly HoldReason[];
  /** Versions that change, or only gain or lose the latest flag; 0: nothing is to be written. */
  readonly touched: number;
}

interface Tally extends PlanCounts {
  readonly touched: number;
  readonly content_changed: number;
  readonly undeleted: number;
  readonly time_backwards: number;
}

const PER_CENT = 100;

/** Counts what a plan does, and tells what about it an upstream should not do. */
export async function judgePlan(tx: Tx, request: PlanRequest): Promise<Judgement> {
  const tally = await tx.row<Tally>(sql`
    select ${count("action = 'new'", 'new')}, ${count("action = 'changed'", 'changed')},
           ${count("action = 'unchanged'", 'unchanged')}, ${count("action = 'tombstoned'", 'tombstoned')},
           ${count("action = 'removed'", 'removed')}, ${count("action = 'quarantined'", 'quarantined')},
           ${count("action = 'filtered'", 'filtered')}, ${count("action = 'conflict'", 'conflicts')},
           ${count("guard = 'content_changed'", 'content_changed')}, ${count("guard = 'undeleted'", 'undeleted')},
           ${count("guard = 'time_backwards'", 'time_backwards')},
           ${count(
             `action in ('new', 'changed', 'tombstoned', 'removed') or has and keeps and was_latest <> is_latest`,
             'touched',
           )}
    from pg_temp.plan`);
  if (!tally) throw new Error('the plan was not counted');
  const { touched, content_changed: content, undeleted, time_backwards: backwards, ...counts } = tally;
  const reasons: HoldReason[] = [];
  const hold = (guard: HoldReason['guard'], found: number, detail: string) => {
    if (found > 0) reasons.push({ guard, detail });
  };
  const { removed, present } = await removals(tx, request, counts.tombstoned);
  const { maxRemovedPercent, onConflict } = request.rules;
  if (removed > 0 && removed === present && (await isEmpty(tx, request)))
    hold('empty', 1, `The upstream lists nothing any more, and ${present} versions would be deleted`);
  else if (removed * PER_CENT > present * maxRemovedPercent)
    hold(
      'removed_percent',
      1,
      `${removed} of ${present} versions would be deleted, and at most ${maxRemovedPercent} per cent may be`,
    );
  hold('content_changed', content, `${content} versions have another content than the one that was published`);
  hold('undeleted', undeleted, `${undeleted} versions that were deleted are back`);
  hold('time_backwards', backwards, `${backwards} versions are older than they were`);
  if (onConflict === 'hold')
    hold('conflicts', counts.conflicts, `${counts.conflicts} versions have a name that is somebody else's here`);
  return { counts, reasons, touched };
}

function count(condition: string, name: string) {
  return constant(`count(*) filter (where ${condition})::float8 as ${name}`);
}

/** How many versions go by the upstream's doing, and how many the mirror shows now. */
async function removals(
  tx: Tx,
  { registryId, mirrorId }: PlanRequest,
  removed: number,
): Promise<{ readonly removed: number; readonly present: number }> {
  if (removed === 0) return { removed, present: 0 };
  const row = await tx.row<{ present: number }>(sql`
    select count(*)::float8 as present from server_version
    where org_id = ${tx.ctx.orgId} and registry_id = ${registryId} and mirror_id = ${mirrorId}
      and coalesce(upstream_status, status) <> 'deleted'`);
  return { removed, present: row?.present ?? 0 };
}

async function isEmpty(tx: Tx, { source, crawl }: PlanRequest): Promise<boolean> {
  const row = await tx.row<{ empty: boolean }>(sql`
    select not exists (
      select from source_version
      where org_id = ${source.orgId} and source_id = ${source.id} and not missing and from_crawl <= ${crawl}
        and (to_crawl is null or to_crawl > ${crawl})) as empty`);
  return row?.empty ?? false;
}
