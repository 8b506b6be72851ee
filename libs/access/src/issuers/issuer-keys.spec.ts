import { Logger } from '@nestjs/common';
import { Egress } from '@portolan/egress';
import { aScriptedIssuer, aSigningKey, type ScriptedIssuer } from '../../../../test/support/scripted-issuer';
import { until } from '../../../../test/support/until';
import { IssuerKeys } from './issuer-keys';

const MINUTE_MS = 60_000;
const ONE = aSigningKey('one');
const TWO = aSigningKey('two');

let issuer: ScriptedIssuer;
let now: number;
let keys: IssuerKeys;

beforeEach(async () => {
  jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
  issuer = await aScriptedIssuer('portolan-acme');
  issuer.keys = [ONE.jwk];
  now = Date.parse('2026-01-01T00:00:00Z');
  keys = new IssuerKeys(new Egress({ allow: ['127.0.0.0/8'] }), () => now);
});

afterEach(async () => {
  jest.restoreAllMocks();
  await issuer.close();
});

const has = async (kid: string) => (await keys.find(issuer.url, kid)) !== null;
const fetches = () => issuer.requests.filter((path) => path === '/jwks').length;

describe('The keys of an issuer', () => {
  it('come by discovery, once for whoever asks at the same time', async () => {
    expect(await Promise.all(Array.from({ length: 50 }, () => has('one')))).toEqual(Array(50).fill(true));
    expect(issuer.requests).toEqual(['/.well-known/openid-configuration', '/jwks']);
    expect(await keys.find(issuer.url, 'one')).toMatchObject({ kid: 'one', algorithms: ['ES256'] });
  });

  it('are asked for below an issuer whose name ends with a slash', async () => {
    issuer.discovery = { issuer: `${issuer.url}/` };
    expect(await keys.find(`${issuer.url}/`, 'one')).not.toBeNull();
    expect(issuer.requests[0]).toBe('/.well-known/openid-configuration');
  });

  it.each([
    ['of another issuer', { issuer: 'https://idp.example.com' }],
    ['of the same issuer in another writing', { issuer: 'http://127.0.0.1' }],
    ['without a key set', { jwks_uri: undefined }],
    ['with a key set of the metadata service', { jwks_uri: 'http://169.254.169.254/jwks' }],
    ['with a key set over http', { jwks_uri: 'http://keys.example.com/jwks' }],
    ['with a key set in a file', { jwks_uri: 'file:///etc/passwd' }],
  ])('are none by a discovery document %s', async (_, discovery) => {
    issuer.discovery = discovery;
    expect(await has('one')).toBe(false);
    expect(fetches()).toBe(0);
  });

  it.each([302, 404, 500])('are none by an answer of status %d', async (status) => {
    issuer.status = status;
    expect(await has('one')).toBe(false);
  });

  it('are found by their exact name only', async () => {
    for (const kid of [
      'ONE',
      'one ',
      '',
      '../../dev/null',
      "' or 1=1 --",
      '__proto__',
      'constructor',
      `${issuer.url}/k`,
    ])
      expect([kid, await has(kid)]).toEqual([kid, false]);
    expect(issuer.requests.filter((path) => !['/.well-known/openid-configuration', '/jwks'].includes(path))).toEqual(
      [],
    );
  });

  it('that verify no signatures are passed over', async () => {
    const { jwk } = ONE;
    const small = aSigningKey('small', 'RS256', 1_024).jwk;
    const symmetric = { kty: 'oct', kid: 'symmetric', k: 'c2VjcmV0', alg: 'HS256' };
    issuer.keys = [
      small,
      symmetric,
      { ...jwk, kid: 'enc', use: 'enc' },
      { ...jwk, kid: 'ops', key_ops: ['sign'] },
      { ...jwk, kid: 'alg', alg: 'HS256' },
      { ...jwk, kid: 'curve', crv: 'secp256k1', alg: undefined },
      { ...jwk, kid: 'broken', x: 'AAAA' },
      { ...jwk, kid: 7 },
      { ...jwk, kid: undefined },
      null,
      'one',
      jwk,
      { ...TWO.jwk, kid: 'one' },
    ];
    for (const kid of ['small', 'symmetric', 'enc', 'ops', 'alg', 'curve', 'broken', '7'])
      expect([kid, await has(kid)]).toEqual([kid, false]);
    expect(await keys.find(issuer.url, 'one')).toMatchObject({
      pem: ONE.publicKey.export({ type: 'spki', format: 'pem' }),
    });
  });

  it('hold ten minutes, and not a key longer that was removed', async () => {
    expect(await has('one')).toBe(true);
    issuer.keys = [TWO.jwk];
    now += 7 * MINUTE_MS;
    expect([await has('one'), fetches()]).toEqual([true, 1]);
    now += 3 * MINUTE_MS;
    expect([await has('one'), await has('two')]).toEqual([false, true]);
  });

  it('are asked for anew a little before that, while the old ones answer', async () => {
    expect(await has('one')).toBe(true);
    issuer.keys = [ONE.jwk, TWO.jwk];
    now += 9 * MINUTE_MS;
    expect(await has('one')).toBe(true);
    await until('the new key', () => has('two'));
    expect(fetches()).toBe(2);
    now += 7 * MINUTE_MS;
    expect([await has('one'), await has('two'), fetches()]).toEqual([true, true, 2]);
  });

  it('are asked for once in a minute by names that nobody knows', async () => {
    expect(await has('one')).toBe(true);
    for (let index = 0; index < 20; index += 1) expect(await has(`unknown-${index}`)).toBe(false);
    expect(fetches()).toBe(2);
    now += MINUTE_MS - 1;
    expect([await has('unknown'), fetches()]).toEqual([false, 2]);
    now += 1;
    expect([await has('unknown'), fetches()]).toEqual([false, 3]);
  });

  it('change while requests flow, and none of those is refused', async () => {
    expect(await has('one')).toBe(true);
    issuer.keys = [ONE.jwk, TWO.jwk];
    const both = Array.from({ length: 100 }, (_, index) => has(index % 2 === 0 ? 'one' : 'two'));
    expect(await Promise.all(both)).toEqual(Array(100).fill(true));
    expect(fetches()).toBe(2);
  });

  it.each([
    ['cannot be reached', () => (issuer.status = 503)],
    ['shows an empty set', () => (issuer.keys = [])],
    ['shows keys that verify nothing', () => (issuer.keys = [{ kty: 'oct', kid: 'one', k: 'AAAA' }])],
    ['has another name', () => (issuer.discovery = { issuer: 'https://idp.example.com' })],
  ])('hold a day while the issuer %s, and no longer', async (_, fail) => {
    expect(await has('one')).toBe(true);
    fail();
    now += 20 * MINUTE_MS;
    expect(await has('one')).toBe(true);
    now += 23 * 60 * MINUTE_MS;
    expect(await has('one')).toBe(true);
    now += 60 * MINUTE_MS;
    expect(await has('one')).toBe(false);
  });

  it('are had again soon after an outage', async () => {
    issuer.status = 503;
    expect([await has('one'), await has('one'), issuer.requests.length]).toEqual([false, false, 1]);
    issuer.status = 200;
    expect(await has('one')).toBe(false);
    now += 10_000;
    expect(await has('one')).toBe(true);
  });
});
