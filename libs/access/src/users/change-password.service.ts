import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { LoginThrottle } from '../limits/login-throttle';
import { endSessions } from './end-sessions';
import { hashPassword, requirePassword, verifyPassword } from './passwords';
import { ownUserId } from './user-row';

export interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
}

interface Account {
  readonly email: string;
  readonly login_path: string;
  /** Null: the user signs in by the identity provider only. */
  readonly hash: string | null;
}

/** Changes the password of the user who asks and ends his other sessions. */
@Injectable()
export class ChangePassword {
  constructor(
    private readonly db: OrgDb,
    private readonly throttle: LoginThrottle,
  ) {}

  /**
   * @throws AppError forbidden for a principal that is no user, user_without_password, invalid_parameters,
   * rate_limited as for logins, current_password_wrong, server_busy
   */
  async execute(ctx: Ctx, { currentPassword, newPassword }: PasswordChange): Promise<void> {
    const userId = ownUserId(ctx);
    const { email, login_path: loginPath, hash } = await this.find(ctx, userId);
    if (hash === null) throw new AppError('user_without_password');
    requirePassword('new_password', newPassword, email);
    const address = ctx.address ?? '';
    await this.throttle.check(loginPath, email, address);
    const matches = await verifyPassword(hash, currentPassword).catch(async (error: unknown) => {
      await this.throttle.notLookedAt(loginPath, email, address);
      throw error;
    });
    if (!matches) {
      await this.throttle.failed(loginPath, email, address);
      throw new AppError('current_password_wrong');
    }
    await this.throttle.succeeded(loginPath, email, address);
    const newHash = await hashPassword(newPassword);
    await this.db.write(ctx, async (tx) => {
      // Of two changes at once the later one was asked with a password that is no more.
      const changed = await tx.run(sql`
        update user_password set hash = ${newHash}, changed_at = clock_timestamp()
        where org_id = ${ctx.orgId} and user_id = ${userId} and hash = ${hash}`);
      if (changed === 0) throw new AppError('current_password_wrong');
      await endSessions(tx, userId, ctx.principal.tokenId);
      await recordAudit(tx, { action: 'user.password.change', targetId: userId, person: { id: userId, name: email } });
    });
  }

  private async find(ctx: Ctx, userId: string): Promise<Account> {
    const account = await this.db.read(ctx, (tx) =>
      tx.row<Account>(sql`
        select u.email, o.login_path, p.hash
        from user_account u
        join organization o on o.id = u.org_id
        left join user_password p on p.org_id = u.org_id and p.user_id = u.id
        where u.org_id = ${ctx.orgId} and u.id = ${userId}`),
    );
    if (!account) throw new AppError('user_not_found');
    return account;
  }
}
