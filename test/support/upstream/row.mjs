// One version as a registry lists it. Rows never change: what changes makes another row of them.

export const OFFICIAL = 'io.modelcontextprotocol.registry/official';

/**
 * @typedef {Record<string, unknown>} Json
 * @typedef {{ server: Json, _meta?: Json }} Entry a row as it is listed
 * @typedef {'active' | 'deprecated' | 'deleted'} Status
 * @typedef {object} Official
 * @property {Status} status
 * @property {string} [statusChangedAt]
 * @property {string} [statusMessage]
 * @property {string} publishedAt
 * @property {string} updatedAt
 * @property {boolean} isLatest
 */

export class Row {
  /** @type {string | undefined} */
  #text;

  /**
   * @param {string} server the document as JSON
   * @param {{ name: string, version: string }} key
   * @param {Json | undefined} meta beside what the registry itself says
   * @param {Official | null} official null for a registry that says nothing
   */
  constructor(server, { name, version }, meta, official) {
    this.server = server;
    this.name = name;
    this.version = version;
    this.nameKey = bytewise(name);
    this.versionKey = bytewise(version);
    this.meta = meta;
    this.official = official;
    /** Microseconds since 1970; before everything when the registry says nothing. */
    this.updatedAtMicros = official === null ? -Infinity : (microsOf(official.updatedAt) ?? -Infinity);
  }

  /** @param {Entry} entry */
  static of({ server, _meta }) {
    const official = /** @type {Official | undefined} */ (_meta?.[OFFICIAL]);
    const key = { name: String(server.name), version: String(server.version) };
    return new Row(JSON.stringify(server), key, _meta, official ?? null);
  }

  get status() {
    return this.official?.status ?? 'active';
  }

  get isLatest() {
    return this.official?.isLatest ?? false;
  }

  /** As it is listed, as JSON. */
  get text() {
    return (this.#text ??= `{"server":${this.server}${this.meta === undefined && this.official === null ? '' : `,"_meta":${JSON.stringify(this.#metaBlock())}`}}`);
  }

  /** @returns {Entry} */
  get entry() {
    return JSON.parse(this.text);
  }

  /** @param {Partial<Official>} changes */
  with(changes) {
    if (this.official === null) throw new Error(`${this.name} ${this.version} has no metadata of its registry`);
    return new Row(this.server, this, this.meta, inOrder({ ...this.official, ...changes }));
  }

  /** @param {Json} server */
  withServer(server) {
    return new Row(JSON.stringify(server), this, this.meta, this.official);
  }

  #metaBlock() {
    return this.official === null ? this.meta : { ...this.meta, [OFFICIAL]: this.official };
  }
}

/**
 * Keys in the order of the official registry, without those that say nothing.
 * @param {Official} official
 * @returns {Official}
 */
function inOrder({ status, statusChangedAt, statusMessage, publishedAt, updatedAt, isLatest }) {
  return {
    status,
    ...(statusChangedAt === undefined ? {} : { statusChangedAt }),
    ...(statusMessage === undefined || statusMessage === '' ? {} : { statusMessage }),
    publishedAt,
    updatedAt,
    isLatest,
  };
}

/**
 * Two texts compare by code unit as these compare by byte of UTF-8.
 * @param {string} text
 */
export function bytewise(text) {
  return /^[\0-\x7f]*$/.test(text) ? text : Buffer.from(text).toString('latin1');
}

/**
 * Below zero when the row is before the key.
 * @param {Row} row
 * @param {string} nameKey
 * @param {string} versionKey
 */
function compare(row, nameKey, versionKey) {
  if (row.nameKey !== nameKey) return row.nameKey < nameKey ? -1 : 1;
  if (row.versionKey === versionKey) return 0;
  return row.versionKey < versionKey ? -1 : 1;
}

/**
 * @param {Row} a
 * @param {Row} b
 */
export function inListOrder(a, b) {
  return compare(a, b.nameKey, b.versionKey);
}

/**
 * Index of the first row that is not before the key, or, when `after`, of the first one behind it.
 * @param {readonly Row[]} rows in the order of lists
 * @param {string} nameKey
 * @param {string} versionKey
 */
export function indexOf(rows, nameKey, versionKey, after = false) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compare(/** @type {Row} */ (rows[middle]), nameKey, versionKey);
    if (order < 0 || (after && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * @param {readonly Row[]} rows in the order of lists
 * @param {string} name
 */
export function rowsOf(rows, name) {
  const nameKey = bytewise(name);
  const start = indexOf(rows, nameKey, '');
  let end = start;
  while (rows[end]?.nameKey === nameKey) end += 1;
  return rows.slice(start, end);
}

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

/**
 * Microseconds since 1970; null for what is no RFC 3339.
 * @param {string} time
 */
export function microsOf(time) {
  const [, seconds, fraction = '', zone] = RFC3339.exec(time) ?? [];
  const ms = Date.parse(`${seconds}${zone}`);
  return seconds === undefined || Number.isNaN(ms) ? null : ms * 1_000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}

/**
 * As the official registry writes times: without zeros at the end of the fraction.
 * @param {number} micros
 */
export function timeOf(micros) {
  const seconds = new Date(Math.floor(micros / 1_000_000) * 1_000).toISOString().slice(0, 19);
  const fraction = String(((micros % 1_000_000) + 1_000_000) % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}
