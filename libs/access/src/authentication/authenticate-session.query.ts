import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';
import type { Principal } from '@portolan/kernel';
import type { RateLimitSettings } from '../limits/rate-limit-settings';
import { accessOf, type RoleAssignment } from '../rbac/access';
import { matchesHash, readSecret } from '../tokens/secret';
import type { Presented } from './credential';
import { RecordUse } from './record-use.service';
import { refused, WRONG_ADDRESS, type Refused, type SignedIn } from './signed-in';

interface SessionRow {
  readonly org_id: string;
  readonly org_name: string;
  readonly org_state: 'active' | 'suspended';
  readonly suspended_reason: string | null;
  readonly rate_limits: RateLimitSettings;
  readonly address_allowed: boolean;
  readonly session_id: string;
  readonly hash: Buffer;
  readonly ended: boolean;
  readonly expired: boolean;
  readonly seen_is_old: boolean;
  readonly user_id: string;
  readonly email: string;
  readonly active: boolean;
  readonly assignments: readonly RoleAssignment[];
  readonly good_for_ms: number;
}

/** Who holds this session cookie. */
@Injectable()
export class AuthenticateSession {
  constructor(
    private readonly system: SystemDb,
    private readonly uses: RecordUse,
  ) {}

  async run(text: string, { address, requestId }: Presented): Promise<SignedIn | Refused> {
    const secret = readSecret(text, ['ses']);
    if (secret === null) return refused('malformed');
    const [row] = await this.system.call<SessionRow>(
      sql`select * from find_user_session(${secret.publicId}, ${address}::inet)`,
    );
    if (!row) return refused('unknown');
    const principal: Principal = { type: 'user', id: row.user_id, name: row.email, tokenId: row.session_id };
    const reason = refusal(text, row);
    if (reason !== null) return refused(reason, { orgId: row.org_id, principal });
    if (row.seen_is_old) await this.uses.execute('user_session', row.org_id, row.session_id, requestId);
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
      csrfToken: csrfTokenOf(text),
    };
  }
}

/** What a page of ours must send along with a change: known to whoever was told it at the login, not to other sites. */
export function csrfTokenOf(session: string): string {
  return createHash('sha256').update(`csrf:${session}`).digest('base64url');
}

function refusal(text: string, row: SessionRow): string | null {
  if (!matchesHash(text, row.hash)) return 'wrong secret';
  if (row.ended) return 'ended';
  if (row.expired) return 'expired';
  if (!row.active) return 'disabled';
  return row.address_allowed ? null : WRONG_ADDRESS;
}
