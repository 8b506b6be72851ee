import { Injectable, Logger } from '@nestjs/common';
import { OrgDb, sql, SystemDb } from '@portolan/db';
import { systemCtx, type Principal } from '@portolan/kernel';
import { accessOf, type Access, type RoleAssignment } from '../rbac/access';
import { matchesHash, publicIdOf } from './access-token';

interface TokenRow {
  readonly org_id: string;
  readonly org_name: string;
  readonly org_state: 'active' | 'suspended';
  readonly token_id: string;
  readonly hash: Buffer;
  readonly expired: boolean;
  readonly revoked: boolean;
  readonly use_is_old: boolean;
  readonly principal_type: 'user' | 'system_account';
  readonly principal_id: string;
  readonly principal_name: string;
  readonly active: boolean;
  readonly assignments: readonly RoleAssignment[];
}

export interface SignedIn {
  readonly outcome: 'signed-in';
  readonly orgId: string;
  readonly orgName: string;
  readonly orgState: 'active' | 'suspended';
  readonly principal: Principal;
  readonly access: Access;
}

export interface Refused {
  readonly outcome: 'refused';
  readonly reason: 'malformed' | 'unknown' | 'wrong secret' | 'expired' | 'revoked' | 'disabled';
  /** Whose token it claims to be, when that is known. */
  readonly owner: { readonly orgId: string; readonly principal: Principal } | null;
}

/** Who presents this token. */
@Injectable()
export class Authenticate {
  private readonly logger = new Logger(Authenticate.name);

  constructor(
    private readonly system: SystemDb,
    private readonly db: OrgDb,
  ) {}

  async run(token: string, traceId: string): Promise<SignedIn | Refused> {
    const publicId = publicIdOf(token);
    if (publicId === null) return { outcome: 'refused', reason: 'malformed', owner: null };
    const [row] = await this.system.call<TokenRow>(sql`select * from find_access_token(${publicId})`);
    if (!row) return { outcome: 'refused', reason: 'unknown', owner: null };
    const principal: Principal = {
      type: row.principal_type,
      id: row.principal_id,
      name: row.principal_name,
      tokenId: row.token_id,
    };
    const reason = refusal(token, row);
    if (reason !== null) return { outcome: 'refused', reason, owner: { orgId: row.org_id, principal } };
    if (row.use_is_old) await this.recordUse(row, traceId);
    return {
      outcome: 'signed-in',
      orgId: row.org_id,
      orgName: row.org_name,
      orgState: row.org_state,
      principal,
      access: accessOf(row.assignments),
    };
  }

  // A database that only reads must not turn a good token away.
  private async recordUse(row: TokenRow, traceId: string): Promise<void> {
    try {
      await this.db.write(systemCtx(row.org_id, 'authentication', traceId), (tx) =>
        tx.run(sql`
          update access_token set last_used_at = now()
          where org_id = ${row.org_id} and id = ${row.token_id}
            and (last_used_at is null or last_used_at < now() - interval '1 minute')`),
      );
    } catch (error) {
      this.logger.warn(`last use not recorded: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function refusal(token: string, row: TokenRow): Refused['reason'] | null {
  if (!matchesHash(token, row.hash)) return 'wrong secret';
  if (row.revoked) return 'revoked';
  if (row.expired) return 'expired';
  if (!row.active) return 'disabled';
  return null;
}
