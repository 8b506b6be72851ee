import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AppError, isRfc3339, isStorableText } from '@portolan/kernel';

/** The filters of a list of servers; a cursor carries them, so that a client need not repeat them. */
export interface ListFilters {
  readonly search: string | null;
  /** A version, or `latest`. */
  readonly version: string | null;
  /** RFC 3339, at most 6 fraction digits. */
  readonly updatedSince: string | null;
  readonly includeDeleted: boolean | null;
}

export interface Cursor {
  /** The last row of the page before. */
  readonly name: string;
  readonly version: string;
  readonly filters: ListFilters;
}

const FORMAT = /^([A-Za-z0-9_-]+)\.([0-9a-f]{8})$/;

/** Text of `[A-Za-z0-9._-]` only: some clients put it into a URL as it is. */
export function encodeCursor(registryId: string, cursor: Cursor): string {
  const { name, version, filters } = cursor;
  const fields = [
    mark(registryId),
    name,
    version,
    filters.search,
    filters.version,
    filters.updatedSince,
    filters.includeDeleted,
  ];
  const body = Buffer.from(JSON.stringify(fields)).toString('base64url');
  return `${body}.${checksum(body)}`;
}

/** @throws AppError cursor_invalid for one that is broken or belongs to another registry */
export function decodeCursor(registryId: string, text: string): Cursor {
  const [, body = '', sum] = FORMAT.exec(text) ?? [];
  if (sum === undefined || sum !== checksum(body)) throw invalid('the cursor is not one that this registry has given');
  const fields = parse(body);
  const [registry, name, version, search, filter, updatedSince, includeDeleted] = fields;
  if (
    fields.length !== 7 ||
    registry !== mark(registryId) ||
    !isText(name) ||
    !isText(version) ||
    !(search === null || isText(search)) ||
    !(filter === null || isText(filter)) ||
    !(updatedSince === null || (isText(updatedSince) && isRfc3339(updatedSince))) ||
    !(typeof includeDeleted === 'boolean' || includeDeleted === null)
  )
    throw invalid('the cursor is not one that this registry has given');
  return { name, version, filters: { search, version: filter, updatedSince, includeDeleted } };
}

/**
 * The filters that hold for a page: the cursor's, which the request may repeat but not change.
 *
 * @throws AppError cursor_invalid
 */
export function mergeFilters(request: ListFilters, cursor: Cursor | null): ListFilters {
  if (!cursor) return request;
  for (const key of ['search', 'version', 'updatedSince', 'includeDeleted'] as const)
    if (request[key] !== null && request[key] !== cursor.filters[key])
      throw invalid(`the cursor belongs to a list with another ${PARAMETERS[key]}`);
  return cursor.filters;
}

const PARAMETERS = {
  search: 'search',
  version: 'version',
  updatedSince: 'updated_since',
  includeDeleted: 'include_deleted',
} as const;

function parse(body: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
    return Array.isArray(value) ? (value as unknown[]) : [];
  } catch {
    return [];
  }
}

// A cursor of a public registry must not tell its id.
function mark(registryId: string): string {
  return createHash('sha256').update(registryId).digest('base64url').slice(0, 11);
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(8, '0');
}

// Anybody can work the checksum out, so what a cursor holds is input like any other.
function isText(value: unknown): value is string {
  return typeof value === 'string' && isStorableText(value);
}

function invalid(message: string): AppError {
  return new AppError('cursor_invalid', { errors: [{ message, location: 'query.cursor' }] });
}
