import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, pageSql, sql } from '@portolan/db';
import type { Ctx, ListQuery, PageMeta } from '@portolan/kernel';
import { requireOwnOrganization } from '../organizations/own-organization';
import { TOKEN_COLUMNS, type TokenRow } from './token-row';

export interface PersonalTokenRow extends TokenRow {
  readonly user_id: string;
}

/** The access tokens of all users of the organization. */
@Injectable()
export class ListPersonalTokens {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError organization_not_found */
  run(ctx: Ctx, organizationId: string, query: ListQuery): Promise<{ data: PersonalTokenRow[]; meta: PageMeta }> {
    requireOwnOrganization(ctx, organizationId);
    const from = sql`
      from access_token t where t.org_id = ${ctx.orgId} and t.user_id is not null${filterSql(query.filters)}`;
    return this.db.read(ctx, async (tx) => {
      const data = await tx.rows<PersonalTokenRow>(
        sql`select ${TOKEN_COLUMNS}, t.user_id ${from}${pageSql(query, 't.id')}`,
      );
      const counted = await tx.row<{ total: number }>(sql`select count(*)::integer as total ${from}`);
      return { data, meta: { page: { number: query.pageNumber, size: query.pageSize, total: counted?.total ?? 0 } } };
    });
  }
}
