import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, sql } from '@portolan/db';
import type { Ctx, ListQuery } from '@portolan/kernel';
import { readPage, type Page } from '../list-page';
import { USER_COLUMNS, type UserRow } from '../users/user-row';
import { findTeam } from './team-row';

@Injectable()
export class ListTeamUsers {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError team_not_found */
  run(ctx: Ctx, teamId: string, query: ListQuery): Promise<Page<UserRow>> {
    return this.db.read(ctx, async (tx) => {
      const { id } = await findTeam(tx, teamId);
      const from = sql`
        from user_account
        where org_id = ${ctx.orgId}
          and id in (select m.user_id from team_member m where m.org_id = ${ctx.orgId} and m.team_id = ${id})
          ${filterSql(query.filters)}`;
      return readPage<UserRow>(tx, query, { columns: USER_COLUMNS, from, tiebreak: 'id' });
    });
  }
}
