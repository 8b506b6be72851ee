import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, pageSql, sql } from '@portolan/db';
import type { Ctx, ListQuery, PageMeta } from '@portolan/kernel';
import { RESERVED_NAMESPACE_COLUMNS, type ReservedNamespaceRow } from './reserved-namespace-row';

/** The namespaces that the organization has reserved, a page of them with the total. */
@Injectable()
export class ListReservedNamespaces {
  constructor(private readonly db: OrgDb) {}

  run(ctx: Ctx, query: ListQuery): Promise<{ data: ReservedNamespaceRow[]; meta: PageMeta }> {
    const from = sql`from reserved_namespace where org_id = ${ctx.orgId}${filterSql(query.filters)}`;
    return this.db.read(ctx, async (tx) => {
      const data = await tx.rows<ReservedNamespaceRow>(
        sql`select ${RESERVED_NAMESPACE_COLUMNS} ${from}${pageSql(query, 'id')}`,
      );
      const counted = await tx.row<{ total: number }>(sql`select count(*)::integer as total ${from}`);
      return { data, meta: { page: { number: query.pageNumber, size: query.pageSize, total: counted?.total ?? 0 } } };
    });
  }
}
