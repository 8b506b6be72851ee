import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, pageSql, sql } from '@portolan/db';
import type { Ctx, ListQuery, PageMeta } from '@portolan/kernel';
import { MIRROR_COLUMNS, mirrorsOf, type MirrorRow } from './mirror-row';

/** The mirrors of a registry, a page of them with the total. */
@Injectable()
export class ListMirrors {
  constructor(private readonly db: OrgDb) {}

  run(ctx: Ctx, registryId: string, query: ListQuery): Promise<{ data: MirrorRow[]; meta: PageMeta }> {
    const from = sql`${mirrorsOf(ctx.orgId, registryId)}${filterSql(query.filters)}`;
    return this.db.read(ctx, async (tx) => {
      const data = await tx.rows<MirrorRow>(sql`select ${MIRROR_COLUMNS} ${from}${pageSql(query, 'm.id')}`);
      const counted = await tx.row<{ total: number }>(sql`select count(*)::integer as total ${from}`);
      return { data, meta: { page: { number: query.pageNumber, size: query.pageSize, total: counted?.total ?? 0 } } };
    });
  }
}
