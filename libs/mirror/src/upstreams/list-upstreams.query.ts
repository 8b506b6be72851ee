import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, pageSql, sql } from '@portolan/db';
import type { Ctx, ListQuery, PageMeta } from '@portolan/kernel';
import { UPSTREAM_COLUMNS, type UpstreamRow } from './upstream-row';

/** The upstreams of the organization, a page of them with the total. */
@Injectable()
export class ListUpstreams {
  constructor(private readonly db: OrgDb) {}

  run(ctx: Ctx, query: ListQuery): Promise<{ data: UpstreamRow[]; meta: PageMeta }> {
    const from = sql`from upstream where org_id = ${ctx.orgId}${filterSql(query.filters)}`;
    return this.db.read(ctx, async (tx) => {
      const data = await tx.rows<UpstreamRow>(sql`select ${UPSTREAM_COLUMNS} ${from}${pageSql(query, 'id')}`);
      const counted = await tx.row<{ total: number }>(sql`select count(*)::integer as total ${from}`);
      return { data, meta: { page: { number: query.pageNumber, size: query.pageSize, total: counted?.total ?? 0 } } };
    });
  }
}
