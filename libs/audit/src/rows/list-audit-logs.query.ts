import { Injectable } from '@nestjs/common';
import { OrgDb, type Tx } from '@portolan/db';
import type { Ctx, Filter } from '@portolan/kernel';
import { filterOfIds } from './audit-log-filter';
import { decodePosition, encodePosition } from './audit-position';
import { toAuditRow, type AuditRow } from './audit-row';
import {
  auditRowsSql,
  isHeavy,
  PLANNED_AS_WRITTEN,
  type AuditPosition,
  type AuditRowsRequest,
  type FoundAuditRow,
} from './audit-rows-sql';
import { findSeals } from './find-seals';
import { resolveNames } from './resolve-names';
import { WaitingLine } from './waiting-line';

const RETRY_AFTER_SECONDS = 5;

export interface AuditLogsRequest {
  /** Of AUDIT_LOG_FIELDS. */
  readonly filters: readonly Filter[];
  /** Gives rows of this registry only, and tells nothing of rows and people outside of it. */
  readonly registryId?: string;
  readonly pageSize: number;
  /** What `next` of an earlier page was, with the same filters; null for the newest rows. */
  readonly after: string | null;
}

export interface AuditPage {
  /** As many as were asked for, or fewer: what one page may look at and hold is bounded. */
  readonly rows: readonly AuditRow[];
  /** Position after the last row that was looked at, null when nothing follows. */
  readonly next: string | null;
}

/** The organization's audit rows, newest first; never counted. */
@Injectable()
export class ListAuditLogs {
  // A heavy page keeps the one thread of the process busy for a while.
  private readonly heavyPages = new WaitingLine({
    what: 'pages',
    atOnce: 2,
    waitingMax: 50,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });

  constructor(private readonly db: OrgDb) {}

  /**
   * A heavy page waits for those of its organization that came before it.
   *
   * @throws AppError invalid_parameters for a position that this list did not give, or a name that no registry has
   * @throws AppError rate_limited when too many wait already
   */
  run(ctx: Ctx, request: AuditLogsRequest): Promise<AuditPage> {
    return isHeavy(request)
      ? this.heavyPages.run(ctx.orgId, () => this.runAtOnce(ctx, request))
      : this.runAtOnce(ctx, request);
  }

  /** The same for those who are few by other means: they wait for nobody. */
  async runAtOnce(ctx: Ctx, { filters, registryId, pageSize, after }: AuditLogsRequest): Promise<AuditPage> {
    const said = registryId === undefined ? filters : [...filters, filterOfIds('registry_id', [registryId])];
    const before = after === null ? null : decodePosition(after, said);
    return this.db.read(
      ctx,
      async (tx) => {
        await tx.run(PLANNED_AS_WRITTEN);
        const named = registryId === undefined ? await resolveNames(tx, filters) : filters;
        const of = registryId === undefined ? {} : { registryId };
        const { rows, end } = await readPage(tx, { orgId: ctx.orgId, ...of, filters: named, before, pageSize });
        return { rows, next: end === null ? null : encodePosition(end, said) };
      },
      { inIndexOrder: true },
    );
  }
}

interface ReadPage {
  readonly rows: readonly AuditRow[];
  /** How far the page came; null when that is the end of the trail. */
  readonly end: AuditPosition | null;
}

async function readPage(tx: Tx, request: AuditRowsRequest): Promise<ReadPage> {
  const found = await tx.rows<FoundAuditRow>(auditRowsSql(request));
  const kept = found.slice(0, request.pageSize);
  const last = kept.at(-1);
  const goesOn = (found[0]?.found ?? 0) > kept.length || last?.is_end === true;
  const matching = kept.filter(({ matches }) => matches);
  const sealOf = await findSeals(tx, matching);
  return {
    rows: matching.map((row) => {
      const seal = sealOf(row);
      return toAuditRow({ ...row, sequence: seal?.sequence ?? null, hash: seal?.hash ?? null });
    }),
    end: goesOn && last ? { occurredAt: last.occurred_at, id: last.id } : null,
  };
}
