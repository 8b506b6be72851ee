import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError, isUuid, type Ctx } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { assignmentsOf, requireCeiling } from '../rbac/holder';
import { INVITE_COLUMNS, type InviteRow } from './invite-row';

/** Takes an invite back. The account that was made for it stays and can be invited again. */
@Injectable()
export class RevokeInvite {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError invite_not_found, also for one that is accepted or revoked; privilege_ceiling */
  execute(ctx: Ctx, access: Access, id: string): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const before = isUuid(id)
        ? await tx.row<InviteRow>(sql`
            select ${INVITE_COLUMNS}
            from invite i join user_account u on u.org_id = i.org_id and u.id = i.user_id
            where i.org_id = ${ctx.orgId} and i.id = ${id} and i.accepted_at is null and i.revoked_at is null
            for update of i`)
        : undefined;
      if (!before) throw new AppError('invite_not_found');
      requireCeiling(access, await assignmentsOf(tx, { type: 'user', id: before.user_id }));
      await tx.run(sql`update invite set revoked_at = now() where org_id = ${ctx.orgId} and id = ${before.id}`);
      await recordAudit(tx, {
        action: 'invite.revoke',
        targetId: before.id,
        person: { id: before.user_id, name: before.email },
        before,
      });
    });
  }
}
