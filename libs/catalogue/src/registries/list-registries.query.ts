import { Injectable } from '@nestjs/common';
import type { Access } from '@portolan/access';
import { constant, filterSql, OrgDb, pageSql, sql } from '@portolan/db';
import type { Ctx, ListQuery, PageMeta } from '@portolan/kernel';
import { MIRRORED_DATA_AS_OF } from './mirrored-data';
import { REGISTRY_COLUMNS, type ShownRegistry } from './registry-row';

/** The registries that the caller may see, a page of them with the total. */
@Injectable()
export class ListRegistries {
  constructor(private readonly db: OrgDb) {}

  async run(ctx: Ctx, access: Access, query: ListQuery): Promise<{ data: ShownRegistry[]; meta: PageMeta }> {
    const listed = access.listed();
    const visible = listed === 'all' ? constant('') : sql` and id = any(${listed}::uuid[])`;
    const from = sql`from registry where org_id = ${ctx.orgId}${visible}${filterSql(query.filters)}`;
    return this.db.read(ctx, async (tx) => {
      const data = await tx.rows<ShownRegistry>(
        sql`select ${REGISTRY_COLUMNS}, ${MIRRORED_DATA_AS_OF} ${from}${pageSql(query, 'id')}`,
      );
      const counted = await tx.row<{ total: number }>(sql`select count(*)::integer as total ${from}`);
      return { data, meta: { page: { number: query.pageNumber, size: query.pageSize, total: counted?.total ?? 0 } } };
    });
  }
}
