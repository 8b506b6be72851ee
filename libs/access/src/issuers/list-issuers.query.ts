import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, sql } from '@portolan/db';
import type { Ctx, ListQuery } from '@portolan/kernel';
import { readPage, type Page } from '../list-page';
import { ISSUER_COLUMNS, type IssuerRow } from './issuer-row';

@Injectable()
export class ListIssuers {
  constructor(private readonly db: OrgDb) {}

  run(ctx: Ctx, query: ListQuery): Promise<Page<IssuerRow>> {
    const from = sql`from trusted_issuer where org_id = ${ctx.orgId}${filterSql(query.filters)}`;
    return this.db.read(ctx, (tx) => readPage<IssuerRow>(tx, query, { columns: ISSUER_COLUMNS, from, tiebreak: 'id' }));
  }
}
