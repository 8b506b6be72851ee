import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, pageSql, sql } from '@portolan/db';
import type { Ctx, ListQuery, PageMeta } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { holderColumn } from '../rbac/holder';
import { findOwner, type NamedOwner } from './token-owner';
import { TOKEN_COLUMNS, type TokenRow } from './token-row';

/** The access tokens of one user or system account. */
@Injectable()
export class ListTokens {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError forbidden, user_not_found, system_account_not_found */
  run(ctx: Ctx, access: Access, named: NamedOwner, query: ListQuery): Promise<{ data: TokenRow[]; meta: PageMeta }> {
    return this.db.read(ctx, async (tx) => {
      const owner = await findOwner(tx, access, named);
      const from = sql`
        from access_token t
        where t.org_id = ${ctx.orgId} and t.${holderColumn(owner.type)} = ${owner.id}${filterSql(query.filters)}`;
      const data = await tx.rows<TokenRow>(sql`select ${TOKEN_COLUMNS} ${from}${pageSql(query, 't.id')}`);
      const counted = await tx.row<{ total: number }>(sql`select count(*)::integer as total ${from}`);
      return { data, meta: { page: { number: query.pageNumber, size: query.pageSize, total: counted?.total ?? 0 } } };
    });
  }
}
