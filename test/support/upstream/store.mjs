import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { isNewer, latestOf } from './latest.mjs';
import { indexOf, inListOrder, microsOf, Row, rowsOf, timeOf } from './row.mjs';

/**
 * @typedef {import('./row.mjs').Json} Json
 * @typedef {import('./row.mjs').Entry} Entry
 * @typedef {import('./row.mjs').Official} Official
 * @typedef {import('./row.mjs').Status} Status
 */

/** What an upstream holds, and what its publishers and its operator do to it. */
export class Store {
  /** @type {Row[]} in the order of lists */
  rows = [];
  /** @type {Row[]} what was taken away */
  removed = [];
  /** Grows with every change. */
  revision = 0;

  /** @type {number | null} */
  #setMicros = null;
  #lastMicros = 0;
  #touches = 0;

  /**
   * The time of what follows, until another is set; null for the time of the machine.
   * @param {string | null} time
   */
  now(time) {
    this.#setMicros = time === null ? null : microsOrFail(time);
  }

  /** @param {readonly Entry[]} entries as they are listed; nothing of them is changed */
  load(entries) {
    this.removed = [];
    this.#set(entries.map((entry) => Row.of(entry)).sort(inListOrder));
  }

  /** @param {string} path of `{servers: [...]}` as JSON, or as JSON in gzip */
  loadFile(path) {
    const bytes = readFileSync(path);
    /** @type {{ servers: Entry[] }} */
    const { servers } = JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
    this.load(servers);
  }

  /**
   * Makes it `times` as many: each copy has namespaces and remote hosts of its own.
   * @param {number} times
   */
  clone(times) {
    const rows = [...this.rows];
    for (let copy = 1; copy < times; copy += 1) for (const row of this.rows) rows.push(cloneOf(row, copy));
    this.#set(rows.sort(inListOrder));
  }

  /**
   * Into this one, as POST /publish does it.
   * @param {Json} server
   * @param {{ publishedAt?: string }} [options]
   * @returns {Entry}
   */
  publish(server, { publishedAt } = {}) {
    const { name, version } = { name: String(server.name), version: String(server.version) };
    const micros = publishedAt === undefined ? this.#tick() : microsOrFail(publishedAt);
    const same = rowsOf(this.rows, name);
    if (same.some((row) => row.version === version)) throw new Error('cannot publish duplicate version');
    // Even a deleted one holds the flag until a status changes.
    const current = same.find((row) => row.isLatest);
    const time = timeOf(micros);
    const isLatest =
      current === undefined || isNewer({ version, status: 'active', publishedAtMicros: micros }, candidate(current));
    const official = { status: 'active', statusChangedAt: time, publishedAt: time, updatedAt: time, isLatest };
    const row = new Row(JSON.stringify(server), { name, version }, {}, /** @type {Official} */ (official));
    if (isLatest && current !== undefined) this.#replace(current, current.with({ isLatest: false }));
    this.rows.splice(indexOf(this.rows, row.nameKey, row.versionKey), 0, row);
    this.revision += 1;
    return row.entry;
  }

  /**
   * @param {string} name
   * @param {string} version
   * @param {Status} status
   * @param {string} [message]
   * @returns {Entry}
   */
  setStatus(name, version, status, message) {
    const row = this.#get(name, version);
    const time = timeOf(this.#tick());
    const changedAt = row.status === status ? {} : { statusChangedAt: time };
    this.#replace(row, row.with({ status, ...changedAt, statusMessage: message ?? '', updatedAt: time }));
    this.#moveLatest(name);
    return this.#get(name, version).entry;
  }

  /**
   * Another document under a version that is there.
   * @param {string} name
   * @param {string} version
   * @param {Json} server
   * @returns {Entry}
   */
  replaceContent(name, version, server) {
    const row = this.#get(name, version);
    const changed = row.withServer({ ...server, name, version });
    this.#replace(row, row.official === null ? changed : changed.with({ updatedAt: timeOf(this.#tick()) }));
    return this.#get(name, version).entry;
  }

  /**
   * Takes a version away without a word.
   * @param {string} name
   * @param {string} version
   */
  remove(name, version) {
    const row = this.#get(name, version);
    this.removed.push(row);
    this.rows.splice(this.rows.indexOf(row), 1);
    this.revision += 1;
    if (row.isLatest) this.#moveLatest(name);
  }

  /**
   * Deprecates n versions, spread over all of them, or takes that back where it was done before.
   * @param {number} n
   * @returns {{ name: string, version: string }[]}
   */
  touch(n) {
    const step = this.rows.length / n;
    if (step < 1) throw new Error(`there are ${this.rows.length} versions`);
    const touched = [];
    for (let i = 0; i < n; i += 1) {
      const index = Math.floor(i * step) + (this.#touches % Math.floor(step));
      const row = /** @type {Row} */ (this.rows[Math.min(index, this.rows.length - 1)]);
      const status = row.status === 'active' ? 'deprecated' : 'active';
      const time = timeOf(this.#tick());
      this.#replace(row, row.with({ status, statusChangedAt: time, statusMessage: '', updatedAt: time }));
      touched.push({ name: row.name, version: row.version });
    }
    this.#touches += 1;
    return touched;
  }

  /** @returns {Entry[]} everything, deleted ones too, in the order of lists */
  entries() {
    return this.rows.map((row) => row.entry);
  }

  /** @param {Row[]} rows */
  #set(rows) {
    this.rows = rows;
    this.revision += 1;
  }

  /** Microseconds since 1970; never twice the same, unless a time is set. */
  #tick() {
    if (this.#setMicros !== null) return this.#setMicros;
    const micros = Math.floor((performance.timeOrigin + performance.now()) * 1_000);
    this.#lastMicros = Math.max(micros, this.#lastMicros + 1);
    return this.#lastMicros;
  }

  /**
   * @param {string} name
   * @param {string} version
   */
  #get(name, version) {
    const row = rowsOf(this.rows, name).find((one) => one.version === version);
    if (row === undefined) throw new Error(`there is no ${name} ${version}`);
    return row;
  }

  /**
   * @param {Row} row
   * @param {Row} changed
   */
  #replace(row, changed) {
    let index = indexOf(this.rows, row.nameKey, row.versionKey);
    while (this.rows[index] !== row) index += 1;
    this.rows[index] = changed;
    this.revision += 1;
  }

  /**
   * Gives the flag to whom it belongs; the time of an update stays as it is.
   * @param {string} name
   */
  #moveLatest(name) {
    const rows = rowsOf(this.rows, name).filter((row) => row.official !== null);
    const latest = latestOf(rows.map((row) => ({ ...candidate(row), row })))?.row;
    for (const row of rows)
      if (row.isLatest !== (row === latest)) this.#replace(row, row.with({ isLatest: row === latest }));
  }
}

/** @param {Row} row */
function candidate(row) {
  const publishedAtMicros = microsOf(row.official?.publishedAt ?? '') ?? 0;
  return { version: row.version, status: row.status, publishedAtMicros };
}

/**
 * @param {Row} row
 * @param {number} copy
 */
function cloneOf(row, copy) {
  /** @type {Json & { remotes?: { url?: string }[] }} */
  const server = JSON.parse(row.server);
  const name = row.name.includes('/') ? row.name.replace('/', `-c${copy}/`) : `${row.name}-c${copy}`;
  const remotes = server.remotes?.map((remote) => ({
    ...remote,
    ...(remote.url === undefined ? {} : { url: remote.url.replace(/^([a-z]+:\/\/)?/i, `$1c${copy}.`) }),
  }));
  const cloned = { ...server, name, ...(remotes === undefined ? {} : { remotes }) };
  return new Row(JSON.stringify(cloned), { name, version: row.version }, row.meta, row.official);
}

/** @param {string} time */
function microsOrFail(time) {
  const micros = microsOf(time);
  if (micros === null) throw new Error(`${time} is no RFC 3339 time`);
  return micros;
}
