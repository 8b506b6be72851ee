import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, sql } from '@portolan/db';
import type { Ctx, ListQuery } from '@portolan/kernel';
import { readPage, type Page } from '../list-page';
import { SYSTEM_ACCOUNT_COLUMNS, type SystemAccountRow } from './system-account-row';

/** The system accounts of the organization, disabled ones too. */
@Injectable()
export class ListSystemAccounts {
  constructor(private readonly db: OrgDb) {}

  run(ctx: Ctx, query: ListQuery): Promise<Page<SystemAccountRow>> {
    const from = sql`from system_account where org_id = ${ctx.orgId}${filterSql(query.filters)}`;
    return this.db.read(ctx, (tx) =>
      readPage<SystemAccountRow>(tx, query, { columns: SYSTEM_ACCOUNT_COLUMNS, from, tiebreak: 'id' }),
    );
  }
}
