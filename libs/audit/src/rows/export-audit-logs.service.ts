import { Injectable } from '@nestjs/common';
import { OrgDb } from '@portolan/db';
import type { Ctx, Filter } from '@portolan/kernel';
import { Places } from '../places';
import { recordAudit } from '../record-audit';
import { AUDIT_LOG_FIELDS } from './audit-log-filter';
import type { AuditRow } from './audit-row';
import { ListAuditLogs, type AuditPage } from './list-audit-logs.query';
import { resolveNames } from './resolve-names';

const PAGE_SIZE = 1_000;
const RETRY_AFTER_SECONDS = 30;

export interface AuditExport {
  /** Newest first, in batches; an empty one says that the search goes on. */
  readonly batches: AsyncIterable<readonly AuditRow[]>;
  /** Must be called when nobody reads `batches` any more: it makes room for another export. */
  readonly end: () => void;
}

/** Gives out all rows that match, in transactions of their own for every batch, and writes down that it did. */
@Injectable()
export class ExportAuditLogs {
  private readonly places = new Places({
    what: 'exports',
    ofOrganization: 2,
    ofProcess: 8,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });

  constructor(
    private readonly db: OrgDb,
    private readonly listAuditLogs: ListAuditLogs,
  ) {}

  /**
   * @param format of the file, for the trail
   * @throws AppError rate_limited while too many are under way; invalid_parameters
   */
  async execute(ctx: Ctx, filters: readonly Filter[], format: string): Promise<AuditExport> {
    const end = this.places.take(ctx.orgId);
    try {
      const first = await this.listAuditLogs.runAtOnce(ctx, { filters, pageSize: PAGE_SIZE, after: null });
      await this.db.write(ctx, async (tx) => {
        const after = { format, filters: (await resolveNames(tx, filters)).map(told) };
        await recordAudit(tx, { action: 'audit_log.export', after });
      });
      return { batches: this.batches(ctx, filters, first), end };
    } catch (error) {
      end();
      throw error;
    }
  }

  private async *batches(ctx: Ctx, filters: readonly Filter[], first: AuditPage): AsyncGenerator<readonly AuditRow[]> {
    yield first.rows;
    for (let after = first.next; after !== null;) {
      const { rows, next } = await this.listAuditLogs.runAtOnce(ctx, { filters, pageSize: PAGE_SIZE, after });
      yield rows;
      after = next;
    }
  }
}

function told({ field, operator, values }: Filter) {
  // Whoever is not known by that name now may be a person all the same, and his name stays out of the chain.
  return { field: field.column, operator, values: field === AUDIT_LOG_FIELDS.principal ? [] : values };
}
