import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql, SystemDb, type Tx } from '@portolan/db';
import { AppError, systemCtx, type Ctx } from '@portolan/kernel';
import { RecordDenial } from '../record-denial.service';
import { findPolicy, policyRefusal } from '../sign-in/sign-in-policy';
import { matchesHash, readSecret } from '../tokens/secret';
import { hashPassword, requirePassword } from './passwords';
import { USER_COLUMNS, type UserRow } from './user-row';

export interface AcceptedInvite {
  readonly token: string;
  /** Null: as the inviter wrote it. */
  readonly fullName: string | null;
  readonly password: string;
}

/** An invite whose secret was shown. */
interface FoundInvite {
  readonly org_id: string;
  readonly id: string;
  readonly hash: Buffer;
}

interface Invited {
  readonly user_id: string;
  readonly email: string;
  /** True while the invite waits to be accepted. */
  readonly open: boolean;
}

/** Makes an invited person an active user with a password. An invite is good once. */
@Injectable()
export class AcceptInvite {
  constructor(
    private readonly db: OrgDb,
    private readonly system: SystemDb,
    private readonly recordDenial: RecordDenial,
  ) {}

  /**
   * @param visitor whence the request comes; for whom it speaks the token says
   * @throws AppError invite_invalid alike for whatever is wrong with it; with a good one organization_suspended,
   * address_not_allowed, login_disabled, invalid_parameters
   */
  async execute(visitor: Omit<Ctx, 'orgId' | 'principal'>, input: AcceptedInvite): Promise<UserRow> {
    const invite = await this.find(input.token);
    if (!invite) throw new AppError('invite_invalid');
    const invited = await this.check(visitor, invite);
    const ctx: Ctx = {
      ...visitor,
      orgId: invite.org_id,
      principal: { type: 'user', id: invited.user_id, name: invited.email, tokenId: null },
    };
    requirePassword('password', input.password, invited.email);
    const passwordHash = await hashPassword(input.password);
    return this.db.write(ctx, async (tx) => {
      // The user first: an invite that is made anew takes the locks in this order.
      const after = await join(tx, invited.user_id, input.fullName);
      const used = await tx.run(sql`
        update invite set accepted_at = now()
        where org_id = ${ctx.orgId} and id = ${invite.id} and accepted_at is null and revoked_at is null
          and expires_at > now()`);
      if (!after || used === 0) throw new AppError('invite_invalid');
      await tx.run(sql`
        insert into user_password (org_id, user_id, hash) values (${ctx.orgId}, ${after.id}, ${passwordHash})`);
      await recordAudit(tx, { action: 'user.join', targetId: after.id, targetName: after.email, after });
      return after;
    });
  }

  private async find(token: string): Promise<FoundInvite | null> {
    const secret = readSecret(token, ['inv']);
    if (secret === null) return null;
    const [row] = await this.system.call<FoundInvite>(sql`select * from find_invite(${secret.publicId})`);
    return row && matchesHash(token, row.hash) ? row : null;
  }

  /** Whom the invite is for, unless he may not come in; that is written down where he was invited. */
  private async check(visitor: Omit<Ctx, 'orgId' | 'principal'>, { org_id: orgId, id }: FoundInvite): Promise<Invited> {
    const ctx: Ctx = { ...systemCtx(orgId, 'invites', visitor.traceId), ...visitor };
    const { invited, policy } = await this.db.read(ctx, async (tx) => ({
      invited: await findInvited(tx, id),
      policy: await findPolicy(tx),
    }));
    if (!invited || !policy) throw new AppError('invite_invalid');
    const refusal = !invited.open
      ? new AppError('invite_invalid')
      : (policyRefusal(policy) ?? (policy.basic_auth_enabled ? null : new AppError('login_disabled')));
    if (refusal === null) return invited;
    const { user_id: targetId, email: targetName } = invited;
    await this.recordDenial.execute(ctx, { action: 'user.join', reason: refusal.code, targetId, targetName });
    throw refusal;
  }
}

function findInvited(tx: Tx, id: string): Promise<Invited | undefined> {
  return tx.row<Invited>(sql`
    select u.id as user_id, u.email,
           i.accepted_at is null and i.revoked_at is null and i.expires_at > now() as open
    from invite i join user_account u on u.org_id = i.org_id and u.id = i.user_id
    where i.org_id = ${tx.ctx.orgId} and i.id = ${id}`);
}

function join(tx: Tx, userId: string, fullName: string | null): Promise<UserRow | undefined> {
  return tx.row<UserRow>(sql`
    update user_account
    set active = true, invited = false, full_name = coalesce(${fullName}, full_name), updated_at = clock_timestamp()
    where org_id = ${tx.ctx.orgId} and id = ${userId} and invited
    returning ${USER_COLUMNS}`);
}
