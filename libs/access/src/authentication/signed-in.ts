import type { Principal } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import type { RateLimitSettings } from '../limits/rate-limit-settings';

export interface SignedIn {
  readonly outcome: 'signed-in';
  readonly orgId: string;
  readonly orgName: string;
  readonly orgState: 'active' | 'suspended';
  readonly suspendedReason: string | null;
  /** What the organization has instead of the platform's limits. */
  readonly rateLimits: RateLimitSettings;
  readonly principal: Principal;
  readonly access: Access;
  /** What the principal could do without the scopes of its token; absent where none narrow. */
  readonly unscoped?: Access;
  /** Somebody vouches for him, but he holds nothing: there are as many such callers as anybody likes. */
  readonly stranger?: boolean;
  /** When the credential expires, in milliseconds from the moment at which it was looked at; absent when it does not. */
  readonly goodForMs?: number;
  /** A browser sends its session along unasked: changes need its token, too. */
  readonly csrfToken?: string;
}

export interface Refused {
  readonly outcome: 'refused';
  /** For the audit trail; the caller never learns it. `address` alone is answered otherwise, with 403. */
  readonly reason: string;
  /** Whose credential it claims to be, when that is known. */
  readonly owner: { readonly orgId: string; readonly principal: Principal } | null;
}

export function refused(reason: string, owner: Refused['owner'] = null): Refused {
  return { outcome: 'refused', reason, owner };
}

/** The reason of a credential that is good, shown from an address where it is not. */
export const WRONG_ADDRESS = 'address';
