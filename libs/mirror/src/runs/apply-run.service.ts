import { Injectable } from '@nestjs/common';
import { Quotas } from '@portolan/access';
import { removeFromRegistry } from '@portolan/catalogue';
import { constant, OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, systemCtx, type Ctx } from '@portolan/kernel';
import { newRequestId } from '@portolan/telemetry';
import { applyPlan, type Application } from '../apply/apply-plan';
import { judgePlan, type HoldReason, type Judgement } from '../apply/judge-plan';
import { keepItems } from '../apply/keep-items';
import { makePlan } from '../apply/make-plan';
import type { MirrorRules } from '../apply/mirror-rules';
import type { PlanRequest } from '../apply/plan-request';
import { leaveReserved } from '../mirrors/leave-reserved';
import { lockMirrorsOf } from '../mirrors/lock-mirrors-of';
import { Pace } from '../pace';
import { Statistics } from '../statistics';
import type { ClaimedRun, RunTask } from './claimed-run';
import { requestRunOfCopy } from './request-run';
import { endRun, recordRun, writeRun, type RunEnd } from './end-run';

const COMPARE_EVERY_HOURS = 24;
const MANY_VERSIONS = 5_000;
const READ_ALL_EVERY_MINUTES = 60;
/** Followers of a registry expect a change that it bears the time of no later than ten minutes after that. */
const REST_IN_TRANSACTION_MAX_MS = 20_000;
const MISSING_MUCH: ReadonlySet<HoldReason['guard']> = new Set(['empty', 'removed_percent']);
const RULES = constant(`jsonb_build_object(
  'include', m.include, 'exclude', m.exclude, 'registryTypes', m.registry_types, 'transports', m.transports,
  'latestOnly', m.latest_only, 'statuses', m.statuses, 'maxRemovedPercent', m.max_removed_percent,
  'onConflict', m.on_conflict)`);

interface Shown {
  readonly rules: MirrorRules;
  readonly position: number;
  readonly source_id: string | null;
  readonly applied_crawl: number | null;
  readonly refused_crawl: number | null;
  readonly compared: boolean;
}

/** Applies a crawl to a registry, or tells why not; all of it in one transaction. */
@Injectable()
export class ApplyRun {
  constructor(
    private readonly db: OrgDb,
    private readonly quotas: Quotas,
    private readonly statistics: Statistics,
    private readonly pace: Pace,
  ) {}

  /**
   * @param crawl the crawl that the registry will show
   * @throws RunLost when another process has the run; AppError quota_exceeded
   */
  async execute(ctx: Ctx, run: ClaimedRun, task: RunTask, crawl: number): Promise<void> {
    await this.db.write(ctx, (tx) =>
      writeRun(tx, run, sql`phase = 'applying', source_id = ${task.source.id}, crawl_number = ${crawl}`),
    );
    const { end, touched } = await this.db.write(ctx, (tx) => this.apply(tx, run, task, crawl));
    await this.statistics.refresh('server_version', touched >= MANY_VERSIONS);
    if (end.state !== 'succeeded' && 'reasons' in end && end.reasons.some(({ guard }) => MISSING_MUCH.has(guard)))
      await this.readAllNext(task.source);
  }

  private async apply(
    tx: Tx,
    run: ClaimedRun,
    task: RunTask,
    crawl: number,
  ): Promise<{ readonly end: RunEnd; readonly touched: number }> {
    const began = performance.now();
    await tx.run(constant(`set local statement_timeout = '10min'`));
    // What a run looks at was written or looked at a moment ago: a few rows are found one by one sooner than among all.
    await tx.run(constant('set local random_page_cost = 1.1'));
    await lockMirrorsOf(tx, task.mirror.registryId);
    const shown = await lockMirror(tx, task.mirror.id);
    if (await isCancelled(tx, run)) {
      const end = { state: 'cancelled' } as const;
      await endRun(tx, run, end);
      return { end, touched: 0 };
    }
    const { mirror, upstream, dryRun } = task;
    const left = dryRun ? null : await leaveReserved(tx, { ...mirror, upstreamName: upstream.name });
    const request = await makePlan(tx, planOf(task, shown, crawl));
    const judgement = await judgePlan(tx, request);
    const truncated = await keepItems(tx, run.id);
    const end = await this.conclude(tx, run, task, request, judgement, shown);
    const appliedMode = request.applied === null ? 'full' : 'incremental';
    await writeRun(
      tx,
      run,
      sql`applied_mode = ${appliedMode}, items_truncated = ${truncated},
          applying_ms = applying_ms + ${Math.round(performance.now() - began)}`,
    );
    await endRun(tx, run, end);
    if (end.state === 'succeeded' && !dryRun && (await hasMoved(tx, request)))
      await requestRunOfCopy(tx, mirror.id, 'upstream');
    if (left !== null && left.versions > 0) await removeFromRegistry(tx, mirror.registryId, left);
    return { end, touched: judgement.touched };
  }

  /** Rests of one transaction, which holds what others may wait for: once all are taken, it goes on without. */
  private restOf(): Application['rest'] {
    let leftMs = REST_IN_TRANSACTION_MAX_MS;
    return async () => {
      leftMs -= await this.pace.rest(leftMs);
    };
  }

  /**
   * What an upstream lists again bears an old time: only who reads all of it hears that it has recovered. That is done at
   * most once an hour, for others may share the copy.
   */
  private async readAllNext({ id, orgId }: RunTask['source']): Promise<void> {
    await this.db.write(systemCtx(orgId, 'mirror', newRequestId()), (tx) =>
      tx.run(sql`
        update source set last_full_at = null
        where org_id = ${orgId} and id = ${id}
          and last_full_at < clock_timestamp() - make_interval(mins => ${READ_ALL_EVERY_MINUTES})`),
    );
  }

  private async conclude(
    tx: Tx,
    run: ClaimedRun,
    task: RunTask,
    request: PlanRequest,
    { counts, reasons, touched }: Judgement,
    shown: Shown,
  ): Promise<RunEnd> {
    const { mirror, upstream, dryRun, released } = task;
    if (dryRun) return { state: 'succeeded', counts, reasons };
    const facts = { run, registryId: mirror.registryId, mirrorId: mirror.id, upstream: upstream.name };
    // Who released a run has seen its reasons, and no others.
    const isSeen = released && reasons.every(({ detail }) => task.reasons.some((seen) => seen.detail === detail));
    if (reasons.length > 0 && !isSeen) {
      const isRefused = shown.source_id === null || shown.source_id === request.source.id;
      if (shown.refused_crawl === request.crawl && isRefused && !released) return REFUSED_BEFORE;
      if (await isHeldAlready(tx, run, request, reasons)) return { state: 'superseded', counts, reasons };
      await supersede(tx, run, mirror.id);
      const guards = reasons.map(({ guard }) => guard).join(', ');
      await recordRun(tx, 'mirror.run.hold', { ...facts, reason: guards, after: { counts, reasons } });
      return { state: 'held', counts, reasons };
    }
    if (counts.removed > 0) await compareOthers(tx, mirror.registryId, mirror.id);
    if (touched > 0)
      await applyPlan(tx, {
        ...request,
        runId: run.id,
        upstreamName: upstream.name,
        platform: this.quotas.platform,
        additions: counts.new,
        rest: this.restOf(),
      });
    await showCrawl(tx, request);
    await supersede(tx, run, mirror.id);
    if (touched > 0) await recordRun(tx, 'mirror.run.apply', { ...facts, after: { counts, released } });
    return { state: 'succeeded', counts, reasons: released ? reasons : [] };
  }
}

async function isCancelled(tx: Tx, { id }: ClaimedRun): Promise<boolean> {
  const row = await tx.row<{ cancelled: boolean }>(
    sql`select cancel_requested as cancelled from mirror_run where org_id = ${tx.ctx.orgId} and id = ${id}`,
  );
  return row?.cancelled ?? false;
}

async function showCrawl(tx: Tx, { mirrorId, source, crawl, applied }: PlanRequest): Promise<void> {
  await tx.run(sql`
    update mirror m
    set source_id = ${source.id}, applied_crawl = ${crawl}, refused_crawl = null,
        compared_at = case when ${applied === null} then began.at else compared_at end,
        data_as_of = greatest(m.data_as_of, began.at)
    from source s
    left join source_crawl c on c.org_id = s.org_id and c.source_id = s.id and c.number = ${crawl}
    cross join lateral (select case when s.head = ${crawl} then s.head_started_at else c.started_at end as at) began
    where m.org_id = ${tx.ctx.orgId} and m.id = ${mirrorId} and s.org_id = ${source.orgId} and s.id = ${source.id}`);
}

/** Nobody is asked twice about the same. */
async function isHeldAlready(
  tx: Tx,
  run: ClaimedRun,
  { mirrorId, source, crawl }: PlanRequest,
  reasons: readonly HoldReason[],
): Promise<boolean> {
  const row = await tx.row(sql`
    select 1 from mirror_run
    where org_id = ${tx.ctx.orgId} and mirror_id = ${mirrorId} and state = 'held' and source_id = ${source.id}
      and crawl_number = ${crawl} and reasons = ${JSON.stringify(reasons)}::jsonb and id <> ${run.id}`);
  return row !== undefined;
}

/** Another crawl has ended meanwhile, and asked nothing of this mirror, for its run was under way. */
async function hasMoved(tx: Tx, { source, crawl }: PlanRequest): Promise<boolean> {
  const row = await tx.row<{ moved: boolean }>(
    sql`select head > ${crawl} as moved from source where org_id = ${source.orgId} and id = ${source.id}`,
  );
  return row?.moved ?? false;
}

const REFUSED_BEFORE = {
  state: 'failed',
  failure: {
    code: 'refused_before',
    detail: 'An administrator has refused what the upstream lists, and it still does',
  },
} as const;

// Holds off whoever changes the mirror, or the status of a version it brought: he is told to come back.
async function lockMirror(tx: Tx, mirrorId: string): Promise<Shown> {
  const shown = await tx.row<Shown>(sql`
    select ${RULES} as rules, position, source_id, applied_crawl::float8 as applied_crawl, refused_crawl::float8 as refused_crawl,
           coalesce(compared_at > clock_timestamp() - make_interval(hours => ${COMPARE_EVERY_HOURS}), false) as compared
    from mirror m where org_id = ${tx.ctx.orgId} and id = ${mirrorId} for no key update`);
  if (!shown) throw new AppError('mirror_not_found');
  return shown;
}

function planOf({ mirror, source, mode }: RunTask, shown: Shown, crawl: number): PlanRequest {
  const isDifference = mode === 'incremental' && shown.compared && shown.source_id === source.id;
  return {
    registryId: mirror.registryId,
    mirrorId: mirror.id,
    position: shown.position,
    rules: shown.rules,
    source,
    crawl,
    applied: isDifference ? shown.applied_crawl : null,
  };
}

/** Of what is held the newest counts. */
async function supersede(tx: Tx, run: ClaimedRun, mirrorId: string): Promise<void> {
  await tx.run(sql`
    update mirror_run set state = 'superseded', finished_at = clock_timestamp()
    where org_id = ${tx.ctx.orgId} and mirror_id = ${mirrorId} and state = 'held' and id <> ${run.id}`);
}

// A name that this mirror leaves may be another one's now.
async function compareOthers(tx: Tx, registryId: string, mirrorId: string): Promise<void> {
  await tx.run(sql`
    update mirror set applied_crawl = null, next_run_at = case when enabled then clock_timestamp() end
    where org_id = ${tx.ctx.orgId} and registry_id = ${registryId} and id <> ${mirrorId} and applied_crawl is not null
      and exists (select from pg_temp.plan group by name having bool_or(has) and not bool_or(keeps))`);
}
