import { Injectable } from '@nestjs/common';
import { AuditBuffer } from '@portolan/audit';
import { OrgDb, sql, SystemDb, type Tx } from '@portolan/db';
import { AppError, systemCtx, type Ctx, type Origin } from '@portolan/kernel';
import { findPolicy, policyRefusal, type SignInPolicy } from '../sign-in/sign-in-policy';
import { matchesHash, readSecret } from '../tokens/secret';

/** An invite that waits to be accepted, and whom it is for. */
export interface OpenInvite {
  readonly orgId: string;
  readonly id: string;
  readonly userId: string;
  readonly email: string;
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

/** Looks at an invite that somebody shows; a refusal is written down where he was invited. */
@Injectable()
export class CheckInvite {
  constructor(
    private readonly db: OrgDb,
    private readonly system: SystemDb,
    private readonly auditBuffer: AuditBuffer,
  ) {}

  /**
   * @param way by which he wants to come in
   * @throws AppError invite_invalid alike for whatever is wrong with the token; with a good one organization_suspended,
   * address_not_allowed, login_disabled
   */
  async execute(origin: Origin, token: string, way: 'password' | 'oidc'): Promise<OpenInvite> {
    const found = await this.find(token);
    if (!found) throw new AppError('invite_invalid');
    const { org_id: orgId, id } = found;
    const ctx: Ctx = { ...systemCtx(orgId, 'invites', origin.requestId), ...origin };
    const { invited, policy } = await this.db.read(ctx, async (tx) => ({
      invited: await findInvited(tx, id),
      policy: await findPolicy(tx),
    }));
    if (!invited || !policy) throw new AppError('invite_invalid');
    const { user_id: userId, email } = invited;
    const refusal = invited.open ? refusalOf(policy, way) : new AppError('invite_invalid');
    if (refusal === null) return { orgId, id, userId, email };
    const target = { targetId: userId, person: { id: userId, name: email } };
    await this.auditBuffer.mustRecord(ctx, { action: 'user.join', result: 'denied', reason: refusal.code, ...target });
    throw refusal;
  }

  private async find(token: string): Promise<FoundInvite | null> {
    const secret = readSecret(token, ['inv']);
    if (secret === null) return null;
    const [row] = await this.system.call<FoundInvite>(sql`select * from find_invite(${secret.publicId})`);
    return row && matchesHash(token, row.hash) ? row : null;
  }
}

function refusalOf(policy: SignInPolicy, way: 'password' | 'oidc'): AppError | null {
  const isOn = way === 'password' ? policy.basic_auth_enabled : policy.oidc_auth_enabled;
  return policyRefusal(policy) ?? (isOn ? null : new AppError('login_disabled'));
}

function findInvited(tx: Tx, id: string): Promise<Invited | undefined> {
  return tx.row<Invited>(sql`
    select u.id as user_id, u.email,
           i.accepted_at is null and i.revoked_at is null and i.expires_at > now() as open
    from invite i join user_account u on u.org_id = i.org_id and u.id = i.user_id
    where i.org_id = ${tx.ctx.orgId} and i.id = ${id}`);
}
