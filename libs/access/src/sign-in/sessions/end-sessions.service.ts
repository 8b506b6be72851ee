import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { constant, OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, isUuid, type Ctx } from '@portolan/kernel';
import type { Access } from '../../rbac/access';
import { assignmentsOf, requireCeiling } from '../../rbac/holder';
import { LIVE_SESSION } from './session-row';
import { sessionOwner, type SessionOwner } from './session-owner';

/** Signs a user out: of one session, or of all. */
@Injectable()
export class EndSessions {
  constructor(private readonly db: OrgDb) {}

  /**
   * @param sessionId null ends every session of the user
   * @throws AppError forbidden, user_not_found, privilege_ceiling, session_not_found
   */
  execute(ctx: Ctx, access: Access, userId: string, sessionId: string | null): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const owner = await sessionOwner(tx, access, userId, 'identity:edit');
      if (!owner.isCaller) requireCeiling(access, await assignmentsOf(tx, { type: 'user', id: owner.id }));
      await end(tx, owner, sessionId);
    });
  }

  /**
   * Ends the session by which the caller signs in.
   *
   * @throws AppError session_not_found for any other credential
   */
  own(ctx: Ctx): Promise<void> {
    const { id, name, tokenId } = ctx.principal;
    if (id === null || tokenId === null) throw new AppError('session_not_found');
    return this.db.write(ctx, (tx) => end(tx, { id, email: name, isCaller: true }, tokenId));
  }
}

async function end(tx: Tx, owner: SessionOwner, sessionId: string | null): Promise<void> {
  const { orgId } = tx.ctx;
  if (sessionId !== null && !isUuid(sessionId)) throw new AppError('session_not_found');
  const one = sessionId === null ? constant('') : sql` and id = ${sessionId}`;
  const ended = await tx.run(sql`
    update user_session set ended_at = now()
    where org_id = ${orgId} and user_id = ${owner.id} and ${LIVE_SESSION}${one}`);
  if (ended === 0 && sessionId !== null) throw new AppError('session_not_found');
  await recordAudit(tx, {
    action: 'session.end',
    ...(sessionId === null ? {} : { targetId: sessionId.toLowerCase() }),
    person: { id: owner.id, name: owner.email },
    parent: { type: 'user', id: owner.id },
    after: { user_id: owner.id, ended },
  });
}
