// What an upstream may do to those who follow it.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { inListOrder, microsOf, timeOf } from './row.mjs';

/**
 * @typedef {import('./row.mjs').Row} Row
 * @typedef {import('./store.mjs').Store} Store
 * @typedef {import('./reads.mjs').Reply} Reply
 * @typedef {import('node:http').ServerResponse} Outgoing
 * @typedef {Record<string, unknown> & { times?: number, from_page?: number }} Options
 */

export const FAULTS = /** @type {const} */ ([
  'empty',
  'login_redirect',
  'login_page',
  'truncated_json',
  'not_json',
  'status',
  'endless_cursor',
  'repeated_cursor',
  'big_page',
  'crowd',
  'gzip',
  'gzip_bomb',
  'drip',
  'hang',
  'reset',
  'cursor_refused',
  'time_backwards',
  'poison',
  'delay',
  'pause_at_page',
  'drop',
  'resurrect',
]);
/** @typedef {(typeof FAULTS)[number]} FaultName */

const MEBIBYTE = 1_048_576;
const HOUR_MS = 3_600_000;
const DRIP_MS = 50;
export const LOGIN_PAGE = '<!doctype html><html><head><title>Sign in</title></head><body><form></form></body></html>\n';

export class Faults {
  /** @type {Map<FaultName, Options>} */
  #options = new Map();
  /** Grows with every change. */
  revision = 0;

  /**
   * @param {FaultName | null} name null for all of them
   * @param {Options | null} options null for an end of it
   */
  set(name, options) {
    if (name !== null && !FAULTS.includes(name)) throw new Error(`${name} is no fault: ${FAULTS.join(', ')}`);
    if (name === null) this.#options.clear();
    else if (options === null) this.#options.delete(name);
    else this.#options.set(name, { ...options });
    this.revision += 1;
  }

  /**
   * Its options, when it concerns this page; it comes to its end after `times` of them.
   * @param {FaultName} name
   * @param {number} page
   */
  take(name, page) {
    const options = this.#options.get(name);
    if (options === undefined || page < (options.from_page ?? 1)) return null;
    if (options.times === undefined) return options;
    options.times -= 1;
    if (options.times <= 0) this.set(name, null);
    return options;
  }

  /**
   * The rows that are seen.
   * @param {Store} store
   * @returns {readonly Row[]} in the order of lists
   */
  view(store) {
    let { rows } = store;
    if (this.#options.has('resurrect')) {
      rows = [...rows, ...store.removed].sort(inListOrder);
      rows = rows.map((row) => (row.status === 'deleted' ? row.with({ status: 'active' }) : row));
    }
    const drop = this.#options.get('drop');
    if (drop) rows = rows.filter((row) => shareOf(row) >= Number(drop.percent));
    const backwards = this.#options.get('time_backwards');
    if (backwards) rows = rows.map((row) => earlier(row, Number(backwards.ms ?? HOUR_MS)));
    return rows;
  }
}

/**
 * An answer as a web server in front of the registry gives it.
 * @param {Options} options
 * @returns {Reply}
 */
export function statusReply({ code = 503, retryAfter }) {
  const text = `<html>
<head><title>${Number(code)}</title></head>
<body>nginx</body>
</html>
`;
  const headers = retryAfter === undefined ? {} : { 'Retry-After': /** @type {string} */ (retryAfter) };
  return { status: Number(code), type: 'text/html', text, headers };
}

/**
 * A page of versions that nobody has seen yet.
 * @param {string} cursor
 * @param {number} limit
 */
export function endlessPage(cursor, limit) {
  const start = Number(/^com\.example\.endless\/n-(\d+):/.exec(cursor)?.[1] ?? 0);
  const names = Array.from(
    { length: limit },
    (_, i) => `com.example.endless/n-${String(start + i + 1).padStart(12, '0')}`,
  );
  return { texts: names.map((name) => entry(name, 'without end')), nextCursor: `${names.at(-1) ?? ''}:1.0.0` };
}

/**
 * Sends a page of that size, without a word about its size before.
 * @param {Outgoing} response
 * @param {Options} options
 */
export async function sendBigPage(response, { bytes = 21 * MEBIBYTE }) {
  const [before, after] = entry('com.example.large/page', '*').split('*');
  response.writeHead(200, { 'Content-Type': 'application/json' });
  function* parts() {
    yield `{"servers":[${before ?? ''}`;
    for (let left = Number(bytes); left > 0; left -= MEBIBYTE) yield 'd'.repeat(Math.min(left, MEBIBYTE));
    yield `${after ?? ''}],"metadata":{"count":1}}`;
  }
  // Whoever has read enough hangs up.
  await pipeline(Readable.from(parts(), { objectMode: false }), response).catch(() => undefined);
}

/** @type {Map<number, Buffer>} by the size they have when they are open */
const bombs = new Map();

/** @param {Options} options */
export function gzipBomb({ bytes = 64 * MEBIBYTE }) {
  const size = Number(bytes);
  const bomb =
    bombs.get(size) ??
    gzipSync(
      Buffer.concat([Buffer.from('{"servers":[],"metadata":{"count":0}'), Buffer.alloc(size, ' '), Buffer.from('}')]),
    );
  bombs.set(size, bomb);
  return bomb;
}

/**
 * @param {Outgoing} response
 * @param {Options} options
 */
export function drip(response, { ms = DRIP_MS }) {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.write('{"servers":[');
  const timer = setInterval(() => response.write(' '), Number(ms));
  response.on('close', () => {
    clearInterval(timer);
  });
}

/**
 * Sends half of it and cuts the connection.
 * @param {Outgoing} response
 * @param {Buffer} body
 */
export function reset(response, body) {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length });
  response.write(body.subarray(0, body.length / 2), () => response.socket?.resetAndDestroy());
}

/**
 * @param {string} name
 * @param {string} description
 */
function entry(name, description) {
  const time = '2025-01-01T00:00:00Z';
  const $schema = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json';
  const official = { status: 'active', publishedAt: time, updatedAt: time, isLatest: true };
  return JSON.stringify({
    server: { $schema, name, description, version: '1.0.0' },
    _meta: { 'io.modelcontextprotocol.registry/official': official },
  });
}

/**
 * A number below 100 that is always the same for a row.
 * @param {Row} row
 */
function shareOf({ name, version }) {
  let hash = 0x811c9dc5;
  for (const character of `${name}:${version}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return (hash >>> 8) % 100;
}

/**
 * @param {Row} row
 * @param {number} ms
 */
function earlier(row, ms) {
  const micros = row.official === null ? null : microsOf(row.official.updatedAt);
  return micros === null ? row : row.with({ updatedAt: timeOf(micros - ms * 1_000) });
}
