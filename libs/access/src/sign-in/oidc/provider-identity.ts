import { isStorableText } from '@portolan/kernel';
import type { ProviderConfig } from '../identity-providers/identity-provider-row';
import { SsoFailure } from './sso-failure';

/** Whom an identity provider vouches for. */
export interface ProviderIdentity {
  readonly subject: string;
  /** Null: the provider names none. */
  readonly email: string | null;
  readonly fullName: string | null;
  /** Null: they do not matter. */
  readonly groups: readonly string[] | null;
}

/** What a provider says of somebody. */
export type Claims = Readonly<Record<string, unknown>>;

const SUBJECT_MAX = 1_000;
const NAME_MAX = 250;
const GROUPS_MAX = 1_000;
const EMAIL_MAX = 320;
const EMAIL = /^[^\s@<>"]+@[^\s@<>"]+$/;

/**
 * @param wantsGroups true when groups decide about teams: then a login without them would take teams away, and is
 * refused instead
 * @throws SsoFailure
 */
export function identityOf(
  claims: Claims,
  mappings: ProviderConfig['claim_mappings'],
  wantsGroups: boolean,
): ProviderIdentity {
  const subject = textOf(claims, 'sub', SUBJECT_MAX);
  if (subject === null) throw new SsoFailure('no subject');
  // An address that the provider does not stand for is nobody's.
  const email = isVerified(claims) ? textOf(claims, mappings.email, EMAIL_MAX) : null;
  return {
    subject,
    email: email !== null && EMAIL.test(email) ? email : null,
    fullName: textOf(claims, mappings.name, NAME_MAX),
    groups: wantsGroups ? groupsOf(claims, mappings.groups) : null,
  };
}

/** True when the provider could tell more of its user than the ID token does. */
export function isThin(claims: Claims, mappings: ProviderConfig['claim_mappings'], wantsGroups: boolean): boolean {
  const wanted = [mappings.email, mappings.name, ...(wantsGroups ? [mappings.groups] : [])];
  return wanted.some((claim) => !Object.hasOwn(claims, claim)) && !isOverage(claims, mappings.groups);
}

function groupsOf(claims: Claims, claim: string): readonly string[] {
  if (isOverage(claims, claim))
    throw new SsoFailure(
      'groups overage',
      'You are in more groups than your identity provider sends. Ask your administrator to send only those that are mapped to teams',
    );
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  if (value === undefined || value === null)
    throw new SsoFailure(
      'no groups',
      'Your identity provider does not send your groups, which decide about your teams. Ask your administrator to have it send them',
    );
  const groups = [value].flat();
  if (groups.length > GROUPS_MAX || !groups.every((group) => typeof group === 'string' && isStorableText(group)))
    throw new SsoFailure('malformed groups');
  return groups as string[];
}

// Many providers leave the claim out, and some write it as text.
function isVerified(claims: Claims): boolean {
  const verified = Object.hasOwn(claims, 'email_verified') ? claims.email_verified : undefined;
  return verified === undefined || verified === true || verified === 'true';
}

// Entra puts a pointer where the groups would be too many (OpenID Connect Core 5.6.2).
function isOverage(claims: Claims, claim: string): boolean {
  const names = claims._claim_names;
  return typeof names === 'object' && names !== null && Object.hasOwn(names, claim);
}

function textOf(claims: Claims, claim: string, maximum: number): string | null {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  return typeof value === 'string' && value !== '' && value.length <= maximum && isStorableText(value) ? value : null;
}
