import { excerpt } from './excerpt';
import { goQuoted } from './go-text';

/**
 * URL syntax as Go's net/url reads it (1.26). The official registry accepts exactly what that parser accepts, which is
 * both wider (`anything`, `a b`) and narrower (`http://a:b`) than the WHATWG parser of JavaScript.
 */
export interface GoUrl {
  /** Lower-case; empty when the URL is relative. */
  scheme: string;
  /** With port and brackets, percent-escapes left as they are; empty when absent. */
  host: string;
}

type GoUrlResult = { ok: true; url: GoUrl } | { ok: false; error: string };

class UrlFault extends Error {}

const CONTROL = /[\u0000-\u001f\u007f]/;
const SCHEME = /^[a-zA-Z][a-zA-Z0-9+.-]*$/;
const USERINFO = /^[a-zA-Z0-9\-._:~!$&'()*+,;=%@]*$/;
const NOT_IN_HOST = /[^a-zA-Z0-9\-_.~!$&'()*+,;=:[\]<>"%\u0080-\uffff]/;
const PORT = /^(?::[0-9]*)?$/;
const HEX_PAIR = /^[0-9a-fA-F]{2}$/;

function checkEscapes(text: string, isHost: boolean): void {
  for (let index = text.indexOf('%'); index >= 0; index = text.indexOf('%', index + 1)) {
    const escape = text.slice(index, index + 3);
    const pair = escape.slice(1);
    const isAscii = parseInt(pair.charAt(0), 16) < 8;
    if (!HEX_PAIR.test(pair) || (isHost && isAscii && pair !== '25')) {
      throw new UrlFault(`invalid URL escape ${goQuoted(escape)}`);
    }
  }
}

function checkPort(text: string): void {
  if (!PORT.test(text)) throw new UrlFault(`invalid port ${goQuoted(excerpt(text))} after host`);
}

function checkHost(host: string): void {
  if (host.startsWith('[')) {
    const close = host.lastIndexOf(']');
    if (close < 0) throw new UrlFault("missing ']' in host");
    checkPort(host.slice(close + 1));
    checkBracketed(host.slice(1, close));
    return;
  }
  const colon = host.indexOf(':');
  if (colon >= 0) checkPort(host.slice(colon));
  checkEscapes(host, true);
  const wrong = NOT_IN_HOST.exec(host);
  if (wrong) throw new UrlFault(`invalid character ${goQuoted(wrong[0])} in host name`);
}

function checkBracketed(address: string): void {
  const zone = address.indexOf('%25');
  const plain = zone < 0 ? address : address.slice(0, zone);
  if (!isIpv6(plain)) throw new UrlFault('invalid host: bracketed address is not IPv6');
}

const GROUP = /^[0-9a-fA-F]{1,4}$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/;

function isIpv6(address: string): boolean {
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const hasTail = last.includes('.') && address.endsWith(last);
  if (hasTail && !IPV4.test(last)) return false;
  const plain = hasTail ? groups.slice(0, -1) : groups;
  const width = plain.length + (hasTail ? 2 : 0);
  if (!plain.every((group) => GROUP.test(group))) return false;
  return halves.length === 2 ? width < 8 : width === 8;
}

function splitScheme(text: string): [scheme: string, rest: string] {
  const colon = text.indexOf(':');
  if (colon === 0) throw new UrlFault('missing protocol scheme');
  const scheme = text.slice(0, Math.max(colon, 0));
  return SCHEME.test(scheme) ? [scheme.toLowerCase(), text.slice(colon + 1)] : ['', text];
}

function hostOf(authority: string): string {
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  checkHost(host);
  if (at >= 0) {
    const userinfo = authority.slice(0, at);
    if (!USERINFO.test(userinfo)) throw new UrlFault('net/url: invalid userinfo');
    checkEscapes(userinfo, false);
  }
  return host;
}

function parse(raw: string): GoUrl {
  const hash = raw.indexOf('#');
  const main = hash < 0 ? raw : raw.slice(0, hash);
  if (CONTROL.test(main)) throw new UrlFault('net/url: invalid control character in URL');
  const [scheme, afterScheme] = splitScheme(main);
  const [path = ''] = afterScheme.split('?', 1);
  let host = '';
  if (path.startsWith('/')) {
    const hasAuthority = path.startsWith('//') && (scheme !== '' || !path.startsWith('///'));
    const slash = hasAuthority ? path.indexOf('/', 2) : 0;
    if (hasAuthority) host = hostOf(slash < 0 ? path.slice(2) : path.slice(2, slash));
    if (slash >= 0) checkEscapes(path.slice(slash), false);
  } else if (scheme === '') {
    const [firstSegment = ''] = path.split('/', 1);
    if (firstSegment.includes(':')) throw new UrlFault('first path segment in URL cannot contain colon');
    checkEscapes(path, false);
  }
  if (hash >= 0) checkEscapes(raw.slice(hash + 1), false);
  return { scheme, host };
}

/** Never throws. `error` is the text of Go's error, such as `parse "a:b c": …`, with long values cut. */
export function parseGoUrl(raw: string): GoUrlResult {
  try {
    return { ok: true, url: parse(raw) };
  } catch (error) {
    if (!(error instanceof UrlFault)) throw error;
    return { ok: false, error: `parse ${goQuoted(excerpt(raw))}: ${error.message}` };
  }
}

/** The host without port and brackets; letter case is kept. */
export function hostnameOf(url: GoUrl): string {
  if (url.host.startsWith('[')) return url.host.slice(1, url.host.indexOf(']'));
  const [hostname = ''] = url.host.split(':', 1);
  return hostname;
}
