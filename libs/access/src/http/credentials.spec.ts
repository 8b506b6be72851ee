import { mintSecret } from '../tokens/secret';
import type { FastifyRequest } from 'fastify';
import { addressOf, pathWithoutSecrets, withoutSecrets } from './credentials';

const { text: SECRET } = mintSecret('cap');

describe('A path as it may be written down', () => {
  it.each([
    ['/v0/registries/tools', '/v0/registries/tools'],
    ['/registries/tools/v0.1/servers?search=x', '/registries/tools/v0.1/servers'],
    [`/registries/tools~${SECRET}/v0.1/servers`, '/registries/tools~/v0.1/servers'],
    [`/registries/tools~${SECRET}`, '/registries/tools~'],
    [`/registries/tools%7E${SECRET}/v0.1/servers`, '/registries/tools~/v0.1/servers'],
    [`/registries/tools%7e${SECRET}?a=~b`, '/registries/tools~'],
    [`/registries/tools%257E${SECRET}/servers`, '/registries/tools~/servers'],
    [`/registries/tools%25257e${SECRET}/servers`, '/registries/tools~/servers'],
    ['/registries/tools~not-a-secret-of-ours/servers', '/registries/tools~/servers'],
    ['/registries/a~b~c/servers', '/registries/a~/servers'],
    [`/o/acme~${SECRET}/registries/tools~${SECRET}`, '/o/acme~/registries/tools~'],
    [`/registries/${SECRET}/v0.1/servers`, '/registries/~/v0.1/servers'],
    [`/registries/tools/${SECRET}`, '/registries/tools/~'],
    [`/registries/${SECRET.toUpperCase()}`, '/registries/~'],
    [`/v0/registries/tools?key=${SECRET}`, '/v0/registries/tools'],
  ])('%s', (url, written) => {
    expect(pathWithoutSecrets(url)).toBe(written);
  });
});

describe('A name of a path as it may be sent back', () => {
  it.each([
    ['tools', 'tools'],
    [`tools~${SECRET}`, 'tools'],
    [`tools%7E${SECRET}`, 'tools'],
    [SECRET, ''],
  ])('%s', (name, sent) => {
    expect(withoutSecrets(name)).toBe(sent);
  });
});

describe('The address of a caller', () => {
  const of = (ip: string) => addressOf({ ip, socket: { remoteAddress: '::ffff:10.0.0.9' } } as FastifyRequest);

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:5678', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[::ffff:192.0.2.1]:80', '192.0.2.1'],
  ])('%s is %s', (ip, address) => {
    expect(of(ip)).toBe(address);
  });

  it.each(['garbage', '', 'unknown', '192.0.2', '1.2.3.4:5:6', '_hidden'])(
    'is that of the proxy where it forwards %j',
    (ip) => {
      expect(of(ip)).toBe('10.0.0.9');
    },
  );

  it('is none of anybody once he has hung up', () => {
    expect(addressOf({ ip: undefined, socket: {} } as unknown as FastifyRequest)).toBe('0.0.0.0');
  });
});
