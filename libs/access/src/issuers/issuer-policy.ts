import type { JwtClaims } from './jwt-claims';
import { isJsonObject } from './strict-json';

/** Exactly one of team_id and role: what whoever has the claim becomes a member of, or holds. */
export interface ClaimRule {
  readonly claim: string;
  readonly value: string;
  readonly team_id?: string;
  readonly role?: { readonly role_name: string; readonly entity_type_name: string; readonly entity_id: string };
}

export interface IssuerPolicy {
  readonly audiences: readonly string[];
  readonly maxLifetimeSeconds: number;
  readonly claimRules: readonly ClaimRule[];
}

/** Why a verified token is not acceptable to those who trust its issuer, or null. */
export function policyProblem(claims: JwtClaims, policy: IssuerPolicy): string | null {
  const [audience, ...others] = claims.aud;
  if (audience === undefined || others.length > 0) return 'for more than one audience';
  if (!policy.audiences.includes(audience)) return 'for another audience';
  if (claims.exp - claims.iat > policy.maxLifetimeSeconds)
    return `valid for longer than ${policy.maxLifetimeSeconds} seconds`;
  const elsewhere = claimsElsewhere(claims, policy.claimRules);
  return elsewhere === undefined
    ? null
    : `the claim ${elsewhere} is not in the token but elsewhere (group overage): let the issuer send fewer groups`;
}

/**
 * Rules whose claim equals their value or, being an array, contains it. Of a claim's name the full one goes before a
 * path with dots, for names may be URLs. Numbers and booleans count as they are written.
 */
export function matchingRules(claims: JwtClaims, rules: readonly ClaimRule[]): readonly ClaimRule[] {
  return rules.filter(({ claim, value }) => {
    const found = findClaim(claims.raw, claim);
    return (Array.isArray(found) ? (found as readonly unknown[]) : [found]).some((one) => isWritten(one, value));
  });
}

/** Entra leaves out groups when there are too many of them, and says so. Who has them is then not known. */
function claimsElsewhere({ raw }: JwtClaims, rules: readonly ClaimRule[]): string | undefined {
  const names = raw['_claim_names'];
  if (raw['hasgroups'] === true) return 'groups';
  if (names === undefined) return undefined;
  if (!isJsonObject(names)) return '_claim_names';
  const wanted = ['groups', ...rules.map(({ claim }) => claim)];
  return wanted.find((claim) => Object.hasOwn(names, claim) || Object.hasOwn(names, claim.split('.')[0] ?? ''));
}

function findClaim(raw: JwtClaims['raw'], claim: string): unknown {
  if (Object.hasOwn(raw, claim)) return raw[claim];
  let found: unknown = raw;
  for (const name of claim.split('.'))
    found = isJsonObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  return found;
}

function isWritten(found: unknown, value: string): boolean {
  return ['string', 'number', 'boolean'].includes(typeof found) && String(found) === value;
}
