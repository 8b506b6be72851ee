import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, sql } from '@portolan/db';
import type { Ctx, ListQuery } from '@portolan/kernel';
import { readPage, type Page } from '../list-page';
import { INVITE_COLUMNS, type InviteRow } from './invite-row';

/** The invites of the organization, those too that are over; never their links. */
@Injectable()
export class ListInvites {
  constructor(private readonly db: OrgDb) {}

  run(ctx: Ctx, query: ListQuery): Promise<Page<InviteRow>> {
    const from = sql`
      from invite i join user_account u on u.org_id = i.org_id and u.id = i.user_id
      where i.org_id = ${ctx.orgId}${filterSql(query.filters)}`;
    return this.db.read(ctx, (tx) =>
      readPage<InviteRow>(tx, query, { columns: INVITE_COLUMNS, from, tiebreak: 'i.id' }),
    );
  }
}
