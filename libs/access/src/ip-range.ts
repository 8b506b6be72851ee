import { isIP } from 'node:net';

const PREFIX = /^(?:0|[1-9]\d{0,2})$/;
// A caller's IPv4 address is never in its IPv6 form, so a range of such would match nobody.
const MAPPED = /^\[::ffff:[0-9a-f]{1,4}:[0-9a-f]{1,4}\]$/;

/** True for an address, or a CIDR range, in which the address of a caller can lie. */
export function isIpRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = { 4: 32, 6: 128 }[isIP(address)];
  if (bits === undefined || rest.length > 0 || address.includes('%')) return false;
  if (bits === 128 && MAPPED.test(new URL(`http://[${address}]`).hostname)) return false;
  return prefix === undefined || (PREFIX.test(prefix) && Number(prefix) <= bits);
}
