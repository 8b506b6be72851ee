import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, sql } from '@portolan/db';
import type { Ctx, ListQuery } from '@portolan/kernel';
import { readPage, type Page } from '../list-page';
import { TEAM_COLUMNS, type TeamRow } from './team-row';

@Injectable()
export class ListTeams {
  constructor(private readonly db: OrgDb) {}

  run(ctx: Ctx, query: ListQuery): Promise<Page<TeamRow>> {
    const from = sql`from team t where t.org_id = ${ctx.orgId}${filterSql(query.filters)}`;
    return this.db.read(ctx, (tx) => readPage<TeamRow>(tx, query, { columns: TEAM_COLUMNS, from, tiebreak: 't.id' }));
  }
}
