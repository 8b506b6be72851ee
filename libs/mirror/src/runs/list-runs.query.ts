import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, pageSql, sql } from '@portolan/db';
import type { Ctx, ListQuery, PageMeta } from '@portolan/kernel';
import { findMirror } from '../mirrors/mirror-row';
import { RUN_COLUMNS, runsOf, type RunRow } from './run-row';

/** The runs of a mirror, a page of them with the total. */
@Injectable()
export class ListRuns {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError mirror_not_found */
  run(ctx: Ctx, registryId: string, mirrorId: string, query: ListQuery): Promise<{ data: RunRow[]; meta: PageMeta }> {
    return this.db.read(ctx, async (tx) => {
      const mirror = await findMirror(tx, registryId, mirrorId);
      const from = sql`${runsOf(ctx.orgId, mirror.id)}${filterSql(query.filters)}`;
      const data = await tx.rows<RunRow>(sql`select ${RUN_COLUMNS} ${from}${pageSql(query, 'r.id desc')}`);
      const counted = await tx.row<{ total: number }>(sql`select count(*)::integer as total ${from}`);
      return { data, meta: { page: { number: query.pageNumber, size: query.pageSize, total: counted?.total ?? 0 } } };
    });
  }
}
