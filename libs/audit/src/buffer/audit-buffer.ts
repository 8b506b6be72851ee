import { Injectable, Logger, Optional, type OnApplicationShutdown } from '@nestjs/common';
import { isUnstorable, OrgDb } from '@portolan/db';
import { isUuid, systemCtx, type Ctx } from '@portolan/kernel';
import { Metrics, newRequestId } from '@portolan/telemetry';
import { AUDIT_ACTIONS, type AuditEvent } from '../audit-events';
import { recordOccurrences, type Occurrence } from '../record-audit';
import { Backlog, type Batch, type Importance, type Waiting } from './backlog';

/** Rows of each importance that this process holds. */
const ROWS_MAX = 10_000;
/** Of these, of one organization: none can take the place of all. */
const ROWS_OF_ORGANIZATION_MAX = 2_000;
const BATCH_ROWS = 500;
const WRITERS = 4;
const GATHER_MS = 200;
const RETRY_FIRST_MS = 100;
const RETRY_LONGEST_MS = 5_000;
const FLUSH_MS = 3_000;
/** What is kept of a text is not longer; a header could be 16 kB. */
const TEXT_MAX = 1_024;

interface BufferLimits {
  /** Nobody is held up longer; the row is kept and written when it can be. */
  readonly waitMs: number;
  /** Longer than the database lets a statement take: a write that takes this long has lost its connection. */
  readonly writeMs: number;
}

const LIMITS: BufferLimits = { waitMs: 2_000, writeMs: 30_000 };

/**
 * Audit rows that no transaction of a change writes: refusals, grants, sampled reads. While a transaction of an
 * organization is under way its next rows gather, and the one after it writes them all. What cannot be written waits and is
 * tried again; what finds no place is counted, and the count becomes a row of its own.
 */
@Injectable()
export class AuditBuffer implements OnApplicationShutdown {
  private readonly logger = new Logger(AuditBuffer.name);
  private readonly backlogs = new Map<string, Backlog>();
  /** In the order in which they are written. */
  private readonly queue: Backlog[] = [];
  private readonly held: Record<Importance, number> = { must: 0, may: 0 };
  private writers = 0;
  private isStopping = false;
  private isStopped = false;
  private emptied: (() => void) | undefined;
  private readonly writtenTotal;
  private readonly droppedTotal;
  private readonly failuresTotal;

  constructor(
    private readonly db: OrgDb,
    metrics: Metrics,
    @Optional() private readonly limits: BufferLimits = LIMITS,
  ) {
    this.writtenTotal = metrics.counter(
      'portolan_audit_written_total',
      'Audit rows of the buffer that were written, by kind',
      ['kind'],
    );
    for (const { kind } of Object.values(AUDIT_ACTIONS)) this.writtenTotal.inc({ kind }, 0);
    this.droppedTotal = metrics.counter(
      'portolan_audit_dropped_total',
      'Audit rows that found no place in the buffer and are only counted',
    );
    this.failuresTotal = metrics.counter(
      'portolan_audit_write_failures_total',
      'Transactions of the buffer that failed; their rows are tried again',
    );
    metrics.gauge('portolan_audit_buffer_rows', 'Audit rows that wait to be written', () => this.rows);
  }

  /**
   * Resolves once the row is committed, or once a write has failed or 2 s have passed: then the row waits for the next
   * write. Never rejects.
   */
  mustRecord(ctx: Ctx, event: AuditEvent): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.limits.waitMs).unref();
      const settle = () => {
        clearTimeout(timer);
        resolve();
      };
      const backlog = this.add('must', ctx, event, settle);
      if (backlog === null || backlog.failures > 0) settle();
      else this.enqueue(backlog);
    });
  }

  /** Written a little later, with what else there is by then. */
  mayRecord(ctx: Ctx, event: AuditEvent): void {
    const backlog = this.add('may', ctx, event, () => undefined);
    if (backlog === null || backlog.failures > 0) return;
    if (backlog.isUrgent) this.enqueue(backlog);
    else this.enqueueAfter(backlog, GATHER_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    for (const backlog of this.backlogs.values()) this.enqueue(backlog);
    await this.empty();
    this.isStopped = true;
    let lost = this.rows;
    for (const { timer, dropped } of this.backlogs.values()) {
      clearTimeout(timer);
      lost += dropped;
    }
    if (lost > 0) this.logger.error(`${lost} audit rows were not written before the end`);
  }

  private get rows(): number {
    return this.held.must + this.held.may;
  }

  private add(importance: Importance, ctx: Ctx, event: AuditEvent, settle: () => void): Backlog | null {
    const backlog = this.backlogOf(ctx.orgId);
    if (this.held[importance] >= ROWS_MAX || backlog.held[importance] >= ROWS_OF_ORGANIZATION_MAX) {
      this.droppedTotal.inc();
      backlog.drop(event);
      if (backlog.failures === 0) this.enqueueAfter(backlog, GATHER_MS);
      return null;
    }
    this.held[importance] += 1;
    backlog.add(importance, { ...compact(ctx, event), happenedAtMs: performance.now(), settle });
    return backlog;
  }

  private backlogOf(orgId: string): Backlog {
    if (!isUuid(orgId)) throw new Error('an audit row needs an organization');
    let backlog = this.backlogs.get(orgId);
    if (backlog === undefined) {
      backlog = new Backlog(orgId, BATCH_ROWS);
      this.backlogs.set(orgId, backlog);
    }
    return backlog;
  }

  private enqueueAfter(backlog: Backlog, delayMs: number): void {
    if (backlog.state !== 'idle' || backlog.timer !== undefined || this.isStopped) return;
    backlog.timer = setTimeout(() => {
      this.enqueue(backlog);
    }, delayMs).unref();
  }

  private enqueue(backlog: Backlog): void {
    if (backlog.state !== 'idle' || this.isStopped) return;
    clearTimeout(backlog.timer);
    backlog.timer = undefined;
    backlog.state = 'queued';
    this.queue.push(backlog);
    this.startWriters();
  }

  private startWriters(): void {
    while (this.writers < WRITERS) {
      const backlog = this.queue.shift();
      if (backlog === undefined) return;
      this.writers += 1;
      backlog.state = 'writing';
      void this.write(backlog).finally(() => {
        this.writers -= 1;
        backlog.state = 'idle';
        this.goOn(backlog);
        this.startWriters();
      });
    }
  }

  private async write(backlog: Backlog): Promise<void> {
    const batch = backlog.take();
    const { orgId, failures } = backlog;
    const rows = [...batch.must, ...batch.may];
    try {
      const ctx = systemCtx(orgId, 'audit', newRequestId());
      // What comes of a write that was given up is not asked: should it be committed after all, its rows are there twice.
      await within(
        this.limits.writeMs,
        this.db.write(ctx, (tx) => recordOccurrences(tx, occurrencesOf(ctx, batch))),
      );
    } catch (error) {
      backlog.failed(batch);
      this.failuresTotal.inc();
      if (failures === 0) this.logger.error(`audit rows of ${orgId} wait: ${messageOf(error)}`);
      const unstorable = isUnstorable(error) ? backlog.isolate(batch) : undefined;
      if (unstorable !== undefined) this.giveUp(unstorable, batch);
      return;
    }
    if (failures > 0) this.logger.log(`audit rows of ${orgId} are written again`);
    backlog.written(batch);
    this.held.must -= batch.must.length;
    this.held.may -= batch.may.length;
    for (const { event } of rows) this.writtenTotal.inc({ kind: AUDIT_ACTIONS[event.action].kind });
  }

  private giveUp({ ctx, event }: Waiting, { must }: Batch): void {
    this.held[must.length > 0 ? 'must' : 'may'] -= 1;
    this.droppedTotal.inc();
    this.logger.error(`audit row ${event.action} of request ${ctx.requestId} cannot be stored`);
  }

  private goOn(backlog: Backlog): void {
    if (backlog.isEmpty) {
      this.backlogs.delete(backlog.orgId);
      if (this.backlogs.size === 0) this.emptied?.();
    } else if (backlog.failures > 0) this.enqueueAfter(backlog, this.retryMs(backlog.failures));
    else if (backlog.isUrgent || this.isStopping) this.enqueue(backlog);
    else this.enqueueAfter(backlog, GATHER_MS);
  }

  private retryMs(failures: number): number {
    return this.isStopping ? RETRY_FIRST_MS : Math.min(RETRY_FIRST_MS * 2 ** (failures - 1), RETRY_LONGEST_MS);
  }

  private async empty(): Promise<void> {
    if (this.backlogs.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.emptied = resolve;
      timer = setTimeout(resolve, FLUSH_MS);
    });
    clearTimeout(timer);
  }
}

function occurrencesOf(ctx: Ctx, { must, may, drops }: Batch): Occurrence[] {
  const nowMs = performance.now();
  const rows: Occurrence[] = [...must, ...may].map((row) => ({
    ctx: row.ctx,
    event: row.event,
    ageMs: nowMs - row.happenedAtMs,
  }));
  return drops === null ? rows : [...rows, { ctx, event: { action: 'audit_log.drop', after: drops }, ageMs: 0 }];
}

function compact(ctx: Ctx, event: AuditEvent): { ctx: Ctx; event: AuditEvent } {
  const { userAgent } = ctx;
  const { targetName } = event;
  return {
    ctx: userAgent === null ? ctx : { ...ctx, userAgent: shortened(userAgent) },
    event: targetName === undefined ? event : { ...event, targetName: shortened(targetName) },
  };
}

// A slice would hold on to all of the text that it is cut from.
function shortened(text: string): string {
  return text.length <= TEXT_MAX ? text : Buffer.from(text.slice(0, TEXT_MAX)).toString();
}

/** @throws Error when the work takes longer; it goes on, and its outcome is ignored */
async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${milliseconds} ms`));
    }, milliseconds).unref();
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
