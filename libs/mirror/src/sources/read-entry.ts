import { createHash } from 'node:crypto';
import {
  checkRules,
  checkStorable,
  OFFICIAL_META_KEY,
  ORIGIN_META_KEY,
  parseServerJson,
  precedenceKey,
} from '@portolan/mcp-spec';
import type { UpstreamEntry } from './upstream-target';

const DOCUMENT_BYTES_MAX = 1024 * 1024;
const META_BYTES_MAX = 64 * 1024;
const KEY_LENGTH_MAX = 255;
const MESSAGE_LENGTH_MAX = 500;
const FAULT_LENGTH_MAX = 500;
const TIME_LENGTH_MAX = 64;
const STATUSES = ['active', 'deprecated', 'deleted'] as const;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i;
// As JSON writes them: what the database has no text for.
const UNSTORABLE = /\\u0000|\\ud[89a-f]/i;

export type UpstreamStatus = (typeof STATUSES)[number];

/** One version as an upstream lists it, read so far that the database can hold and compare it. */
export interface ReadVersion {
  readonly name: string;
  readonly version: string;
  /** The `server.json` as it came; null when it has a fault. */
  readonly document: { readonly text: string; readonly hash: Buffer } | null;
  /** Why it is shown to nobody. */
  readonly fault: string | null;
  /** JSON text of an object: what the upstream says of it besides the official block; null when nothing. */
  readonly meta: string | null;
  readonly status: UpstreamStatus;
  readonly statusMessage: string | null;
  /** RFC 3339 in UTC with six fraction digits, as are the other times. */
  readonly statusChangedAt: string | null;
  readonly publishedAt: string | null;
  readonly updatedAt: string | null;
  /** Sorts bytewise as versions take precedence. */
  readonly precedence: string;
  readonly registryTypes: readonly string[];
  readonly transports: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads whatever an upstream has in its list. Never throws: what cannot be shown has a fault. */
export function readEntry({ server, _meta }: UpstreamEntry): ReadVersion {
  const meta = fieldsOf(_meta);
  const official = fieldsOf(meta[OFFICIAL_META_KEY]);
  const fields = fieldsOf(server);
  const text = safeJson(server);
  const named = keyOf(fields, text);
  const parsed = readDocument(server, text);
  const rest = restOf(meta);
  const status = statusOf(official);
  const fault = named.fault ?? parsed.fault ?? rest.fault ?? status.fault;
  return {
    name: named.name,
    version: named.version,
    document: fault === null ? { text, hash: createHash('sha256').update(text).digest() } : null,
    fault: fault === null ? null : storable(fault).slice(0, FAULT_LENGTH_MAX),
    meta: fault === null ? rest.text : null,
    status: status.status,
    statusMessage: messageOf(official),
    statusChangedAt: timeOf(official.statusChangedAt),
    publishedAt: timeOf(official.publishedAt),
    updatedAt: timeOf(official.updatedAt),
    precedence: named.fault === null ? precedenceKey(named.version) : '',
    registryTypes: textsOf(listOf(fields.packages).map((one) => fieldsOf(one).registryType)),
    transports: textsOf([
      ...listOf(fields.packages).map((one) => fieldsOf(fieldsOf(one).transport).type),
      ...listOf(fields.remotes).map((one) => fieldsOf(one).type),
    ]),
  };
}

interface Key {
  readonly name: string;
  readonly version: string;
  readonly fault: string | null;
}

/** What an entry is filed under. One without a usable name and version is filed under what it says. */
function keyOf({ name, version }: Fields, text: string): Key {
  if (isKey(name) && isKey(version)) return { name, version, fault: null };
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return {
    name: isKey(name) ? name : '(no name)',
    version: isKey(version) ? version : `(${hash})`,
    fault: 'name and version must be text of 1 to 255 characters',
  };
}

function isKey(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= KEY_LENGTH_MAX && isStorable(value);
}

function readDocument(server: unknown, text: string): { readonly fault: string | null } {
  if (Buffer.byteLength(text) > DOCUMENT_BYTES_MAX) return { fault: `longer than ${DOCUMENT_BYTES_MAX} bytes` };
  const parsed = parseServerJson(server);
  if (parsed.outcome === 'malformed') {
    const [first] = parsed.issues;
    return { fault: first === undefined ? 'malformed' : `${first.location}: ${first.message}` };
  }
  const issue = checkRules(parsed.document).find(({ severity }) => severity === 'error');
  if (issue !== undefined) return { fault: issue.path === '' ? issue.message : `${issue.path}: ${issue.message}` };
  return { fault: checkStorable(parsed.document) };
}

function restOf(meta: Fields): { readonly text: string | null; readonly fault: string | null } {
  const rest = Object.entries(meta).filter(([key]) => key !== OFFICIAL_META_KEY && key !== ORIGIN_META_KEY);
  if (rest.length === 0) return { text: null, fault: null };
  const text = safeJson(Object.fromEntries(rest));
  if (Buffer.byteLength(text) > META_BYTES_MAX)
    return { text: null, fault: `_meta longer than ${META_BYTES_MAX} bytes` };
  return UNSTORABLE.test(text) || text === ''
    ? { text: null, fault: '_meta holds text that cannot be stored' }
    : { text, fault: null };
}

function statusOf({ status }: Fields): { readonly status: UpstreamStatus; readonly fault: string | null } {
  if (status === undefined) return { status: 'active', fault: null };
  const known = STATUSES.find((one) => one === status);
  return known === undefined
    ? { status: 'active', fault: `status must be one of ${STATUSES.join(', ')}` }
    : { status: known, fault: null };
}

function messageOf({ statusMessage }: Fields): string | null {
  return typeof statusMessage === 'string' && statusMessage !== ''
    ? [...storable(statusMessage)].slice(0, MESSAGE_LENGTH_MAX).join('')
    : null;
}

// Written anew: the database refuses days and offsets that JavaScript reads somehow. Microseconds are kept.
function timeOf(value: unknown): string | null {
  const match = typeof value === 'string' && value.length <= TIME_LENGTH_MAX ? TIME.exec(value) : null;
  const ms = match === null ? NaN : Date.parse(match[0]);
  if (match === null || Number.isNaN(ms)) return null;
  const seconds = new Date(Math.floor(ms / 1_000) * 1_000).toISOString().slice(0, -'.000Z'.length);
  if (!/^(?!0000)\d{4}-/.test(seconds)) return null;
  return `${seconds}.${(match[1] ?? '').slice(1, 7).padEnd(6, '0')}Z`;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function textsOf(values: readonly unknown[]): string[] {
  return [...new Set(values.filter((one): one is string => isKey(one)))].sort();
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000');
}

function storable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\ufffd');
}

/** Empty for what is no JSON, or is nested too deeply to be written. */
function safeJson(value: unknown): string {
  try {
    const text: unknown = JSON.stringify(value);
    return typeof text === 'string' ? text : '';
  } catch {
    return '';
  }
}
