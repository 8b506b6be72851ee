import { recordAudit } from '@portolan/audit';
import { constant, sql, type SqlFragment, type Tx } from '@portolan/db';
import type { HoldReason, PlanCounts } from '../apply/judge-plan';
import type { ClaimedRun } from './claimed-run';

const HISTORY_RUNS = 100;
const HISTORY_DAYS = 90;
/** Of so many runs is kept what became of each version. */
const ITEM_RUNS = 20;

/** Somebody else has the run by now; what this process was about to write is rolled back. */
export class RunLost extends Error {}

export interface RunFailure {
  readonly code: string;
  readonly detail: string;
}

/** How a run came to its end. */
export type RunEnd =
  | {
      /** Superseded: the same is held already. */
      readonly state: 'succeeded' | 'held' | 'superseded';
      readonly counts: PlanCounts;
      readonly reasons: readonly HoldReason[];
    }
  | { readonly state: 'failed'; readonly failure: RunFailure }
  | { readonly state: 'cancelled' };

/** @throws RunLost */
export async function endRun(tx: Tx, run: ClaimedRun, end: RunEnd): Promise<void> {
  const isJudged = 'counts' in end;
  const failure = end.state === 'failed' ? end.failure : null;
  await writeRun(
    tx,
    run,
    sql`state = ${end.state}, finished_at = clock_timestamp(), phase = null, lease_until = null,
        error_code = ${failure?.code ?? null}, error_detail = ${failure?.detail ?? null},
        counts = ${isJudged ? sql`${JSON.stringify(end.counts)}::jsonb || jsonb_build_object('fetched', fetched)` : constant('counts')},
        reasons = ${JSON.stringify(isJudged ? end.reasons : [])}::jsonb`,
  );
  await forgetOld(tx, run);
}

/**
 * Changes a run that this process has.
 *
 * @throws RunLost
 */
export async function writeRun(tx: Tx, { id, fence }: ClaimedRun, changes: SqlFragment): Promise<void> {
  const written = await tx.run(sql`
    update mirror_run set ${changes}
    where org_id = ${tx.ctx.orgId} and id = ${id} and fence = ${fence} and state = 'running'`);
  if (written === 0) throw new RunLost('the run was handed to somebody else');
}

/** Says in the trail what a run did, for whoever looks at a version it brought. */
export async function recordRun(
  tx: Tx,
  action: 'mirror.run.apply' | 'mirror.run.hold' | 'mirror.run.fail',
  { run, registryId, mirrorId, upstream, ...facts }: RunFacts,
): Promise<void> {
  await recordAudit(tx, {
    action,
    result: action === 'mirror.run.apply' ? 'success' : 'failure',
    ...(facts.reason === undefined ? {} : { reason: facts.reason }),
    targetId: run.id,
    targetName: upstream,
    parent: { type: 'mirror', id: mirrorId },
    registryId,
    ...(facts.after === undefined ? {} : { after: facts.after }),
  });
}

interface RunFacts {
  readonly run: ClaimedRun;
  readonly registryId: string;
  readonly mirrorId: string;
  readonly upstream: string;
  readonly reason?: string;
  readonly after?: object;
}

async function forgetOld(tx: Tx, { id }: ClaimedRun): Promise<void> {
  const { orgId } = tx.ctx;
  await tx.run(sql`
    delete from mirror_run_item i
    using (select o.id from mirror_run o
           join mirror_run this on this.org_id = o.org_id and this.mirror_id = o.mirror_id
           where this.org_id = ${orgId} and this.id = ${id} and o.state not in ('waiting', 'running', 'held')
           order by o.requested_at desc offset ${ITEM_RUNS}) old
    where i.org_id = ${orgId} and i.run_id = old.id`);
  await tx.run(sql`
    delete from mirror_run r
    using (select mirror_id from mirror_run where org_id = ${orgId} and id = ${id}) this
    where r.org_id = ${orgId} and r.mirror_id = this.mirror_id and r.state not in ('waiting', 'running', 'held')
      and (r.requested_at < clock_timestamp() - make_interval(days => ${HISTORY_DAYS})
        or r.requested_at < (
          select o.requested_at from mirror_run o
          where o.org_id = ${orgId} and o.mirror_id = this.mirror_id
          order by o.requested_at desc offset ${HISTORY_RUNS - 1} limit 1))`);
}
