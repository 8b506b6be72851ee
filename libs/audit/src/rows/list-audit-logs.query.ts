import { Injectable } from '@nestjs/common';
import { boundedPageSql, constant, cutPage, OrgDb, sql, type Found } from '@portolan/db';
import { AppError, isRfc3339, isUuid, type Ctx } from '@portolan/kernel';
import { CHAINED_NAMES } from '../chain/chained-row';
import { STORED_COLUMNS, STORED_JOINS, toAuditRow, type AuditRow, type StoredAuditRow } from './audit-row';

export interface AuditPage {
  readonly rows: readonly AuditRow[];
  /** Position after the last row, null when nothing follows. */
  readonly next: string | null;
}

const NEWEST_FIRST = 'occurred_at desc, id desc';
const PAGE_BYTES_MAX = 4_000_000;
const POSITION = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z)_([0-9a-f-]{36})$/;

/** The organization's audit rows, newest first; never counted. */
@Injectable()
export class ListAuditLogs {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError invalid_parameters for a position that this list did not give */
  async run(ctx: Ctx, pageSize: number, after: string | null): Promise<AuditPage> {
    const position = after === null ? null : decode(after);
    const beyond =
      position === null
        ? constant('')
        : sql`and (occurred_at, id) < (${position.occurredAt}::timestamptz, ${position.id}::uuid)`;
    const rows = await this.db.read(ctx, (tx) =>
      tx.rows<Omit<StoredAuditRow, 'sequence' | 'hash'> & Found>(sql`
        with a as materialized (
          ${boundedPageSql({
            columns: constant(CHAINED_NAMES.join(', ')),
            rows: sql`
              select * from audit_log where org_id = ${ctx.orgId} ${beyond}
              order by ${constant(NEWEST_FIRST)} limit ${pageSize + 1}`,
            order: NEWEST_FIRST,
            bytes: 'octet_length(concat(before::text, after::text))',
            bytesMax: PAGE_BYTES_MAX,
          })})
        select ${STORED_COLUMNS}, a.found from a ${STORED_JOINS} order by a.occurred_at desc, a.id desc`),
    );
    const { page, more } = cutPage(rows, pageSize);
    const last = more ? page.at(-1) : undefined;
    return {
      rows: page.map((row) => toAuditRow({ ...row, sequence: null, hash: null })),
      next: last ? encode(last) : null,
    };
  }
}

function encode(row: Pick<AuditRow, 'occurred_at' | 'id'>): string {
  return Buffer.from(`${row.occurred_at}_${row.id}`).toString('base64url');
}

function decode(text: string): { occurredAt: string; id: string } {
  const match = POSITION.exec(Buffer.from(text, 'base64url').toString('latin1'));
  if (!match?.[1] || !match[2] || !isRfc3339(match[1]) || !isUuid(match[2]))
    throw new AppError('invalid_parameters', {
      invalidParameters: [
        {
          field: 'page[after]',
          rule: 'invalid',
          reason: 'page[after] must be taken from meta.page.next of an earlier answer',
          source: 'query',
        },
      ],
    });
  return { occurredAt: match[1], id: match[2] };
}
