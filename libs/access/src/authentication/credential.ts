import type { Origin } from '@portolan/kernel';
import type { FoundRegistry } from '../find-registry.query';

/** What a request shows of its caller, before anything of it is believed. */
export interface Credential {
  /** `unknown` is a credential too, only none of ours. */
  readonly kind: 'access_token' | 'jwt' | 'session' | 'capability_url' | 'unknown';
  readonly text: string;
}

/** What else of the request decides whether its credential is good. */
export interface Presented extends Origin {
  /** Where the request comes from, without a zone; an IPv4 address is never in its IPv6 form. */
  readonly address: string;
  /** The name by which the path names an organization, be there one or not; null when it names none. */
  readonly organization: string | null;
  /** The registry of the path as far as it can be found without knowing the caller. */
  readonly registry: FoundRegistry | null;
}
