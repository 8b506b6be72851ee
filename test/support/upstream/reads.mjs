// What the official registry answers to reads, as far as it depends on nothing but rows and request.
import { bytewise, indexOf, microsOf, rowsOf } from './row.mjs';

/**
 * @typedef {import('./row.mjs').Row} Row
 * @typedef {{ status: number, type: string, text: string | Buffer, headers?: Record<string, string> }} Reply
 * @typedef {{ message: string, location: string, value: unknown }} Issue
 * @typedef {object} ListRequest
 * @property {string} cursor empty for the first page
 * @property {number} limit
 * @property {number | null} sinceMicros
 * @property {RegExp | null} search
 * @property {string} version empty for every one
 * @property {boolean} includeDeleted
 */

const DEFAULT_LIMIT = 30;
const MAX_LIMIT = 100;
const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);
const BAD_TIME = 'Invalid updated_since format: expected RFC3339 timestamp (e.g., 2025-08-07T13:15:04.280Z)';
const CONTRADICTION =
  'Cannot set include_deleted=false when using updated_since (incremental sync requires deleted servers)';

/**
 * @param {string} query without its question mark
 * @returns {ListRequest | Reply}
 */
export function listRequest(query) {
  const parameters = new URLSearchParams(query);
  const text = (/** @type {string} */ name) => parameters.get(name) ?? '';
  /** @type {Issue[]} */
  const issues = [];
  const limit = limitOf(text('limit'), issues);
  const deleted = includeDeleted(query, issues);
  if (issues.length > 0) return problem(422, 'validation failed', issues);
  const sinceMicros = text('updated_since') === '' ? null : microsOf(text('updated_since'));
  if (text('updated_since') !== '') {
    if (sinceMicros === null) return problem(400, BAD_TIME);
    if (deleted === false) return problem(400, CONTRADICTION);
  }
  return {
    cursor: text('cursor'),
    limit,
    sinceMicros,
    search: text('search') === '' ? null : like(text('search')),
    version: text('version'),
    includeDeleted: deleted ?? sinceMicros !== null,
  };
}

/**
 * @param {readonly Row[]} rows
 * @param {ListRequest} request
 * @returns {{ rows: Row[], nextCursor: string | null }}
 */
export function pageOf(rows, { cursor, limit, sinceMicros, search, version, includeDeleted: deleted }) {
  /** @type {Row[]} */
  const page = [];
  for (let i = cursor === '' ? 0 : indexBehind(rows, cursor); i < rows.length && page.length < limit; i += 1) {
    const row = /** @type {Row} */ (rows[i]);
    if (!deleted && row.status === 'deleted') continue;
    if (sinceMicros !== null && row.updatedAtMicros <= sinceMicros) continue;
    if (version === 'latest' ? !row.isLatest : version !== '' && row.version !== version) continue;
    if (search !== null && !search.test(row.name)) continue;
    page.push(row);
  }
  const last = page.at(-1);
  return { rows: page, nextCursor: page.length === limit && last ? `${last.name}:${last.version}` : null };
}

/**
 * @param {readonly string[]} texts
 * @param {string | null} nextCursor
 * @returns {Reply}
 */
export function listReply(texts, nextCursor) {
  const next = nextCursor === null ? '' : `"nextCursor":${JSON.stringify(nextCursor)},`;
  return json(`{"servers":[${texts.join(',')}],"metadata":{${next}"count":${texts.length}}}`);
}

/**
 * `/{name}/versions` and `/{name}/versions/{version}`.
 * @param {readonly Row[]} rows
 * @param {string} name
 * @param {string | null} version
 * @param {string} query
 * @returns {Reply}
 */
export function versionsReply(rows, name, version, query) {
  /** @type {Issue[]} */
  const issues = [];
  const deleted = includeDeleted(query, issues) ?? false;
  if (issues.length > 0) return problem(422, 'validation failed', issues);
  const visible = rowsOf(rows, name).filter((row) => deleted || row.status !== 'deleted');
  if (version !== null) {
    const row = visible.find((one) => (version === 'latest' ? one.isLatest : one.version === version));
    return row === undefined ? problem(404, 'Server not found') : json(row.text);
  }
  if (visible.length === 0) return problem(404, 'Server not found');
  const micros = (/** @type {Row} */ row) => microsOf(row.official?.publishedAt ?? '') ?? 0;
  return listReply(
    visible.sort((a, b) => micros(b) - micros(a)).map(({ text }) => text),
    null,
  );
}

const TITLES = { 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found', 422: 'Unprocessable Entity' };

/**
 * @param {keyof typeof TITLES} status
 * @param {string} detail
 * @param {readonly Issue[]} [errors]
 * @returns {Reply}
 */
export function problem(status, detail, errors) {
  const body = { title: TITLES[status], status, detail, ...(errors === undefined ? {} : { errors }) };
  return { status, type: 'application/problem+json', text: `${JSON.stringify(body)}\n` };
}

/**
 * For a route that is not there, or a method that it does not know.
 * @param {string} path
 * @returns {Reply}
 */
export function noRoute(path) {
  const hint = /^\/v0(\.1)?\//.test(path) ? '' : ` Did you mean '/v0.1${path}' or '/v0${path}'?`;
  const body = { detail: `Endpoint not found.${hint} See /docs for the API documentation.`, status: 404 };
  const text = JSON.stringify({ ...body, title: TITLES[404] });
  return { status: 404, type: 'application/problem+json', text };
}

/**
 * @param {string} text
 * @returns {Reply}
 */
function json(text) {
  return { status: 200, type: 'application/json', text: `${text}\n` };
}

/**
 * @param {readonly Row[]} rows
 * @param {string} cursor `name:version`, or any text at all
 */
function indexBehind(rows, cursor) {
  const colon = cursor.indexOf(':');
  if (colon >= 0) return indexOf(rows, bytewise(cursor.slice(0, colon)), bytewise(cursor.slice(colon + 1)), true);
  // Behind each version of that name.
  return indexOf(rows, `${bytewise(cursor)}\0`, '');
}

/**
 * @param {string} value
 * @param {Issue[]} issues
 */
function limitOf(value, issues) {
  if (value === '') return DEFAULT_LIMIT;
  const limit = Number(value);
  const location = 'query.limit';
  if (!/^[+-]?\d+$/.test(value)) issues.push({ message: 'invalid integer', location, value });
  else if (limit < 1) issues.push({ message: 'expected number >= 1', location, value: limit });
  else if (limit > MAX_LIMIT) issues.push({ message: `expected number <= ${MAX_LIMIT}`, location, value: limit });
  return limit;
}

/**
 * @param {string} query
 * @param {Issue[]} issues
 * @returns {boolean | null} null when nothing is said
 */
function includeDeleted(query, issues) {
  const said = query.split('&').find((part) => part.startsWith('include_deleted='));
  // A bare flag is seen at the end only.
  const value = said?.slice('include_deleted='.length) ?? (/(^|&)include_deleted$/.test(query) ? 'true' : '');
  if (value === '') return null;
  if (!TRUE.has(value) && !FALSE.has(value))
    issues.push({ message: 'invalid boolean', location: 'query.include_deleted', value });
  return TRUE.has(value);
}

/**
 * `ILIKE '%...%'` with nothing escaped.
 * @param {string} text
 */
function like(text) {
  const pattern = `%${text}%`.replace(/\\([^])|[^]/g, (one, /** @type {string | undefined} */ escaped) => {
    if (escaped === undefined && one === '%') return '[^]*';
    if (escaped === undefined && one === '_') return '[^]';
    return (escaped ?? one).replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  });
  return new RegExp(`^${pattern}$`, 'i');
}
