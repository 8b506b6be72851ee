import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, sql } from '@portolan/db';
import type { Ctx, ListQuery } from '@portolan/kernel';
import { readPage, type Page } from '../list-page';
import { ASSIGNED_ROLE_COLUMNS, type AssignedRoleRow } from './assigned-role';
import { findHolder, type NamedHolder } from './find-holder';
import { holderColumn } from './holder';

/** The roles that a holder has of its own; those of its teams are the teams'. */
@Injectable()
export class ListAssignedRoles {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError user_not_found, system_account_not_found, team_not_found */
  run(ctx: Ctx, holder: NamedHolder, query: ListQuery): Promise<Page<AssignedRoleRow>> {
    return this.db.read(ctx, async (tx) => {
      const { id } = await findHolder(tx, holder);
      const from = sql`
        from role_assignment
        where org_id = ${ctx.orgId} and ${holderColumn(holder.type)} = ${id}${filterSql(query.filters)}`;
      return readPage<AssignedRoleRow>(tx, query, { columns: ASSIGNED_ROLE_COLUMNS, from, tiebreak: 'id' });
    });
  }
}
