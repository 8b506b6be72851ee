import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, sql } from '@portolan/db';
import type { Ctx, ListQuery } from '@portolan/kernel';
import { readPage, type Page } from '../list-page';
import { SYSTEM_ACCOUNT_COLUMNS, type SystemAccountRow } from '../system-accounts/system-account-row';
import { findTeam } from './team-row';

@Injectable()
export class ListTeamSystemAccounts {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError team_not_found */
  run(ctx: Ctx, teamId: string, query: ListQuery): Promise<Page<SystemAccountRow>> {
    return this.db.read(ctx, async (tx) => {
      const { id } = await findTeam(tx, teamId);
      const from = sql`
        from system_account
        where org_id = ${ctx.orgId}
          and id in (select m.system_account_id from team_member m
                     where m.org_id = ${ctx.orgId} and m.team_id = ${id})
          ${filterSql(query.filters)}`;
      return readPage<SystemAccountRow>(tx, query, {
        columns: SYSTEM_ACCOUNT_COLUMNS,
        from,
        tiebreak: 'id',
      });
    });
  }
}
