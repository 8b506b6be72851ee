import type { Ctx } from '@portolan/kernel';
import { AUDIT_ACTIONS, type AuditEvent } from '../audit-events';

/** A row that is not written yet. */
export interface Waiting {
  readonly ctx: Ctx;
  readonly event: AuditEvent;
  /** Of a clock that is never set. */
  readonly happenedAtMs: number;
  /** Tells who waits for it that it was written, or could not be. */
  readonly settle: () => void;
}

/** `must` are the rows that somebody waits for. */
export type Importance = 'must' | 'may';

/** Rows that found no place. */
export interface Drops {
  readonly dropped: number;
  /** The same by kind of event. */
  readonly kinds: Readonly<Record<string, number>>;
  /** RFC 3339. */
  readonly since: string;
}

/** What one transaction writes. */
export interface Batch {
  readonly must: readonly Waiting[];
  readonly may: readonly Waiting[];
  readonly drops: Drops | null;
}

/** What waits to be written for one organization, and whether anybody is at it. */
export class Backlog {
  state: 'idle' | 'queued' | 'writing' = 'idle';
  /** Set while it is idle and will be written at a later time. */
  timer: NodeJS.Timeout | undefined;
  /** In a row. */
  failures = 0;
  batchRows: number;
  /** Rows that wait or are being written. */
  readonly held: Record<Importance, number> = { must: 0, may: 0 };
  private readonly waiting: Record<Importance, Waiting[]> = { must: [], may: [] };
  private drops: Drops | null = null;

  /** @param batchRowsMax of one transaction */
  constructor(
    readonly orgId: string,
    private readonly batchRowsMax: number,
  ) {
    this.batchRows = batchRowsMax;
  }

  get isEmpty(): boolean {
    return this.held.must + this.held.may === 0 && this.drops === null;
  }

  /** True when the next batch need not wait for further rows. */
  get isUrgent(): boolean {
    return this.waiting.must.length > 0 || this.waiting.may.length >= this.batchRowsMax;
  }

  get dropped(): number {
    return this.drops?.dropped ?? 0;
  }

  add(importance: Importance, row: Waiting): void {
    this.waiting[importance].push(row);
    this.held[importance] += 1;
  }

  drop(event: AuditEvent): void {
    const { kind } = AUDIT_ACTIONS[event.action];
    this.drops = sum({ dropped: 1, kinds: { [kind]: 1 }, since: new Date().toISOString() }, this.drops);
  }

  take(): Batch {
    const must = this.waiting.must.splice(0, this.batchRows);
    const may = this.waiting.may.splice(0, this.batchRows - must.length);
    const { drops } = this;
    this.drops = null;
    return { must, may, drops };
  }

  written({ must, may }: Batch): void {
    this.release('must', must);
    this.release('may', may);
    this.failures = 0;
    this.batchRows = Math.min(this.batchRows * 2, this.batchRowsMax);
  }

  /** Puts a batch back where it came from; nobody waits for rows of this organization any longer. */
  failed({ must, may, drops }: Batch): void {
    this.waiting.must.unshift(...must);
    for (const { settle } of this.waiting.must) settle();
    this.waiting.may.unshift(...may);
    if (drops !== null) this.drops = sum(drops, this.drops);
    this.failures += 1;
  }

  /**
   * After a failed batch that holds a row which cannot be stored: smaller ones, until that row stands alone and is dropped.
   *
   * @returns that row
   */
  isolate({ must, may }: Batch): Waiting | undefined {
    this.failures = 1;
    const [row, ...others] = [...must, ...may];
    this.batchRows = Math.ceil((others.length + 1) / 2);
    if (row === undefined || others.length > 0) return undefined;
    const importance = must.length > 0 ? 'must' : 'may';
    this.waiting[importance].shift();
    this.held[importance] -= 1;
    this.drop(row.event);
    return row;
  }

  private release(importance: Importance, rows: readonly Waiting[]): void {
    this.held[importance] -= rows.length;
    for (const { settle } of rows) settle();
  }
}

function sum(later: Drops, earlier: Drops | null): Drops {
  if (earlier === null) return later;
  const kinds = { ...earlier.kinds };
  for (const [kind, count] of Object.entries(later.kinds)) kinds[kind] = (kinds[kind] ?? 0) + count;
  const since = earlier.since < later.since ? earlier.since : later.since;
  return { dropped: earlier.dropped + later.dropped, kinds, since };
}
