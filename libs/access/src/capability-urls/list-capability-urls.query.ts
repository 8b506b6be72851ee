import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, pageSql, sql } from '@portolan/db';
import type { Ctx, ListQuery, PageMeta } from '@portolan/kernel';
import { CAPABILITY_URL_COLUMNS, type CapabilityUrlRow } from './capability-url-row';

/** The capability URLs of a registry, revoked ones too, a page of them with the total. */
@Injectable()
export class ListCapabilityUrls {
  constructor(private readonly db: OrgDb) {}

  async run(ctx: Ctx, registryId: string, query: ListQuery): Promise<{ data: CapabilityUrlRow[]; meta: PageMeta }> {
    const from = sql`
      from capability_url where org_id = ${ctx.orgId} and registry_id = ${registryId}${filterSql(query.filters)}`;
    return this.db.read(ctx, async (tx) => {
      const data = await tx.rows<CapabilityUrlRow>(
        sql`select ${CAPABILITY_URL_COLUMNS} ${from}${pageSql(query, 'id')}`,
      );
      const counted = await tx.row<{ total: number }>(sql`select count(*)::integer as total ${from}`);
      return { data, meta: { page: { number: query.pageNumber, size: query.pageSize, total: counted?.total ?? 0 } } };
    });
  }
}
