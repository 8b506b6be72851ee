import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, type Ctx, type Origin } from '@portolan/kernel';
import { CheckInvite } from './check-invite.service';
import { hashPassword, requirePassword } from './passwords';
import { useInvite } from './use-invite';
import { personOf, USER_COLUMNS, type UserRow } from './user-row';

export interface AcceptedInvite {
  readonly token: string;
  /** Null: as the inviter wrote it. */
  readonly fullName: string | null;
  readonly password: string;
}

/** Makes an invited person an active user with a password. An invite is good once. */
@Injectable()
export class AcceptInvite {
  constructor(
    private readonly db: OrgDb,
    private readonly checkInvite: CheckInvite,
  ) {}

  /**
   * @throws AppError invite_invalid alike for whatever is wrong with it; with a good one organization_suspended,
   * address_not_allowed, login_disabled, invalid_parameters, server_busy
   */
  async execute(visitor: Origin, input: AcceptedInvite): Promise<UserRow> {
    const invite = await this.checkInvite.execute(visitor, input.token, 'password');
    const ctx: Ctx = {
      ...visitor,
      orgId: invite.orgId,
      principal: { type: 'user', id: invite.userId, name: invite.email, tokenId: null },
    };
    requirePassword('password', input.password, invite.email);
    const passwordHash = await hashPassword(input.password);
    return this.db.write(ctx, async (tx) => {
      // The user first: an invite that is made anew takes the locks in this order.
      const after = await join(tx, invite.userId, input.fullName);
      if (!after || !(await useInvite(tx, invite.id))) throw new AppError('invite_invalid');
      await tx.run(sql`
        insert into user_password (org_id, user_id, hash) values (${ctx.orgId}, ${after.id}, ${passwordHash})`);
      await recordAudit(tx, { action: 'user.join', targetId: after.id, person: personOf(after), after });
      return after;
    });
  }
}

function join(tx: Tx, userId: string, fullName: string | null): Promise<UserRow | undefined> {
  return tx.row<UserRow>(sql`
    update user_account
    set active = true, invited = false, full_name = coalesce(${fullName}, full_name), updated_at = clock_timestamp()
    where org_id = ${tx.ctx.orgId} and id = ${userId} and invited
    returning ${USER_COLUMNS}`);
}
