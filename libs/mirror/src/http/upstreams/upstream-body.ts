import { invalidParameter, type InvalidParameter } from '@portolan/kernel';
import type { NewUpstream } from '../../upstreams/create-upstream.service';
import type { UpstreamChange } from '../../upstreams/update-upstream.service';
import type { UpstreamHeaders } from '../../upstreams/upstream-target-of';
import { headersProblem } from './headers-problem';
import type { CreateUpstreamDto, UpdateUpstreamDto } from './upstream.dto';

// What a URL is written with.
const URL_CHARACTERS = /^https?:\/\/[\x21-\x5b\x5d-\x7e]+$/i;
// What people copy along from a browser or a manual.
const API_PATH = /(\/v0(\.1)?(\/servers)?)?\/*$/;

/** @throws AppError invalid_parameters */
export function newUpstreamOf(input: CreateUpstreamDto): NewUpstream {
  const { name, display_name = name, url, headers = null, verify_tls = true, enabled = true } = input;
  return { name, display_name, url: baseOf(url), headers: headersOf(headers), verify_tls, enabled };
}

/** @throws AppError invalid_parameters */
export function upstreamChangeOf({
  display_name,
  url,
  headers,
  verify_tls,
  enabled,
}: UpdateUpstreamDto): UpstreamChange {
  return {
    ...(display_name === undefined ? {} : { display_name }),
    ...(url === undefined ? {} : { url: baseOf(url) }),
    ...(headers === undefined ? {} : { headers: headersOf(headers) }),
    ...(verify_tls === undefined ? {} : { verify_tls }),
    ...(enabled === undefined ? {} : { enabled }),
  };
}

/** The base of an upstream from its URL as people paste it: in one writing, for what is equal is read once. */
function baseOf(text: string): string {
  const trimmed = text.trim();
  if (!URL_CHARACTERS.test(trimmed) || !URL.canParse(trimmed)) throw invalidUrl('must be an http or https URL');
  const url = new URL(trimmed);
  if (url.username !== '' || url.password !== '') throw invalidUrl('must not name a user: credentials go into headers');
  if (trimmed.includes('?')) throw invalidUrl('must not have a query');
  if (trimmed.includes('#')) throw invalidUrl('must not have a fragment');
  return `${url.origin}${withoutSlashes(withoutSlashes(url.pathname).replace(API_PATH, ''))}`;
}

function withoutSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

function headersOf(headers: Readonly<Record<string, unknown>> | null): UpstreamHeaders | null {
  if (headers === null) return null;
  const problem = headersProblem(headers);
  if (problem !== null) throw invalid({ field: 'headers', rule: 'is_header_map', reason: `headers ${problem}` });
  const entries = Object.entries(headers as UpstreamHeaders).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

function invalidUrl(reason: string): Error {
  return invalid({ field: 'url', rule: 'is_url', reason: `url ${reason}` });
}

function invalid(problem: Omit<InvalidParameter, 'source'>): Error {
  return invalidParameter({ ...problem, source: 'body' });
}
