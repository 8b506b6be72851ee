import { Injectable } from '@nestjs/common';
import { AuditBuffer } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError } from '@portolan/kernel';
import { LoginThrottle } from '../limits/login-throttle';
import { isAscii } from '../users/ascii';
import { DUMMY_HASH, verifyPassword } from '../users/passwords';
import { FindLoginPath } from './find-login-path.query';
import { openSession, signingIn, type OpenedSession } from './sessions/open-session';
import { ReplaceSession } from './sessions/replace-session.service';
import { policyColumns, policyRefusal, type SignInPolicy } from './sign-in-policy';
import { contextFor, type Visitor } from './visitor';

export interface LoginInput {
  readonly loginPath: string;
  readonly email: string;
  readonly password: string;
}

interface Account {
  readonly user_id: string;
  readonly email: string;
  readonly full_name: string;
  readonly active: boolean;
  /** Null: the user has no password. */
  readonly hash: string | null;
}

type AccountRow = SignInPolicy & (Account | { readonly user_id: null });

export interface LoggedIn {
  readonly user: { readonly id: string; readonly email: string; readonly full_name: string };
  readonly organization: { readonly id: string; readonly name: string };
  readonly session: OpenedSession;
}

// What is asked for an unknown path costs what it costs for a known one.
const NO_ORGANIZATION = '00000000-0000-0000-0000-000000000000';

/** Signs a user in by email address and password. */
@Injectable()
export class LogIn {
  constructor(
    private readonly db: OrgDb,
    private readonly findLoginPath: FindLoginPath,
    private readonly throttle: LoginThrottle,
    private readonly replaceSession: ReplaceSession,
    private readonly auditBuffer: AuditBuffer,
  ) {}

  /**
   * @throws AppError rate_limited, login_failed alike for whatever is wrong, login_disabled, server_busy; after a right
   * password organization_suspended, address_not_allowed
   */
  async execute(visitor: Visitor, input: LoginInput): Promise<LoggedIn> {
    const { loginPath, email, password } = input;
    await this.throttle.check(loginPath, email, visitor.address);
    const orgId = await this.findLoginPath.run(loginPath);
    const row = await this.find(visitor, orgId ?? NO_ORGANIZATION, email);
    if (row?.basic_auth_enabled === false) throw new AppError('login_disabled');
    // PostgreSQL folds more letters than we do: one account would be guessed at under several names, each counted alone.
    const account = row?.user_id == null || !isAscii(email) ? null : row;
    const matches = await verifyPassword(account?.hash ?? DUMMY_HASH, password).catch(async (error: unknown) => {
      await this.throttle.notLookedAt(loginPath, email, visitor.address);
      throw error;
    });
    if (!row || account?.hash == null || !account.active || !matches) {
      await this.throttle.failed(loginPath, email, visitor.address);
      if (row) await this.refuse(visitor, row.id, account, reasonOf(account));
      throw new AppError('login_failed');
    }
    await this.throttle.succeeded(loginPath, email, visitor.address);
    const refusal = policyRefusal(row);
    if (refusal) {
      await this.refuse(visitor, row.id, account, refusal.code);
      throw refusal;
    }
    const session = await this.open(visitor, row.id, account, account.hash);
    await this.replaceSession.execute(visitor);
    return {
      user: { id: account.user_id, email: account.email, full_name: account.full_name },
      organization: { id: row.id, name: row.name },
      session,
    };
  }

  private find(visitor: Visitor, orgId: string, email: string): Promise<AccountRow | undefined> {
    return this.db.read(contextFor(visitor, orgId), (tx) =>
      tx.row<AccountRow>(sql`
        select ${policyColumns(visitor.address)}, u.id as user_id, u.email, u.full_name, u.active, p.hash
        from organization o
        left join user_account u on u.org_id = o.id and lower(u.email) = lower(${email})
        left join user_password p on p.org_id = u.org_id and p.user_id = u.id
        where o.id = ${orgId}`),
    );
  }

  private open(visitor: Visitor, orgId: string, account: Account, hash: string): Promise<OpenedSession> {
    const principal = signingIn({ id: account.user_id, email: account.email });
    return this.db.write(contextFor(visitor, orgId, principal), async (tx) => {
      // Disabling a user and changing his password end sessions: none may open behind their backs.
      const unchanged = await tx.row(sql`
        select 1 from user_account u join user_password p on p.org_id = u.org_id and p.user_id = u.id
        where u.org_id = ${orgId} and u.id = ${account.user_id} and u.active and p.hash = ${hash} for share`);
      if (!unchanged) throw new AppError('login_failed');
      return openSession(tx, 'password');
    });
  }

  // What was typed where no account is, may be a password in the wrong field: it stays out of the trail.
  private refuse(visitor: Visitor, orgId: string, account: Account | null, reason: string): Promise<void> {
    return this.auditBuffer.mustRecord(contextFor(visitor, orgId), {
      action: 'session.refuse',
      result: 'denied',
      reason,
      ...(account === null
        ? {}
        : {
            person: { id: account.user_id, name: account.email },
            parent: { type: 'user', id: account.user_id },
          }),
    });
  }
}

function reasonOf(account: Account | null): string {
  if (account === null) return 'unknown user';
  if (!account.active) return 'disabled';
  return account.hash === null ? 'no password' : 'wrong password';
}
