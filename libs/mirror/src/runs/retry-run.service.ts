import { Injectable } from '@nestjs/common';
import { OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, backoffMs, type Ctx } from '@portolan/kernel';
import { UpstreamFault } from '../sources/upstream-fault';
import type { ClaimedRun, RunTask } from './claimed-run';
import { endRun, recordRun, writeRun, type RunFailure } from './end-run';
import { LONG_AGO, requestRunOfCopy } from './request-run';

const ATTEMPTS_MAX = 5;

export interface Setback extends RunFailure {
  /** HTTP status of the upstream; null when it did not answer. */
  readonly httpStatus: number | null;
  readonly retryAfterMs: number | null;
  readonly mayRetry: boolean;
  /** The upstream has failed, and not what was made of it here. */
  readonly isOfUpstream: boolean;
}

/** Lets a run wait for its next attempt, or ends it when there was enough of that. */
@Injectable()
export class RetryRun {
  constructor(private readonly db: OrgDb) {}

  execute(ctx: Ctx, run: ClaimedRun, task: RunTask, setback: Setback): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const attempts = (await hasGotOn(tx, run)) ? 1 : task.attempts + 1;
      await writeRun(
        tx,
        run,
        sql`attempts = ${attempts}, upstream_status = coalesce(${setback.httpStatus}::integer, upstream_status),
            error_code = ${setback.code}, error_detail = ${setback.detail}`,
      );
      if (setback.mayRetry && attempts < ATTEMPTS_MAX) {
        const waitMs = backoffMs(attempts, setback.retryAfterMs);
        await writeRun(
          tx,
          run,
          sql`state = 'waiting', lease_until = null,
              due_at = clock_timestamp() + make_interval(secs => ${waitMs}::float8 / 1000)`,
        );
        return;
      }
      const { mirror, upstream } = task;
      await recordRun(tx, 'mirror.run.fail', {
        run,
        registryId: mirror.registryId,
        mirrorId: mirror.id,
        upstream: upstream.name,
        reason: setback.code,
      });
      await endRun(tx, run, { state: 'failed', failure: setback });
      if (setback.isOfUpstream && (await owesComparison(tx, run, task)))
        await requestRunOfCopy(tx, mirror.id, 'policy');
    });
  }
}

/**
 * What may be taken has changed, and the run that was under way, or waited, was to see to that. What was read already is
 * enough for it, unless the run that failed was for that.
 */
async function owesComparison(tx: Tx, { id }: ClaimedRun, { mirror, source }: RunTask): Promise<boolean> {
  const { orgId } = tx.ctx;
  const row = await tx.row(sql`
    select 1 from mirror m join mirror_run r on r.org_id = m.org_id and r.id = ${id} and r.fresh_from > ${LONG_AGO}
    where m.org_id = ${orgId} and m.id = ${mirror.id} and m.enabled and m.source_id = ${source.id}
      and m.applied_crawl is null`);
  return row !== undefined;
}

/**
 * A crawl that came further than at the last attempt will come to its end: only what stands still is given up. Behind the
 * end of its list it comes no further, whatever it reads again.
 */
async function hasGotOn(tx: Tx, { id }: ClaimedRun): Promise<boolean> {
  const row = await tx.row<{ pages: number }>(sql`
    select c.pages from mirror_run r
    join source_crawl c on c.source_id = r.source_id and c.number = r.crawl_number
    where r.org_id = ${tx.ctx.orgId} and r.id = ${id} and c.state = 'running' and not c.catching_up
      and c.pages > r.pages_at_setback`);
  if (!row) return false;
  await tx.run(
    sql`update mirror_run set pages_at_setback = ${row.pages} where org_id = ${tx.ctx.orgId} and id = ${id}`,
  );
  return true;
}

export function failureOf(error: unknown): Setback {
  if (error instanceof UpstreamFault)
    return {
      code: error.code,
      detail: error.message,
      httpStatus: error.httpStatus,
      retryAfterMs: error.retryAfterMs,
      mayRetry: error.isTransient,
      isOfUpstream: true,
    };
  const none = { httpStatus: null, retryAfterMs: null, isOfUpstream: false };
  if (error instanceof AppError) {
    const mayRetry = error.status >= 500;
    return { code: error.code, detail: error.detail, ...none, mayRetry };
  }
  return { code: 'internal_error', detail: 'Something went wrong here; it is in the log', ...none, mayRetry: true };
}
