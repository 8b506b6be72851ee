import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, pageSql, sql } from '@portolan/db';
import type { Ctx, ListQuery, PageMeta } from '@portolan/kernel';
import { DESTINATION_COLUMNS, type DestinationRow } from './destination-row';

/** The destinations of the organization, a page of them with the total. */
@Injectable()
export class ListDestinations {
  constructor(private readonly db: OrgDb) {}

  run(ctx: Ctx, query: ListQuery): Promise<{ data: DestinationRow[]; meta: PageMeta }> {
    const from = sql`from audit_destination where org_id = ${ctx.orgId}${filterSql(query.filters)}`;
    return this.db.read(ctx, async (tx) => {
      const data = await tx.rows<DestinationRow>(sql`select ${DESTINATION_COLUMNS} ${from}${pageSql(query, 'id')}`);
      const counted = await tx.row<{ total: number }>(sql`select count(*)::integer as total ${from}`);
      return { data, meta: { page: { number: query.pageNumber, size: query.pageSize, total: counted?.total ?? 0 } } };
    });
  }
}
