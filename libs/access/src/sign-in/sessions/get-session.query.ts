import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { SESSION_COLUMNS, type SessionRow } from './session-row';

/** The session by which the caller signs in. */
@Injectable()
export class GetSession {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError session_not_found for any other credential */
  async run(ctx: Ctx): Promise<SessionRow> {
    const { orgId, principal } = ctx;
    const row = await this.db.read(ctx, (tx) =>
      tx.row<SessionRow>(sql`
        select ${SESSION_COLUMNS} from user_session
        where org_id = ${orgId} and id = ${principal.tokenId}::uuid and user_id = ${principal.id}::uuid`),
    );
    if (!row) throw new AppError('session_not_found');
    return row;
  }
}
