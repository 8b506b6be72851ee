import { AppError, isRfc3339, isStorableText, type ErrorDetail } from '@portolan/kernel';
import { decodeCursor, mergeFilters, type ListFilters } from '../versions/cursor';
import type { ServersRequest } from '../versions/list-servers.query';

export type QueryString = Readonly<Record<string, unknown>>;

/** `name` alone, or `namespace` and `name` when the slash came unencoded. */
export interface ServerParams {
  readonly serverNamespace?: string;
  readonly serverName: string;
  readonly version?: string;
}

const LIMIT_DEFAULT = 30;
const LIMIT_MAX = 100;
const BOOLEANS = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True', ''].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false] as const),
]);

/** The server name of a path, decoded the second time that the official registry decodes it. */
export function serverNameOf(params: ServerParams): string {
  const { serverNamespace, serverName } = params;
  return decoded(serverNamespace === undefined ? serverName : `${serverNamespace}/${serverName}`, 'server name');
}

export function versionOf(params: ServerParams): string {
  return decoded(params.version ?? '', 'version');
}

function decoded(text: string, what: string): string {
  let value: string;
  try {
    value = decodeURIComponent(text);
  } catch {
    throw new AppError('malformed_path', { detail: `Invalid ${what} encoding` });
  }
  if (!isStorableText(value)) throw new AppError('malformed_path', { detail: `Invalid ${what} encoding` });
  return value;
}

/** @throws AppError validation_failed unless it is a Boolean of Go's syntax */
export function includeDeletedOf(query: QueryString): boolean {
  const errors: ErrorDetail[] = [];
  const value = booleanOf(query, 'include_deleted', errors);
  if (errors.length > 0) throw new AppError('validation_failed', { errors });
  return value ?? false;
}

/** @throws AppError validation_failed, updated_since_invalid, include_deleted_conflict, cursor_invalid */
export function serversRequest(registryId: string, query: QueryString): ServersRequest {
  const errors: ErrorDetail[] = [];
  const limit = limitOf(query, errors);
  const includeDeleted = booleanOf(query, 'include_deleted', errors);
  const search = textOf(query, 'search', errors);
  const version = textOf(query, 'version', errors);
  if (errors.length > 0) throw new AppError('validation_failed', { errors });
  const updatedSince = updatedSinceOf(query);
  if (updatedSince !== null && includeDeleted === false) throw new AppError('include_deleted_conflict');
  const request: ListFilters = { search, version, updatedSince, includeDeleted };
  const cursorText = first(query.cursor);
  const cursor = cursorText === '' ? null : decodeCursor(registryId, cursorText);
  return { registryId, limit, filters: mergeFilters(request, cursor), after: cursor };
}

function limitOf(query: QueryString, errors: ErrorDetail[]): number {
  const text = first(query.limit);
  if (text === '') return LIMIT_DEFAULT;
  if (!/^[+-]?\d+$/.test(text)) {
    errors.push({ message: 'invalid integer', location: 'query.limit', value: text.slice(0, 100) });
    return LIMIT_DEFAULT;
  }
  const value = Number(text);
  if (value < 1) errors.push({ message: 'expected number >= 1', location: 'query.limit', value });
  if (value > LIMIT_MAX) errors.push({ message: `expected number <= ${LIMIT_MAX}`, location: 'query.limit', value });
  return value;
}

function booleanOf(query: QueryString, key: string, errors: ErrorDetail[]): boolean | null {
  if (query[key] === undefined) return null;
  const text = first(query[key]);
  const value = BOOLEANS.get(text);
  if (value === undefined)
    errors.push({ message: 'invalid boolean', location: `query.${key}`, value: text.slice(0, 100) });
  return value ?? null;
}

function textOf(query: QueryString, key: string, errors: ErrorDetail[]): string | null {
  const text = first(query[key]);
  if (!isStorableText(text)) errors.push({ message: 'expected well-formed text', location: `query.${key}` });
  return text === '' ? null : text;
}

function updatedSinceOf(query: QueryString): string | null {
  const text = first(query.updated_since);
  if (text === '') return null;
  if (!isRfc3339(text)) throw new AppError('updated_since_invalid');
  // PostgreSQL would round the seventh digit up and so skip a row.
  return text.replace(/(\.\d{6})\d+/, '$1');
}

/** A repeated parameter counts once: its first value. */
function first(value: unknown): string {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === 'string' ? one : '';
}
