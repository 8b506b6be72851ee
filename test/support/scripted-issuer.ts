import { constants, generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const CURVES = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const;

type Algorithm = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | keyof typeof CURVES;

export interface SigningKey {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: JsonWebKey;
}

export function aSigningKey(kid: string, alg: Algorithm = 'ES256', modulusLength = 2_048): SigningKey {
  const { privateKey, publicKey } =
    alg in CURVES
      ? generateKeyPairSync('ec', { namedCurve: CURVES[alg as keyof typeof CURVES] })
      : generateKeyPairSync('rsa', { modulusLength });
  return { kid, alg, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

export function base64urlOf(part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

/** A JWT with this header and these claims, be they ever so evil; text is taken as it is. */
export function signJwt(header: unknown, claims: unknown, { alg, privateKey }: Pick<SigningKey, 'alg' | 'privateKey'>) {
  const signed = `${base64urlOf(header)}.${base64urlOf(claims)}`;
  const key = alg.startsWith('ES')
    ? ({ key: privateKey, dsaEncoding: 'ieee-p1363' } as const)
    : alg.startsWith('PS')
      ? { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : { key: privateKey };
  return `${signed}.${sign(`sha${alg.slice(2)}`, Buffer.from(signed), key).toString('base64url')}`;
}

/** An issuer of tokens on this machine, which shows and answers whatever a test has it do. */
export interface ScriptedIssuer {
  readonly url: string;
  /** What its key set shows. */
  keys: readonly unknown[];
  /** What its discovery document says besides, or otherwise. */
  discovery: Readonly<Record<string, unknown>>;
  /** Status of every answer. */
  status: number;
  /** Paths that were asked for. */
  readonly requests: string[];
  /** A good access token, with these claims besides or otherwise; those that are undefined are left out. */
  token(key: SigningKey, claims?: object, header?: object): string;
  close(): Promise<void>;
}

export async function aScriptedIssuer(audience: string, now: () => number = Date.now): Promise<ScriptedIssuer> {
  const server = createServer((request, response) => {
    issuer.requests.push(request.url ?? '');
    const document = request.url === '/jwks' ? { keys: issuer.keys } : discoveryOf(issuer);
    response.writeHead(issuer.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(document));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: ScriptedIssuer = {
    url,
    keys: [],
    discovery: {},
    status: 200,
    requests: [],
    token: (key, claims = {}, header = {}) => {
      const iat = Math.floor(now() / 1_000);
      return signJwt(
        { alg: key.alg, typ: 'at+jwt', kid: key.kid, ...header },
        { iss: url, sub: 'agent-1', aud: audience, iat, exp: iat + 600, jti: 'jti-1', ...claims },
        key,
      );
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return issuer;
}

function discoveryOf({ url, discovery }: ScriptedIssuer): object {
  return { issuer: url, jwks_uri: `${url}/jwks`, ...discovery };
}
