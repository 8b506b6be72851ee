import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, sql } from '@portolan/db';
import type { Ctx, ListQuery } from '@portolan/kernel';
import { readPage, type Page } from '../list-page';
import { findHolder } from '../rbac/find-holder';
import { holderColumn } from '../rbac/holder';
import type { Member } from './member';
import { TEAM_COLUMNS, type TeamRow } from './team-row';

/** The teams that a user or a system account is in. */
@Injectable()
export class ListMemberTeams {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError user_not_found, system_account_not_found */
  run(ctx: Ctx, member: Member, query: ListQuery): Promise<Page<TeamRow>> {
    return this.db.read(ctx, async (tx) => {
      const { id } = await findHolder(tx, member);
      const from = sql`
        from team_member m join team t on t.org_id = m.org_id and t.id = m.team_id
        where m.org_id = ${ctx.orgId} and m.${holderColumn(member.type)} = ${id}${filterSql(query.filters)}`;
      return readPage<TeamRow>(tx, query, { columns: TEAM_COLUMNS, from, tiebreak: 't.id' });
    });
  }
}
