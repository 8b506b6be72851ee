import { createHash, createPublicKey } from 'node:crypto';
import { isJsonObject, type JsonObject } from './strict-json';

const KEYS_MAX = 100;
const RSA_BITS_MIN = 2_048;
const RSA_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const;
const EC_ALGORITHMS = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' } as const;

type Algorithm = (typeof RSA_ALGORITHMS)[number] | (typeof EC_ALGORITHMS)[keyof typeof EC_ALGORITHMS];

/** A public key of an issuer. */
export interface IssuerKey {
  readonly kid: string;
  /** Those for which its type, and what its issuer says of it, make it good; asymmetric ones only. */
  readonly algorithms: readonly Algorithm[];
  readonly pem: string;
  /** SHA-256 of the key, whatever it is called. */
  readonly thumbprint: string;
}

/** The keys of a JWK set that verify signatures, by their `kid`. Other keys are passed over. */
export function readKeySet({ keys }: JsonObject): ReadonlyMap<string, IssuerKey> {
  const known = new Map<string, IssuerKey>();
  for (const jwk of Array.isArray(keys) ? keys.slice(0, KEYS_MAX) : []) {
    const key = isJsonObject(jwk) ? readKey(jwk) : null;
    if (key !== null && !known.has(key.kid)) known.set(key.kid, key);
  }
  return known;
}

function readKey(jwk: JsonObject): IssuerKey | null {
  const { kid, use, alg, key_ops: operations } = jwk;
  if (typeof kid !== 'string' || kid === '' || (use !== undefined && use !== 'sig')) return null;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return null;
  const algorithms = algorithmsOf(jwk).filter((one) => alg === undefined || alg === one);
  if (algorithms.length === 0) return null;
  try {
    // Its public members only: a set that holds a private key by mistake must not become one here.
    const { kty, n, e, crv, x, y } = jwk;
    const members = kty === 'RSA' ? { kty, n, e } : { kty, crv, x, y };
    const key = createPublicKey({ key: members as Record<string, string>, format: 'jwk' });
    if (kty === 'RSA' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < RSA_BITS_MIN) return null;
    const thumbprint = createHash('sha256')
      .update(key.export({ type: 'spki', format: 'der' }))
      .digest('base64url');
    return { kid, algorithms, pem: key.export({ type: 'spki', format: 'pem' }).toString(), thumbprint };
  } catch {
    return null;
  }
}

function algorithmsOf({ kty, crv }: JsonObject): readonly Algorithm[] {
  if (kty === 'RSA') return RSA_ALGORITHMS;
  return kty === 'EC' && typeof crv === 'string' && isCurve(crv) ? [EC_ALGORITHMS[crv]] : [];
}

function isCurve(crv: string): crv is keyof typeof EC_ALGORITHMS {
  return Object.hasOwn(EC_ALGORITHMS, crv);
}
