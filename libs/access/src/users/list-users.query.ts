import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, sql } from '@portolan/db';
import type { Ctx, ListQuery } from '@portolan/kernel';
import { readPage, type Page } from '../list-page';
import { USER_COLUMNS, type UserRow } from './user-row';

/** The users of the organization, those too who are disabled or have not joined yet. */
@Injectable()
export class ListUsers {
  constructor(private readonly db: OrgDb) {}

  run(ctx: Ctx, query: ListQuery): Promise<Page<UserRow>> {
    const from = sql`from user_account where org_id = ${ctx.orgId}${filterSql(query.filters)}`;
    return this.db.read(ctx, (tx) => readPage<UserRow>(tx, query, { columns: USER_COLUMNS, from, tiebreak: 'id' }));
  }
}
