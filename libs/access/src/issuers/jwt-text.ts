import { parseStrictObject, type JsonObject } from './strict-json';

const BYTES_MAX = 8_192;

const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;
const TYPES = ['jwt', 'at+jwt', 'application/at+jwt'];

/** What a token says of itself; nothing of it is verified. */
export interface UnverifiedJwt {
  readonly kid: string;
  readonly payload: JsonObject;
}

export function isTooLong(token: string): boolean {
  return token.length > BYTES_MAX;
}

/** Looks like a JWT: three dot-separated base64url parts. */
export function looksLikeJwt(token: string): boolean {
  return JWT.test(token);
}

/** Reads iss/aud without trusting them, only to select among registered issuers; null when the text is no acceptable JWT. */
export function peekJwt(token: string): { iss: string; aud: readonly string[] } | null {
  const jwt = readJwt(token);
  if (typeof jwt === 'string') return null;
  const { iss } = jwt.payload;
  const aud = readAudience(jwt.payload['aud']);
  return typeof iss === 'string' && aud !== null ? { iss, aud } : null;
}

/** The token taken apart, or why it is not acceptable whoever signed it. */
export function readJwt(token: string): UnverifiedJwt | string {
  if (isTooLong(token)) return 'too long';
  if (!looksLikeJwt(token)) return 'not three parts of base64url';
  const parts = token.split('.').map((part) => Buffer.from(part, 'base64url'));
  if (parts.map((part) => part.toString('base64url')).join('.') !== token) return 'not base64url in its one form';
  const [header, payload, signature] = parts;
  if (!header || !payload || !signature?.length) return 'without a signature';
  try {
    return readHeader(parseStrictObject(header), parseStrictObject(payload));
  } catch {
    return 'header or claims are not strict JSON';
  }
}

export function readAudience(aud: unknown): readonly string[] | null {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return audiences.length > 0 && audiences.every((one) => typeof one === 'string') ? audiences : null;
}

// Where a header says that its key is to be found (jku, x5u, jwk, x5c) is read by nobody.
function readHeader(header: JsonObject, payload: JsonObject): UnverifiedJwt | string {
  const { alg, kid, typ } = header;
  if ('enc' in header || 'zip' in header) return 'encrypted or compressed';
  if ('crit' in header || 'b64' in header) return 'with header extensions';
  if (typ !== undefined && (typeof typ !== 'string' || !TYPES.includes(typ.toLowerCase())))
    return 'of a type other than JWT and at+jwt';
  if (typeof alg !== 'string') return 'without alg';
  return typeof kid === 'string' && kid !== '' ? { kid, payload } : 'without kid';
}
