import { Injectable } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';
import type { Principal } from '@portolan/kernel';
import type { FoundRegistry } from '../find-registry.query';
import type { RateLimitSettings } from '../limits/rate-limit-settings';
import type { Access } from '../rbac/access';
import { PUBLIC_READS } from '../rbac/permissions';
import { matchesHash, readSecret } from '../tokens/secret';
import type { Presented } from './credential';
import { RecordUse } from './record-use.service';
import { refused, WRONG_ADDRESS, type Refused, type SignedIn } from './signed-in';

interface CapabilityUrlRow {
  readonly org_id: string;
  readonly org_name: string;
  readonly org_state: 'active' | 'suspended';
  readonly rate_limits: RateLimitSettings;
  readonly capability_url_id: string;
  readonly name: string;
  readonly registry_id: string;
  readonly registry_name: string;
  readonly visibility: 'private' | 'public';
  readonly hash: Buffer;
  readonly expired: boolean;
  readonly revoked: boolean;
  readonly address_allowed: boolean;
  readonly use_is_old: boolean;
  readonly good_for_ms: number | null;
}

/** How a path names the registry that its secret belongs to. */
export interface NamedRegistry {
  readonly organization: string | undefined;
  readonly identifier: string;
}

/** A reader, and the registry that it may read. */
export type Opened = SignedIn & { readonly registry: FoundRegistry };

/** Which registry the secret of a capability URL opens. */
@Injectable()
export class AuthenticateCapabilityUrl {
  constructor(
    private readonly system: SystemDb,
    private readonly uses: RecordUse,
  ) {}

  /** A secret is good below the names of its own registry only. */
  async run(
    text: string,
    { organization, identifier }: NamedRegistry,
    { address, requestId }: Presented,
  ): Promise<Opened | Refused> {
    const secret = readSecret(text, ['cap']);
    if (secret === null) return refused('malformed');
    const [row] = await this.system.call<CapabilityUrlRow>(
      sql`select * from find_capability_url(${secret.publicId}, ${address}::inet)`,
    );
    if (!row) return refused('unknown');
    const principal: Principal = { type: 'capability_url', id: row.capability_url_id, name: row.name, tokenId: null };
    const named =
      (organization === undefined || organization === row.org_name) &&
      (identifier === row.registry_name ||
        (organization === undefined && identifier.toLowerCase() === row.registry_id));
    const reason = named ? refusal(text, row) : 'another registry';
    if (reason !== null) return refused(reason, { orgId: row.org_id, principal });
    if (row.use_is_old) await this.uses.execute('capability_url', row.org_id, row.capability_url_id, requestId);
    return {
      outcome: 'signed-in',
      orgId: row.org_id,
      orgName: row.org_name,
      orgState: row.org_state,
      // Whoever holds a URL is no member.
      suspendedReason: null,
      rateLimits: row.rate_limits,
      principal,
      access: readerOf(row.registry_id),
      ...(row.good_for_ms === null ? {} : { goodForMs: row.good_for_ms }),
      registry: {
        org_id: row.org_id,
        org_name: row.org_name,
        id: row.registry_id,
        name: row.registry_name,
        // Whatever the registry is to others, an answer at this URL is nobody's to keep.
        visibility: 'private',
        org_state: row.org_state,
      },
    };
  }
}

function readerOf(registryId: string): Access {
  return {
    can: (permission, id) => id === registryId && PUBLIC_READS.has(permission),
    knows: (id) => id === registryId,
    listed: () => [],
    covers: () => false,
  };
}

function refusal(text: string, row: CapabilityUrlRow): string | null {
  if (!matchesHash(text, row.hash)) return 'wrong secret';
  if (row.revoked) return 'revoked';
  if (row.expired) return 'expired';
  return row.address_allowed ? null : WRONG_ADDRESS;
}
