import { createHmac } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { Egress } from '@portolan/egress';
import {
  aScriptedIssuer,
  aSigningKey,
  base64urlOf,
  signJwt,
  type ScriptedIssuer,
} from '../../../../test/support/scripted-issuer';
import { IssuerKeys } from './issuer-keys';
import { policyProblem } from './issuer-policy';
import { looksLikeJwt, peekJwt } from './jwt-text';
import { VerifyJwt } from './verify-jwt';

const AUDIENCE = 'portolan-acme';
const POLICY = { audiences: [AUDIENCE], maxLifetimeSeconds: 3_600, claimRules: [] };
const START_MS = Date.parse('2026-01-01T00:00:00Z');
const NOW = START_MS / 1_000;
const EC = aSigningKey('ec');
const RSA = aSigningKey('rsa', 'RS256');
const EVIL = aSigningKey('ec');

let issuer: ScriptedIssuer;
let now: number;
let verifier: VerifyJwt;

beforeEach(async () => {
  jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
  now = START_MS;
  issuer = await aScriptedIssuer(AUDIENCE, () => now);
  issuer.keys = [EC.jwk, RSA.jwk];
  verifier = new VerifyJwt(new IssuerKeys(new Egress({ allow: ['127.0.0.0/8'] }), () => now));
});

afterEach(async () => {
  jest.restoreAllMocks();
  await issuer.close();
});

const verify = (token: string) => verifier.run(token, issuer.url);
const reasonOf = async (token: string) => {
  const verified = await verify(token);
  return verified.ok ? null : verified.reason;
};

/** Also by the policy of whoever trusts the issuer. */
const verdictOf = async (token: string) => {
  const verified = await verify(token);
  return verified.ok ? policyProblem(verified.claims, POLICY) : verified.reason;
};

describe('A good access token', () => {
  it('gives its claims', async () => {
    const raw = { iss: issuer.url, sub: 'agent-1', aud: AUDIENCE, iat: NOW, exp: NOW + 600, jti: 'jti-1' };
    expect(await verify(issuer.token(EC, { scope: 'mcp-registry:read openid' }))).toEqual({
      ok: true,
      claims: {
        ...raw,
        actor: null,
        aud: [AUDIENCE],
        scopes: ['mcp-registry:read', 'openid'],
        raw: { ...raw, scope: 'mcp-registry:read openid' },
      },
    });
  });

  it.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const)(
    'is signed with %s',
    async (alg) => {
      const key = aSigningKey('k', alg);
      issuer.keys = [{ ...key.jwk, alg: undefined }];
      expect(await reasonOf(issuer.token(key))).toBeNull();
    },
  );

  it.each([undefined, 'JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt'])('is of the type %s', async (typ) => {
    expect(await reasonOf(issuer.token(EC, {}, { typ }))).toBeNull();
  });

  it.each([
    [{}, null],
    [{ scope: '' }, []],
    [{ scope: 'a  b' }, ['a', 'b']],
    [{ scope: ['a', 'b c', 7] }, ['a', 'b c']],
    [{ scope: 7 }, []],
    [{ scope: null }, []],
    [{ scp: 'a b' }, ['a', 'b']],
    [{ scp: ['a', 'b'] }, ['a', 'b']],
    [{ scope: 'a', scp: 'b' }, ['a']],
  ])('of %j has the scopes %j', async (claims, scopes) => {
    expect(await verify(issuer.token(EC, claims))).toMatchObject({ ok: true, claims: { scopes } });
  });
});

// In the order of the list of pitfalls that reviewers of JWT validation go by.
describe('Of the fifteen pitfalls', () => {
  it('1: no alg but the asymmetric ones of the key is accepted', async () => {
    const claims = { iss: issuer.url, sub: 'agent-1', aud: AUDIENCE, iat: NOW, exp: NOW + 600 };
    for (const alg of ['none', 'None', 'NONE', ''])
      for (const signature of ['', 'AAAA']) {
        const token = `${base64urlOf({ alg, kid: 'ec' })}.${base64urlOf(claims)}.${signature}`;
        expect([alg, await reasonOf(token)]).toEqual([
          alg,
          signature === '' ? 'without a signature' : 'invalid algorithm',
        ]);
      }
    const pem = RSA.publicKey.export({ type: 'spki', format: 'pem' });
    for (const alg of ['HS256', 'HS384', 'HS512'])
      for (const secret of [pem, pem.toString().trim(), RSA.publicKey.export({ type: 'spki', format: 'der' })]) {
        const signed = `${base64urlOf({ alg, kid: 'rsa' })}.${base64urlOf(claims)}`;
        const signature = createHmac(`sha${alg.slice(2)}`, secret)
          .update(signed)
          .digest('base64url');
        expect(await reasonOf(`${signed}.${signature}`)).toBe('invalid algorithm');
      }
    expect(await reasonOf(issuer.token(EC, {}, { alg: 'RS256' }))).toBe('invalid algorithm');
    expect(await reasonOf(issuer.token(EC, {}, { alg: 'ES384' }))).toBe('invalid algorithm');
    expect(await reasonOf(issuer.token(RSA, {}, { alg: 'ES256' }))).toBe('invalid algorithm');
    expect(await reasonOf(issuer.token({ ...RSA, alg: 'PS256' }))).toBe('invalid algorithm');
    for (const alg of [undefined, null, 5, ['ES256'], { a: 1 }])
      expect(await reasonOf(issuer.token(EC, {}, { alg }))).toBe('without alg');
  });

  it('2: kid is an exact name in the key set and nothing else', async () => {
    for (const kid of [
      '../../dev/null',
      "' OR 1=1",
      'EC',
      'ec\u0000',
      `${issuer.url}/jwks`,
      '__proto__',
      'constructor',
    ])
      expect([kid, await reasonOf(issuer.token(EC, {}, { kid }))]).toEqual([
        kid,
        'signed with no known key of the issuer',
      ]);
    for (const kid of [undefined, null, '', 7, ['ec']])
      expect(await reasonOf(issuer.token(EC, {}, { kid }))).toBe('without kid');
    expect(await reasonOf(issuer.token(RSA, {}, { kid: 'ec', alg: 'ES256' }))).toMatch(/signature/);
    expect(new Set(issuer.requests)).toEqual(new Set(['/.well-known/openid-configuration', '/jwks']));
  });

  it('3: keys and addresses of keys in the header are read by nobody', async () => {
    const trap = await aScriptedIssuer(AUDIENCE);
    trap.keys = [EVIL.jwk];
    for (const header of [
      { jku: `${trap.url}/jwks` },
      { x5u: `${trap.url}/jwks` },
      { jwk: EVIL.jwk },
      { x5c: [EVIL.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] },
    ]) {
      expect(await reasonOf(issuer.token(EVIL, {}, header))).toBe('invalid signature');
      expect(await reasonOf(issuer.token(EVIL, {}, { ...header, kid: 'other' }))).toMatch(/no known key/);
      expect(await reasonOf(issuer.token(EC, {}, header))).toBeNull();
    }
    expect(trap.requests).toEqual([]);
    await trap.close();
  });

  it('4: the issuer is the registered one, before the signature and after it', async () => {
    const other = await aScriptedIssuer(AUDIENCE, () => now);
    other.keys = [EVIL.jwk];
    const token = other.token(EVIL);
    expect(peekJwt(token)).toEqual({ iss: other.url, aud: [AUDIENCE] });
    expect(await reasonOf(token)).toBe('invalid signature');
    expect(other.requests).toEqual([]);
    expect(await reasonOf(issuer.token(EC, { iss: other.url }))).toMatch(/^jwt issuer invalid/);
    expect(await reasonOf(issuer.token(EC, { iss: `${issuer.url}/` }))).toMatch(/^jwt issuer invalid/);
    for (const iss of [undefined, null, 5, [issuer.url]])
      expect(await reasonOf(issuer.token(EC, { iss }))).not.toBeNull();
    await other.close();
  });

  it('5: the same sub of two issuers is two subjects, each verified with its own keys', async () => {
    const other = await aScriptedIssuer(AUDIENCE, () => now);
    other.keys = [EVIL.jwk];
    const token = issuer.token(EC);
    expect(await verify(token)).toMatchObject({ ok: true, claims: { iss: issuer.url, sub: 'agent-1' } });
    expect(await verifier.run(token, other.url)).toMatchObject({ ok: false });
    expect(await verifier.run(other.token(EVIL), other.url)).toMatchObject({ ok: true, claims: { iss: other.url } });
    expect(await verify(other.token(EVIL))).toMatchObject({ ok: false });
    await other.close();
  });

  it('6: the audience is ours and no one else besides', async () => {
    expect(await verdictOf(issuer.token(EC, { aud: [AUDIENCE] }))).toBeNull();
    for (const aud of [
      'other',
      [AUDIENCE, 'other'],
      [AUDIENCE, AUDIENCE],
      [],
      undefined,
      null,
      5,
      [5],
      { 0: AUDIENCE },
    ])
      expect(await verdictOf(issuer.token(EC, { aud }))).toMatch(/audience|without aud/);
  });

  it('7: an ID token is no access token', async () => {
    for (const claims of [{ nonce: 'n' }, { nonce: null }, { at_hash: 'h' }, { c_hash: 'h' }, { token_use: 'id' }])
      expect(await reasonOf(issuer.token(EC, claims))).toBe('an ID token, which is no access token');
    expect(await reasonOf(issuer.token(EC, { token_use: 'access' }))).toBeNull();
    for (const typ of ['logout+jwt', 'secevent+jwt', 'dpop+jwt', 'JOSE', '', null, 5, ['JWT']])
      expect(await reasonOf(issuer.token(EC, {}, { typ }))).toBe('of a type other than JWT and at+jwt');
  });

  it('8: exp and iat are there, near, and not in the future', async () => {
    for (const exp of [undefined, null, '9999999999', -1, 1e300])
      expect(await reasonOf(issuer.token(EC, { exp }))).toMatch(/^(without exp|expired)$/);
    for (const iat of [undefined, null, '1', -1]) expect(await reasonOf(issuer.token(EC, { iat }))).toBe('without iat');
    expect(await reasonOf(issuer.token(EC, { iat: NOW - 600, exp: NOW - 59 }))).toBeNull();
    expect(await reasonOf(issuer.token(EC, { iat: NOW - 600, exp: NOW - 60 }))).toBe('expired');
    expect(await reasonOf(issuer.token(EC, { iat: NOW + 60, exp: NOW + 600 }))).toBeNull();
    expect(await reasonOf(issuer.token(EC, { iat: NOW + 61, exp: NOW + 600 }))).toBe('issued in the future');
    expect(await reasonOf(issuer.token(EC, { iat: NOW + 600, exp: NOW + 900 }))).toBe('issued in the future');
    expect(await reasonOf(issuer.token(EC, { iat: NOW, exp: NOW }))).toBe('expired before it was issued');
    expect(await reasonOf(issuer.token(EC, { nbf: NOW + 60 }))).toBeNull();
    expect(await reasonOf(issuer.token(EC, { nbf: NOW + 61 }))).toBe('jwt not active');
    expect(await verdictOf(issuer.token(EC, { exp: NOW + 3_600 }))).toBeNull();
    expect(await verdictOf(issuer.token(EC, { exp: NOW + 3_601 }))).toBe('valid for longer than 3600 seconds');
    expect(await verdictOf(issuer.token(EC, { exp: NOW + 10 * 365 * 86_400 }))).toMatch(/valid for longer/);
  });

  it('9: the jti is handed on, for whoever has to take a token once only', async () => {
    expect(await verify(issuer.token(EC))).toMatchObject({ ok: true, claims: { jti: 'jti-1' } });
    for (const jti of [undefined, 5, null])
      expect(await verify(issuer.token(EC, { jti }))).toMatchObject({ ok: true, claims: { jti: null } });
  });

  it('10: an outage or an empty key set turns nobody away, and nothing unverified in', async () => {
    expect(await reasonOf(issuer.token(EC))).toBeNull();
    for (const fail of [() => (issuer.keys = []), () => (issuer.status = 503)]) {
      fail();
      now += 30 * 60_000;
      expect(await reasonOf(issuer.token(EC))).toBeNull();
      expect(await reasonOf(issuer.token(EVIL))).toBe('invalid signature');
    }
    now += 24 * 3_600_000;
    expect(await reasonOf(issuer.token(EC))).toMatch(/no known key/);
  });

  it('11: a rotation turns nobody away, and a removed key is refused after ten minutes, remembered or not', async () => {
    const token = issuer.token(EC, { exp: NOW + 3_600 });
    const fresh = aSigningKey('fresh');
    expect(await reasonOf(token)).toBeNull();
    issuer.keys = [EC.jwk, fresh.jwk];
    const flow = Array.from({ length: 40 }, (_, index) =>
      reasonOf(issuer.token(index % 2 === 0 ? EC : fresh, { jti: `jti-${index}` })),
    );
    expect(await Promise.all(flow)).toEqual(Array(40).fill(null));
    issuer.keys = [fresh.jwk];
    now += 10 * 60_000;
    expect(await reasonOf(token)).toBe('signed with a former key of the issuer');
    expect(await reasonOf(token)).toBe('signed with no known key of the issuer');
    expect(await reasonOf(issuer.token(fresh))).toBeNull();
  });

  it('11: another key under the name of the old one is another key', async () => {
    const token = issuer.token(EC, { exp: NOW + 3_600 });
    expect(await reasonOf(token)).toBeNull();
    issuer.keys = [EVIL.jwk];
    now += 10 * 60_000;
    expect(await reasonOf(token)).toBe('signed with a former key of the issuer');
    expect(await reasonOf(token)).toBe('invalid signature');
  });

  it('12: the discovery document is that of the issuer', async () => {
    issuer.discovery = { issuer: 'https://idp.example.com' };
    expect(await reasonOf(issuer.token(EC))).toMatch(/no known key/);
    expect(issuer.requests).not.toContain('/jwks');
  });

  it('13: long, ambiguous, deep and compressed tokens are refused', async () => {
    const claims = { iss: issuer.url, sub: 'agent-1', aud: AUDIENCE, iat: NOW, exp: NOW + 600 };
    const header = { alg: 'ES256', kid: 'ec' };
    const long = issuer.token(EC, { padding: 'x'.repeat(6_100) });
    expect([long.length > 8_192, await reasonOf(long), peekJwt(long)]).toEqual([true, 'too long', null]);
    expect(await reasonOf('x'.repeat(10_000_000))).toBe('too long');
    const strict = 'header or claims are not strict JSON';
    const twice = `{"sub":"admin",${JSON.stringify(claims).slice(1)}`;
    expect(await reasonOf(signJwt(header, twice, EC))).toBe(strict);
    expect(await reasonOf(signJwt('{"alg":"none","alg":"ES256","kid":"ec"}', claims, EC))).toBe(strict);
    const deep = `{"deep":${'['.repeat(500)}${']'.repeat(500)},${JSON.stringify(claims).slice(1)}`;
    expect(await reasonOf(signJwt(header, deep, EC))).toBe(strict);
    for (const text of ['[]', 'null', '"x"', '', '{', '{"a":1}x']) {
      expect(await reasonOf(signJwt(header, text === '' ? ' ' : text, EC))).toBe(strict);
      expect(await reasonOf(signJwt(text === '' ? ' ' : text, claims, EC))).toBe(strict);
    }
    for (const extra of [{ zip: 'DEF' }, { enc: 'A256GCM' }])
      expect(await reasonOf(issuer.token(EC, {}, extra))).toBe('encrypted or compressed');
    for (const extra of [{ crit: ['exp'], exp: 1 }, { b64: false }])
      expect(await reasonOf(issuer.token(EC, {}, extra))).toBe('with header extensions');
    const token = issuer.token(EC);
    for (const evil of [
      '',
      '.',
      '..',
      'a.b',
      `${token}.x`,
      `${token}.x.y`,
      `${token}=`,
      ` ${token}`,
      `${token}\n`,
      token.replace('.', '..'),
    ])
      expect([evil, await reasonOf(evil)]).toEqual([evil, 'not three parts of base64url']);
    expect(
      await reasonOf(token.slice(0, -1) + String.fromCharCode(token.charCodeAt(token.length - 1) + 1)),
    ).not.toBeNull();
  });

  it('14: groups that are too many for the token let nobody in', async () => {
    expect(await verdictOf(issuer.token(EC, { _claim_names: { groups: 'src1' } }))).toMatch(/group overage/);
    expect(await verdictOf(issuer.token(EC, { hasgroups: true }))).toMatch(/group overage/);
  });

  it('15: groups are as old as the token at most, for which there is a cap that counts at once', async () => {
    const { token, claims } = { token: issuer.token(EC), claims: await verify(issuer.token(EC)) };
    if (!claims.ok) throw new Error(claims.reason);
    expect(policyProblem(claims.claims, POLICY)).toBeNull();
    expect(policyProblem(claims.claims, { ...POLICY, maxLifetimeSeconds: 300 })).toMatch(/valid for longer/);
    now += 660_000 - 1;
    expect(await reasonOf(token)).toBeNull();
    now += 1;
    expect(await reasonOf(token)).toBe('expired');
  });
});

describe('A sub', () => {
  it.each([undefined, null, '', 5, 'x'.repeat(1_001), 'a\u0000b', '\ud800'])('may not be %j', async (sub) => {
    expect(await reasonOf(issuer.token(EC, { sub }))).toBe('without an acceptable sub');
  });
});

describe('A remembered token', () => {
  it('asks nobody again', async () => {
    const token = issuer.token(EC);
    const first = await verify(token);
    const again = await verify(token);
    expect(again).toEqual(first);
    expect(again.ok && first.ok && again.claims === first.claims).toBe(true);
    expect(issuer.requests).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });

  it('is not one that differs from it in a bit', async () => {
    const token = issuer.token(EC);
    expect(await reasonOf(token)).toBeNull();
    const [header, claims, signature = ''] = token.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    for (let index = 0; index < bytes.length; index += 7) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(await reasonOf(`${header}.${claims}.${changed.toString('base64url')}`)).toBe('invalid signature');
    }
  });

  it('is no token of another issuer', async () => {
    const other = await aScriptedIssuer(AUDIENCE, () => now);
    other.keys = [EC.jwk];
    const token = issuer.token(EC);
    expect(await reasonOf(token)).toBeNull();
    expect(await verifier.run(token, other.url)).toMatchObject({ ok: false });
    expect(await reasonOf(token)).toBeNull();
    await other.close();
  });
});

describe('What a token says before it is verified', () => {
  it('is its issuer and its audiences', () => {
    expect(peekJwt(issuer.token(EVIL, { aud: ['a', 'b'] }))).toEqual({ iss: issuer.url, aud: ['a', 'b'] });
  });

  it.each([{ iss: 5 }, { iss: undefined }, { aud: undefined }, { aud: [] }, { aud: [5] }])(
    'is nothing when it says %j',
    (claims) => {
      expect(peekJwt(issuer.token(EC, claims))).toBeNull();
    },
  );

  it('is nothing when it is no JWT', () => {
    for (const text of ['', 'ptl_pat_x', 'a.b.c', '...', 'x'.repeat(100_000)]) expect(peekJwt(text)).toBeNull();
    expect(['a.b.c', 'a.b.', 'ptl_pat_x', 'a.b', 'a.b.c.d', 'a.b.c=', ''].map(looksLikeJwt)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});
