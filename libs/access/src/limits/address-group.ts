import { isIPv6 } from 'node:net';

/**
 * Whom an address counts as: itself, and for IPv6 its /64, of which one household or machine has every address.
 *
 * @param address without a zone; IPv4 never in its IPv6 form
 */
export function addressGroup(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = words(head);
  const after = words(tail ?? '');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const all = [...before, ...Array<string>(zeros).fill('0'), ...after];
  const network = all.slice(0, 4).map((word) => word.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}

/** The 16-bit words of a part; dotted digits at the end are two of them. */
function words(part: string): string[] {
  if (part === '') return [];
  return part.split(':').flatMap((word) => (word.includes('.') ? ['v4', 'v4'] : [word]));
}
