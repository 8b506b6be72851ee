import { Injectable, Logger } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import { AppError, systemCtx, type Ctx } from '@portolan/kernel';
import { newRequestId } from '@portolan/telemetry';
import { SecretBox } from '@portolan/vault';
import { keepAlive } from '../keep-alive';
import type { CrawlOutcome } from '../sources/crawl';
import { CrawlSource } from '../sources/crawl-source.service';
import { UpstreamFault } from '../sources/upstream-fault';
import { upstreamTargetOf } from '../upstreams/upstream-target-of';
import { ApplyRun } from './apply-run.service';
import { ClaimRun } from './claim-run.service';
import { readTask, type ClaimedRun, type RunTask } from './claimed-run';
import { endRun, RunLost, writeRun } from './end-run';
import { failureOf, RetryRun } from './retry-run.service';
import { SpreadNews } from './spread-news.service';

const RENEW_MS = 5_000;
const BUSY_SECONDS = 5;
/** A run that still reads after this makes room for one that waits; it goes on behind the page that it kept last. */
const SLICE_MS = 60_000;

/** What became of a run that this process had. */
type Step = 'apply' | 'done';

/**
 * One run from its claim to its end, or to where it has to wait. Whatever happens to this process, the run is in the
 * database and goes on elsewhere.
 */
@Injectable()
export class ExecuteRun {
  private readonly logger = new Logger(ExecuteRun.name);

  constructor(
    private readonly db: OrgDb,
    private readonly claimRun: ClaimRun,
    private readonly crawlSource: CrawlSource,
    private readonly applyRun: ApplyRun,
    private readonly retryRun: RetryRun,
    private readonly spreadNews: SpreadNews,
    private readonly secretBox: SecretBox,
  ) {}

  /** Never throws for what an upstream does. */
  async execute(run: ClaimedRun, isEnding: () => boolean): Promise<void> {
    const ctx = systemCtx(run.org_id, 'mirror', newRequestId());
    const watch = { cancelled: false, mustYield: false, pages: 0 };
    const began = performance.now();
    const renew = async () => {
      const renewed = await this.claimRun.renew(ctx, run, watch.pages);
      watch.cancelled ||= renewed?.cancelled ?? false;
      watch.mustYield ||= performance.now() - began > SLICE_MS && (await this.claimRun.isAnyDue());
      return renewed !== null;
    };
    await keepAlive(renew, RENEW_MS, (isLost) =>
      this.work(ctx, run, { watch, isStopped: () => isLost() || isEnding() || watch.cancelled || watch.mustYield }),
    ).catch((error: unknown) => {
      if (error instanceof RunLost) return;
      this.logger.error(
        `mirror run ${run.id} of ${run.org_id}: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }

  private async work(ctx: Ctx, run: ClaimedRun, state: Working): Promise<void> {
    const task = await this.db.read(ctx, (tx) => readTask(tx, run));
    if (task === undefined) return;
    try {
      if (!task.upstream.enabled || (!task.mirrorEnabled && task.trigger !== 'request'))
        throw new AppError(task.upstream.enabled ? 'mirror_disabled' : 'upstream_disabled');
      if (task.released && task.crawlNumber !== null && task.runSourceId === task.source.id) {
        await this.applyRun.execute(ctx, run, task, task.crawlNumber);
        return;
      }
      if ((await this.read(ctx, run, task, state)) === 'done') return;
      const now = await this.db.read(ctx, (tx) => readTask(tx, run));
      if (now !== undefined) await this.applyRun.execute(ctx, run, { ...now, released: false }, now.source.head);
    } catch (error) {
      if (error instanceof RunLost) throw error;
      await this.retryRun.execute(ctx, run, task, failureOf(error));
      if (!(error instanceof UpstreamFault) && !(error instanceof AppError)) throw error;
    }
  }

  /** Makes our copy of the upstream as fresh as the run wants it. */
  private async read(ctx: Ctx, run: ClaimedRun, task: RunTask, { watch, isStopped }: Working): Promise<Step> {
    const { source, upstream } = task;
    const began = performance.now();
    await this.db.write(ctx, (tx) => writeRun(tx, run, sql`phase = 'reading', source_id = ${source.id}`));
    const target = upstreamTargetOf(
      {
        upstream_id: upstream.id,
        url: source.url,
        verify_tls: source.verifyTls,
        headers_sealed: upstream.headersSealed,
      },
      this.secretBox,
    );
    const outcome = await this.crawlSource.execute(
      {
        source: { id: source.id, orgId: source.orgId, target },
        mode: task.mode,
        freshFrom: task.freshFrom,
        mayProbe: task.trigger === 'request' && task.attempts === 0,
        beginAnew: task.trigger === 'request' && task.mode === 'full' && task.crawlNumber === null,
      },
      {
        isStopped,
        opened: (crawl) => this.db.write(ctx, (tx) => writeRun(tx, run, sql`crawl_number = ${crawl.number}`)),
        read: (pages) => {
          watch.pages = pages;
        },
      },
    );
    const readingMs = Math.round(performance.now() - began);
    return this.conclude(ctx, run, { outcome, readingMs, cancelled: watch.cancelled, source });
  }

  private async conclude(ctx: Ctx, run: ClaimedRun, { outcome, readingMs, cancelled, source }: Reading): Promise<Step> {
    const spent = sql`reading_ms = reading_ms + ${readingMs}`;
    const write = (changes: ReturnType<typeof sql>) =>
      this.db.write(ctx, (tx) => writeRun(tx, run, sql`${spent}, ${changes}`));
    switch (outcome.kind) {
      case 'fresh': {
        const { crawled } = outcome;
        if (crawled !== null) {
          await write(sql`
            pages = ${crawled.pages}, bytes = ${crawled.bytes}, fetched = ${crawled.fetched},
            upstream_status = ${crawled.httpStatus}`);
          await this.spreadNews.execute(source.id, crawled.moved);
        }
        return 'apply';
      }
      case 'busy':
        await write(sql`
          state = 'waiting', lease_until = null, due_at = clock_timestamp() + make_interval(secs => ${BUSY_SECONDS})`);
        return 'done';
      case 'resting':
        await write(sql`state = 'waiting', lease_until = null, due_at = ${outcome.until}::timestamptz`);
        return 'done';
      case 'stopped':
        if (cancelled) await this.db.write(ctx, (tx) => endRun(tx, run, { state: 'cancelled' }));
        else await write(sql`state = 'waiting', lease_until = null, due_at = clock_timestamp()`);
        return 'done';
    }
  }
}

interface Working {
  readonly watch: { cancelled: boolean; mustYield: boolean; pages: number };
  readonly isStopped: () => boolean;
}

interface Reading {
  readonly outcome: CrawlOutcome;
  readonly readingMs: number;
  readonly cancelled: boolean;
  readonly source: RunTask['source'];
}
