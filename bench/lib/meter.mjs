import { join } from 'node:path';
import { record } from './bare.mjs';
import { expectAnswers, load } from './load.mjs';
import { cpuBetween, cpuSeconds, databaseCpu } from './processes.mjs';
import { topFunctions } from './profile.mjs';

const BARE_SECONDS_MAX = 4;
const SAMPLES_MAX = 200;
const COMPARED = 3;

/**
 * @typedef {import('./bare.mjs').Bare} Bare
 * @typedef {import('./load.mjs').Outcome} Outcome
 * @typedef {import('./load.mjs').Request} Request
 * @typedef {import('./portolan.mjs').App} App
 *
 * @typedef {object} Load
 * @property {readonly Request[]} requests
 * @property {number} connections
 * @property {number} seconds the longest it may take
 * @property {boolean} [once] each request once; else again and again for all the seconds
 * @property {readonly number[]} [statuses] that are right; 200 only when absent
 *
 * @typedef {object} Measured
 * @property {number} requests
 * @property {number} rate answers a second
 * @property {number} meanMs
 * @property {number} p50Ms
 * @property {number} p99Ms
 * @property {number} answerBytes mean size of an answer, with headers
 * @property {number | null} cpuMs of the server for each answer; null where there is no /proc
 * @property {number | null} databaseCpuMs of PostgreSQL for each answer
 *
 * @typedef {Measured & { bareRate: number, ofBare: number, ofBarePerCore: number | null }} Compared
 *   ofBare: share of the rate of the bare server; ofBarePerCore: the same of what both do in a second of CPU
 */

/** Loads servers and says what came of it. */
export class Meter {
  #bare;
  #databasePid;
  #signal;
  #profiles;
  #log;
  #count = 0;

  /**
   * @param {{ bare: Bare, databasePid: number, signal: AbortSignal, profiles: string | null, log: (line: string) => void }} options
   *   profiles: the folder that CPU profiles go to, null for none
   */
  constructor({ bare, databasePid, signal, profiles, log }) {
    this.#bare = bare;
    this.#databasePid = databasePid;
    this.#signal = signal;
    this.#profiles = profiles;
    this.#log = log;
  }

  /** Answers of Portolan so far. */
  answered = 0;

  /**
   * @param {string} what
   * @param {App} app
   * @param {Load} options
   * @returns {Promise<Measured>}
   */
  async load(what, app, options) {
    if (this.#profiles !== null) await app.startProfile();
    const measured = await this.#measure(what, app, options);
    this.answered += measured.requests;
    if (this.#profiles === null) return measured;
    const file = join(
      this.#profiles,
      `${String(++this.#count).padStart(2, '0')}-${what.replace(/\W+/g, '-')}.cpuprofile`,
    );
    await app.stopProfile(file);
    this.#log([`  ${file}`, ...topFunctions(file)].join('\n  '));
    return measured;
  }

  /**
   * Loads Portolan, and beside it the bare server with the bytes that Portolan sends.
   * @param {string} what
   * @param {App} app
   * @param {Load & { samples?: readonly Request[] }} options samples: what the bare server answers; absent, the requests
   * @returns {Promise<Compared>}
   */
  async compare(what, app, { samples: all, ...options }) {
    const samples = spread(all ?? options.requests, SAMPLES_MAX);
    /** @type {Map<string, import('./bare.mjs').Recorded>} */
    const answers = new Map();
    for (const request of samples) {
      const answer = await record(app.url, request);
      if (!(options.statuses ?? [200]).includes(answer.status))
        throw new Error(`${what}: ${request.path} is answered with ${answer.status} ${answer.body.toString()}`);
      answers.set(request.path, answer);
    }
    await this.#bare.serve(answers);
    for (const request of spread(samples, COMPARED)) await this.#expectEqual(what, app, request);
    const bare = await this.#measure(`${what}, bare`, this.#bare, {
      ...options,
      requests: samples,
      once: false,
      seconds: Math.min(options.seconds, BARE_SECONDS_MAX),
    });
    const measured = await this.load(what, app, options);
    return {
      ...measured,
      bareRate: bare.rate,
      ofBare: measured.rate / bare.rate,
      ofBarePerCore: bare.cpuMs === null || measured.cpuMs === null ? null : bare.cpuMs / measured.cpuMs,
    };
  }

  /**
   * @param {string} what
   * @param {App} app
   * @param {Request} request
   */
  async #expectEqual(what, app, request) {
    // A change cannot be repeated.
    if (request.method === 'POST') return;
    const [ours, bares] = await Promise.all([record(app.url, request), record(this.#bare.url, request)]);
    if (ours.status === bares.status && ours.body.equals(bares.body)) return;
    throw new Error(`${what}: ${request.path}: the bare server does not send what Portolan sends`);
  }

  /**
   * @param {string} what
   * @param {{ url: string, pid: number | undefined }} server
   * @param {Load} options
   * @returns {Promise<Measured>}
   */
  async #measure(what, server, { requests, connections, seconds, once = false, statuses }) {
    const before = this.#cpu(server.pid);
    const outcome = await load({ url: server.url, requests, connections, seconds, once }, this.#signal);
    const after = this.#cpu(server.pid);
    expectAnswers(what, outcome, statuses);
    const cpu = before.server === null || after.server === null ? null : after.server - before.server;
    const each = (/** @type {number | null} */ seconds) =>
      seconds === null ? null : (seconds * 1_000) / outcome.requests;
    return {
      requests: outcome.requests,
      rate: outcome.requests / outcome.seconds,
      meanMs: outcome.meanMs,
      p50Ms: outcome.p50Ms,
      p99Ms: outcome.p99Ms,
      answerBytes: outcome.bytes / outcome.requests,
      cpuMs: each(cpu),
      databaseCpuMs: each(cpuBetween(before.database, after.database)),
    };
  }

  /** @param {number | undefined} pid */
  #cpu(pid) {
    return { server: cpuSeconds(pid), database: databaseCpu(this.#databasePid) };
  }
}

/**
 * So many of them, evenly.
 * @template T
 * @param {readonly T[]} items
 * @param {number} count
 * @returns {T[]}
 */
export function spread(items, count) {
  const step = Math.max(1, items.length / count);
  return items.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}
