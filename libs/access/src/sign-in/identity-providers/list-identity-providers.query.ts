import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, pageSql, sql } from '@portolan/db';
import type { Ctx, ListQuery, PageMeta } from '@portolan/kernel';
import { PROVIDER_COLUMNS, type IdentityProviderRow } from './identity-provider-row';

/** The identity providers of the organization, a page of them with the total. */
@Injectable()
export class ListIdentityProviders {
  constructor(private readonly db: OrgDb) {}

  run(ctx: Ctx, query: ListQuery): Promise<{ data: IdentityProviderRow[]; meta: PageMeta }> {
    const from = sql`
      from identity_provider p join organization o on o.id = p.org_id
      where p.org_id = ${ctx.orgId}${filterSql(query.filters)}`;
    return this.db.read(ctx, async (tx) => {
      const data = await tx.rows<IdentityProviderRow>(sql`select ${PROVIDER_COLUMNS} ${from}${pageSql(query, 'p.id')}`);
      const counted = await tx.row<{ total: number }>(sql`select count(*)::integer as total ${from}`);
      return { data, meta: { page: { number: query.pageNumber, size: query.pageSize, total: counted?.total ?? 0 } } };
    });
  }
}
