import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { SigningKeys } from '@portolan/audit';
import canonicalize from 'canonicalize';
import { aDestination, deliver, seal } from '../e2e/audit/support/destinations';
import { aSiem, type Siem } from '../support/siem';
import { aWorld, type World } from '../support/world';

interface Ocsf {
  readonly unmapped: { readonly sig: string; readonly sig_kid: string };
  readonly [attribute: string]: unknown;
}

describe('Entries as they arrive', () => {
  let world: World;
  let keys: Map<string, KeyObject>;
  const siems: Record<'json' | 'cef' | 'ocsf', Siem | undefined> = { json: undefined, cef: undefined, ocsf: undefined };
  const siem = (format: keyof typeof siems) => {
    const found = siems[format];
    if (!found) throw new Error('no SIEM');
    return found;
  };

  const isSigned = (text: string, keyId: string, signature: string) => {
    const key = keys.get(keyId);
    return key !== undefined && verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
  };
  const types = () => [
    ...new Set(
      siem('json')
        .entries<{ type: string }>()
        .map(({ type }) => type),
    ),
  ];

  beforeAll(async () => {
    world = await aWorld();
    for (const format of ['json', 'cef', 'ocsf'] as const) {
      siems[format] = await aSiem();
      const { id } = await aDestination(world, world.acme, { name: format, format, endpoint: siem(format).url });
      await world.call('POST', `/v0/audit-log-destinations/${id}/test`, { token: world.acme.admin });
    }
    const registry = await world.aRegistry(world.acme, 'tools', { description: 'a|b\\c=d\nsig=forged' });
    await world.call('DELETE', `/v0/registries/${registry}`, { token: await world.aUser(world.acme) });
    await world.call('DELETE', `/v0/registries/${registry}`, {
      token: world.acme.admin,
      headers: { 'user-agent': 'evil|agent=1 sig=forged' },
    });
    await seal(world, world.acme);
    await deliver(world);
    const jwks = await world.app.get(SigningKeys).publicKeys();
    keys = new Map(jwks.map((jwk) => [jwk.kid, createPublicKey({ key: { ...jwk }, format: 'jwk' })]));
  });

  afterAll(async () => {
    for (const one of Object.values(siems)) await one?.close();
    await world.close();
  });

  it('are rows, checkpoints and tests, as many in each format', () => {
    expect(types().sort()).toEqual(['checkpoint', 'event', 'test']);
    const counts = Object.values(siems).map((one) => one?.lines().length);
    expect(counts[0]).toBeGreaterThan(8);
    // Nothing was sealed before the last of them was there.
    expect(Math.max(...counts.map(Number)) - Math.min(...counts.map(Number))).toBe(0);
  });

  it.each([
    ['json', 'application/x-ndjson'],
    ['cef', 'text/plain; charset=utf-8'],
    ['ocsf', 'application/x-ndjson'],
  ] as const)('say of which type they are: %s is %s', (format, contentType) => {
    for (const { headers } of siem(format).requests)
      expect([headers['content-type'], headers['x-portolan-format']]).toEqual([contentType, format]);
  });

  it('carry a signature over canonical JSON without it', () => {
    for (const { sig, ...said } of siem('json').entries<{ sig: string; sig_kid: string }>()) {
      expect(isSigned(canonicalize(said) ?? '', said.sig_kid, sig)).toBe(true);
      expect(isSigned(canonicalize({ ...said, version: 2 }) ?? '', said.sig_kid, sig)).toBe(false);
    }
  });

  it('carry a signature over the line of CEF before it', () => {
    const lines = siem('cef').lines();
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines) {
      const [, said = '', keyId = '', sig = ''] = /^(CEF:0\|.* sig_kid=(\S+)) sig=([\w-]+)$/.exec(line) ?? [];
      expect(isSigned(said, keyId, sig)).toBe(true);
      expect(isSigned(said.replace('Portolan', 'portolan'), keyId, sig)).toBe(false);
    }
  });

  it('carry a signature over the event of OCSF without it', () => {
    for (const { unmapped, ...event } of siem('ocsf').entries<Ocsf>()) {
      const { sig, ...rest } = unmapped;
      const said = canonicalize({ ...event, unmapped: rest }) ?? '';
      expect(isSigned(said, rest.sig_kid, sig)).toBe(true);
      expect(isSigned(said.replace('1.6.0', '1.7.0'), rest.sig_kid, sig)).toBe(false);
    }
  });

  it('say of a row what the API says of it', async () => {
    const listed = await world.call('GET', '/v0/audit-logs?page[size]=100', { token: world.acme.admin });
    const events = siem('json')
      .entries<{ id: string; type: string }>()
      .filter(({ type }) => type === 'event');
    const { data } = listed.json<{ data: { id: string; sequence: unknown; hash: unknown }[] }>();
    expect(data).toHaveLength(events.length);
    for (const row of data)
      expect(events.find(({ id }) => id === row.id)).toMatchObject({
        ...row,
        sequence: expect.any(Number) as number,
        hash: expect.any(String) as string,
      });
  });
});
