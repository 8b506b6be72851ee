import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, pageSql, sql } from '@portolan/db';
import type { Ctx, ListQuery, PageMeta } from '@portolan/kernel';
import { findDestination } from './destination-row';
import { REPLAY_COLUMNS, type ReplayRow } from './replay-row';

/** The replays of a destination, a page of them with the total. */
@Injectable()
export class ListReplays {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError audit_destination_not_found */
  run(ctx: Ctx, destinationId: string, query: ListQuery): Promise<{ data: ReplayRow[]; meta: PageMeta }> {
    return this.db.read(ctx, async (tx) => {
      const { id } = await findDestination(tx, destinationId);
      const from = sql`
        from audit_delivery
        where org_id = ${ctx.orgId} and destination_id = ${id} and kind = 'replay'${filterSql(query.filters)}`;
      const data = await tx.rows<ReplayRow>(sql`select ${REPLAY_COLUMNS} ${from}${pageSql(query, 'id')}`);
      const counted = await tx.row<{ total: number }>(sql`select count(*)::integer as total ${from}`);
      return { data, meta: { page: { number: query.pageNumber, size: query.pageSize, total: counted?.total ?? 0 } } };
    });
  }
}
