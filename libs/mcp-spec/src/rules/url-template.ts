import { excerpt } from '../excerpt';
import { hostnameOf, parseGoUrl, type GoUrl } from '../go-url';

/** Stand-ins for the names which every client knows how to fill in. */
const WELL_KNOWN: readonly (readonly [template: string, standIn: string])[] = [
  ['{host}', 'example.com'],
  ['{port}', '8080'],
  ['{path}', 'api'],
  ['{protocol}', 'http'],
  ['{scheme}', 'http'],
];
const PORT_STAND_IN = ':8080';
const STAND_IN = 'placeholder';

/** In bytes of UTF-8. Filling in is work and the result longer than the URL, so what nobody needs is not even scanned. */
const TEMPLATED_URL_MAX_BYTES = 8192;
const encoder = new TextEncoder();

/** A URL without templates may be of any length, since nothing is filled in. */
const isOverlong = (url: string): boolean =>
  url.includes('{') && (url.length > TEMPLATED_URL_MAX_BYTES || encoder.encode(url).length > TEMPLATED_URL_MAX_BYTES);

interface Template {
  start: number;
  /** Index after the closing brace. */
  end: number;
}

/** `{name}` groups from left to right. By hand: the obvious expression is quadratic on many opening braces. */
function templatesIn(url: string): Template[] {
  const templates: Template[] = [];
  let start = url.indexOf('{');
  while (start >= 0) {
    const close = url.indexOf('}', start + 1);
    if (close < 0) break;
    const isEmpty = close === start + 1;
    if (!isEmpty) templates.push({ start, end: close + 1 });
    start = url.indexOf('{', isEmpty ? start + 1 : close + 1);
  }
  return templates;
}

/** Names of the templates in a URL, in order, with repetitions. */
function templateNames(url: string): string[] {
  return templatesIn(url).map(({ start, end }) => url.slice(start + 1, end - 1));
}

function withPorts(url: string): string {
  let replaced = '';
  let copied = 0;
  let close = -1;
  let colon = url.indexOf(':{');
  while (colon >= 0) {
    const name = colon + 2;
    if (close < name) close = url.indexOf('}', name);
    if (close < 0) break;
    const next = url.charAt(close + 1);
    const isPort = close > name && (next === '' || next === '/');
    if (isPort) {
      replaced += url.slice(copied, colon) + PORT_STAND_IN;
      copied = close + 1;
    }
    colon = url.indexOf(':{', isPort ? copied : colon + 1);
  }
  return replaced + url.slice(copied);
}

function withoutTemplates(url: string): string {
  let known = url;
  for (const [template, standIn] of WELL_KNOWN) known = known.replaceAll(template, standIn);
  const ported = withPorts(known);
  let replaced = '';
  let copied = 0;
  for (const { start, end } of templatesIn(ported)) {
    replaced += ported.slice(copied, start) + STAND_IN;
    copied = end;
  }
  return replaced + ported.slice(copied);
}

/** The http or https URL that a template stands for, or undefined when it stands for none. */
function webUrlOf(template: string): GoUrl | undefined {
  if (isOverlong(template)) return undefined;
  const parsed = parseGoUrl(withoutTemplates(template));
  if (!parsed.ok || parsed.url.host === '') return undefined;
  return parsed.url.scheme === 'http' || parsed.url.scheme === 'https' ? parsed.url : undefined;
}

/** Whether the URL is an http or https one and every template in it is among the available names. */
function isTemplatedUrl(template: string, available: readonly string[]): boolean {
  if (webUrlOf(template) === undefined) return false;
  const names = new Set(available);
  return templateNames(template).every((name) => names.has(name));
}

/** Whether the URL may be that of a remote: https, and not on the reader's own machine. Templates of the scheme stand for http. */
export function isRemoteUrl(template: string): boolean {
  const url = webUrlOf(template);
  if (url?.scheme !== 'https') return false;
  const hostname = hostnameOf(url);
  return hostname !== 'localhost' && hostname !== '127.0.0.1' && !hostname.endsWith('.localhost');
}

/** What is wrong with a URL whose form or whose templates are not accepted. `subject` opens the message. */
export function templateFault(subject: string, url: string, available: readonly string[]): string | undefined {
  if (isTemplatedUrl(url, available)) return undefined;
  if (isOverlong(url) || templateNames(url).length === 0) return `${subject}: ${excerpt(url)}`;
  return `${subject}: template variables in URL ${excerpt(url)} reference undefined variables. Available variables: [${excerpt(available.join(' '))}]`;
}

const WEB_TRANSPORTS = new Set(['streamable-http', 'sse']);

/** Whether a transport of this type is reached over a URL. */
export const isWebTransport = (type: string): boolean => WEB_TRANSPORTS.has(type);
