import { isStorableText } from '@portolan/kernel';
import { readAudience } from './jwt-text';

export const LEEWAY_SECONDS = 60;
const SUBJECT_LENGTH_MAX = 1_000;

/** Whom a token speaks for. */
export interface Bearer {
  readonly sub: string;
  /** Who uses the rights of the subject in its place: `act.sub` (RFC 8693), null when nobody does. */
  readonly actor: string | null;
}

export interface JwtClaims extends Bearer {
  readonly iss: string;
  readonly aud: readonly string[];
  /** Seconds since 1970, as iat. */
  readonly exp: number;
  readonly iat: number;
  readonly jti: string | null;
  /** Null: the token has no scope claim (`scope` text or `scp` text or array). */
  readonly scopes: readonly string[] | null;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** The claims of an access token, or why they are not those of one. */
export function readClaims(raw: Readonly<Record<string, unknown>>, nowSeconds: number): JwtClaims | string {
  const { iss, exp, iat, jti } = raw;
  const subject = raw['sub'];
  const actor = actorOf(raw);
  const aud = readAudience(raw['aud']);
  if (typeof iss !== 'string') return 'without iss';
  if (!isAcceptableSubject(subject)) return 'without an acceptable sub';
  if (actor !== null && !isAcceptableSubject(actor)) return 'with an unacceptable act.sub';
  if (aud === null) return 'without aud';
  if (!isTime(exp)) return 'without exp';
  if (!isTime(iat)) return 'without iat';
  if (isExpired({ exp }, nowSeconds)) return 'expired';
  if (iat > nowSeconds + LEEWAY_SECONDS) return 'issued in the future';
  if (exp <= iat) return 'expired before it was issued';
  if ('nonce' in raw || 'at_hash' in raw || 'c_hash' in raw || raw['token_use'] === 'id')
    return 'an ID token, which is no access token';
  const id = typeof jti === 'string' ? jti : null;
  const claims: JwtClaims = { iss, sub: subject, actor, aud, exp, iat, jti: id, scopes: readScopes(raw), raw };
  return claims;
}

export function isExpired({ exp }: Pick<JwtClaims, 'exp'>, nowSeconds: number): boolean {
  return nowSeconds >= exp + LEEWAY_SECONDS;
}

/** Whom a token names that is not good for anything; null when that cannot be written down. */
export function bearerOf(raw: JwtClaims['raw']): Bearer | null {
  const { sub } = raw;
  const actor = actorOf(raw);
  if (typeof sub !== 'string' || !isStorableText(sub)) return null;
  return { sub, actor: actor !== null && isStorableText(actor) ? actor : null };
}

function actorOf({ act }: JwtClaims['raw']): string | null {
  return typeof act === 'object' && act !== null && 'sub' in act && typeof act.sub === 'string' ? act.sub : null;
}

function isAcceptableSubject(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && [...value].length <= SUBJECT_LENGTH_MAX && isStorableText(value);
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

/** A scope claim that cannot be read leaves nothing. */
function readScopes(raw: Readonly<Record<string, unknown>>): readonly string[] | null {
  const claim = 'scope' in raw ? raw['scope'] : raw['scp'];
  if (claim === undefined) return null;
  if (typeof claim === 'string') return claim.split(' ').filter((scope) => scope !== '');
  return Array.isArray(claim) ? claim.filter((scope): scope is string => typeof scope === 'string') : [];
}
