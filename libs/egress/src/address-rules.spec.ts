import { AddressRules } from './address-rules';

describe('Public addresses', () => {
  const rules = new AddressRules([]);

  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00::1', '::ffff:8.8.8.8'])(
    'include %s',
    (address) => {
      expect(rules.isPublic(address)).toBe(true);
    },
  );

  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '10.255.255.255',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '::FFFF:169.254.169.254',
    '0:0:0:0:0:ffff:c0a8:101',
    '64:ff9b::a00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:a00:1::1',
    '3fff::1',
    'fc00::1',
    'fdff::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '2606:4700::1111%eth0',
    'example.com',
    '',
    '0177.0.0.1',
  ])('do not include %s', (address) => {
    expect(rules.isPublic(address)).toBe(false);
  });
});

describe('Addresses that the operator allows', () => {
  const rules = new AddressRules(['10.1.0.0/16', '192.0.2.7', 'fd00::/8', '2001:db8::1/128']);

  it.each(['10.1.0.1', '10.1.255.255', '::ffff:10.1.2.3', '192.0.2.7', 'fd12::1', '2001:db8::1'])(
    'include %s',
    (address) => {
      expect(rules.isAllowed(address)).toBe(true);
    },
  );

  it.each(['10.2.0.1', '8.8.8.8', '::ffff:10.2.0.1', '192.0.2.8', 'fc00::1', '2001:db8::2', 'fd12::1%eth0', 'x'])(
    'do not include %s',
    (address) => {
      expect(rules.isAllowed(address)).toBe(false);
    },
  );

  it('are none when nothing is allowed', () => {
    expect(new AddressRules([]).allowsSome).toBe(false);
    expect(new AddressRules([]).isAllowed('127.0.0.1')).toBe(false);
  });
});
