import { addressGroup } from './address-group';

describe('An address counts', () => {
  it.each(['192.0.2.1', '127.0.0.1'])('as itself when it is %s', (address) => {
    expect(addressGroup(address)).toBe(address);
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::2:0:0:0:1', '2001:db8:0:2::/64'],
    ['2001:db8::192.0.2.1', '2001:db8:0:0::/64'],
    ['2001:db8::3:4:5:192.0.2.1', '2001:db8:0:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
  ])('as its /64 when it is %s', (address, group) => {
    expect(addressGroup(address)).toBe(group);
  });
});
