import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, pageSql, sql } from '@portolan/db';
import type { Ctx, ListQuery, PageMeta } from '@portolan/kernel';
import type { Access } from '../../rbac/access';
import { LIVE_SESSION, SESSION_COLUMNS, type SessionRow } from './session-row';
import { sessionOwner } from './session-owner';

export type ListedSession = SessionRow & {
  /** True for the session by which the caller asks. */
  readonly current: boolean;
};

/** The sessions in which a user is signed in, a page of them with the total. */
@Injectable()
export class ListSessions {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError forbidden, user_not_found */
  run(ctx: Ctx, access: Access, userId: string, query: ListQuery): Promise<{ data: ListedSession[]; meta: PageMeta }> {
    const { orgId, principal } = ctx;
    return this.db.read(ctx, async (tx) => {
      const { id } = await sessionOwner(tx, access, userId, 'identity:read');
      const from = sql`
        from user_session where org_id = ${orgId} and user_id = ${id} and ${LIVE_SESSION}${filterSql(query.filters)}`;
      const data = await tx.rows<ListedSession>(sql`
        select ${SESSION_COLUMNS}, id is not distinct from ${principal.tokenId}::uuid as current
        ${from}${pageSql(query, 'id')}`);
      const counted = await tx.row<{ total: number }>(sql`select count(*)::integer as total ${from}`);
      return { data, meta: { page: { number: query.pageNumber, size: query.pageSize, total: counted?.total ?? 0 } } };
    });
  }
}
