import { Injectable } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';
import type { Principal } from '@portolan/kernel';
import type { RateLimitSettings } from '../limits/rate-limit-settings';
import { accessOf, type RoleAssignment } from '../rbac/access';
import { matchesHash, readSecret } from '../tokens/secret';
import type { Presented } from './credential';
import { RecordUse } from './record-use.service';
import { refused, WRONG_ADDRESS, type Refused, type SignedIn } from './signed-in';

interface TokenRow {
  readonly org_id: string;
  readonly org_name: string;
  readonly org_state: 'active' | 'suspended';
  readonly suspended_reason: string | null;
  readonly rate_limits: RateLimitSettings;
  readonly address_allowed: boolean;
  readonly personal_tokens_enabled: boolean;
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
  readonly good_for_ms: number;
}

/** Who presents this access token. */
@Injectable()
export class AuthenticateToken {
  constructor(
    private readonly system: SystemDb,
    private readonly uses: RecordUse,
  ) {}

  async run(text: string, { address, requestId }: Presented): Promise<SignedIn | Refused> {
    const secret = readSecret(text, ['pat', 'sat']);
    if (secret === null) return refused('malformed');
    const [row] = await this.system.call<TokenRow>(
      sql`select * from find_access_token(${secret.publicId}, ${address}::inet)`,
    );
    if (!row) return refused('unknown');
    const principal: Principal = {
      type: row.principal_type,
      id: row.principal_id,
      name: row.principal_name,
      tokenId: row.token_id,
    };
    const reason = refusal(text, row);
    if (reason !== null) return refused(reason, { orgId: row.org_id, principal });
    if (row.use_is_old) await this.uses.execute('access_token', row.org_id, row.token_id, requestId);
    return {
      outcome: 'signed-in',
      orgId: row.org_id,
      orgName: row.org_name,
      orgState: row.org_state,
      suspendedReason: row.suspended_reason,
      rateLimits: row.rate_limits,
      principal,
      access: accessOf(row.assignments),
      goodForMs: row.good_for_ms,
    };
  }
}

function refusal(token: string, row: TokenRow): string | null {
  if (!matchesHash(token, row.hash)) return 'wrong secret';
  if (row.revoked) return 'revoked';
  if (row.expired) return 'expired';
  if (!row.active) return 'disabled';
  if (row.principal_type === 'user' && !row.personal_tokens_enabled) return 'personal tokens are off';
  return row.address_allowed ? null : WRONG_ADDRESS;
}
