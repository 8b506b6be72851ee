import { BlockList, isIP, SocketAddress } from 'node:net';

const NOT_PUBLIC = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
];

// Outside of it lie loopback, unique local, link local, multicast, NAT64 and discard addresses.
const GLOBAL_UNICAST_IPV6 = '2000::/3';

interface Address {
  readonly text: string;
  readonly family: 'ipv4' | 'ipv6';
}

/** Which addresses may be reached. */
export class AddressRules {
  /** True when the operator allows any address beyond the public ones. */
  readonly allowsSome: boolean;
  private readonly allow: BlockList;
  private readonly notPublic = blockList(NOT_PUBLIC);
  private readonly globalIpv6 = blockList([GLOBAL_UNICAST_IPV6]);

  /** @param allow CIDR ranges of the operator, public or not */
  constructor(allow: readonly string[]) {
    this.allowsSome = allow.length > 0;
    this.allow = blockList(allow);
  }

  isAllowed(address: string): boolean {
    const known = readAddress(address);
    return known !== null && this.allow.check(known.text, known.family);
  }

  isPublic(address: string): boolean {
    const known = readAddress(address);
    if (known === null || this.notPublic.check(known.text, known.family)) return false;
    return known.family === 'ipv4' || this.globalIpv6.check(known.text, 'ipv6');
  }
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const bits = isIP(address) === 4 ? 32 : 128;
    list.addSubnet(address, prefix === undefined ? bits : Number(prefix), bits === 32 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** An IPv4 address in its IPv6 form is judged as what it is. Addresses of a zone are nobody's. */
function readAddress(address: string): Address | null {
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 0) return null;
  if (version === 4) return { text: address, family: 'ipv4' };
  const text = new SocketAddress({ address, family: 'ipv6' }).address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  return mapped === undefined ? { text, family: 'ipv6' } : { text: mapped, family: 'ipv4' };
}
