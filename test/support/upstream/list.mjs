import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { drip, endlessPage, gzipBomb, LOGIN_PAGE, reset, sendBigPage, statusReply } from './faults.mjs';
import { poison } from './poison.mjs';
import { listReply, listRequest, pageOf, problem } from './reads.mjs';

/**
 * @typedef {import('node:http').ServerResponse} Outgoing
 * @typedef {import('./reads.mjs').Reply} Reply
 * @typedef {import('./row.mjs').Row} Row
 * @typedef {import('./faults.mjs').Options} Options
 * @typedef {(name: import('./faults.mjs').FaultName) => Options | null} Fault takes its turn of a fault
 */

/** The list of versions, with whatever faults are set. */
export class List {
  /** @type {Set<() => void>} what lets a request go on that is held */
  #held = new Set();
  /** How many pages the list that is being read has had. */
  #pages = 0;

  /**
   * @param {import('./faults.mjs').Faults} faults
   * @param {() => readonly Row[]} rows
   */
  constructor(faults, rows) {
    this.faults = faults;
    this.rows = rows;
  }

  get held() {
    return this.#held.size;
  }

  resume() {
    for (const go of this.#held) go();
  }

  /**
   * @param {Outgoing} response
   * @param {string} query
   * @returns {Promise<Reply | null>} null when it has answered by itself, or never will
   */
  async answer(response, query) {
    const cursor = new URLSearchParams(query).get('cursor') ?? '';
    this.#pages = cursor === '' ? 1 : this.#pages + 1;
    const page = this.#pages;
    /** @type {Fault} */
    const fault = (name) => this.faults.take(name, page);

    const delay = fault('delay');
    if (delay) await wait(Number(delay.ms));
    if (fault('pause_at_page')?.page === page) await this.#hold(response);
    const refused = fault('cursor_refused');
    if (refused && cursor !== '' && page > Number(refused.afterPages ?? 0)) return problem(400, 'Invalid cursor');
    return (
      replyInstead(response, fault) ??
      (tookOver(response, fault) ? null : spoilt(response, this.#page(query, fault), fault))
    );
  }

  /**
   * @param {string} query
   * @param {Fault} fault
   */
  #page(query, fault) {
    const wanted = listRequest(query);
    if ('text' in wanted) return wanted;
    if (fault('endless_cursor')) {
      const { texts, nextCursor } = endlessPage(wanted.cursor, wanted.limit);
      return listReply(texts, nextCursor);
    }
    const repeated = fault('repeated_cursor');
    const page = pageOf(this.rows(), repeated ? { ...wanted, cursor: '' } : wanted);
    const texts = page.rows.map((row) => row.text);
    // On the first page, wherever a list begins.
    const poisoned = wanted.cursor === '' ? fault('poison') : null;
    if (poisoned) scatter(texts, poison(/** @type {{ n?: number, kinds?: string[] }} */ (poisoned)));
    return listReply(texts, repeated ? (page.nextCursor ?? 'again:again') : page.nextCursor);
  }

  /** @param {Outgoing} response */
  #hold(response) {
    return new Promise((resolve) => {
      const go = () => {
        this.#held.delete(go);
        resolve(undefined);
      };
      this.#held.add(go);
      response.on('close', go);
    });
  }
}

/**
 * Another answer than a page.
 * @param {Outgoing} response
 * @param {Fault} fault
 * @returns {Reply | null}
 */
function replyInstead(response, fault) {
  const status = fault('status');
  if (status) return statusReply(status);
  const redirect = fault('login_redirect');
  if (redirect) {
    const login = `http://localhost:${response.socket?.localPort}/login`;
    const headers = { Location: /** @type {string | undefined} */ (redirect.Location) ?? login };
    return { status: 302, type: 'text/html', text: '', headers };
  }
  if (fault('login_page')) return { status: 200, type: 'text/html', text: LOGIN_PAGE };
  if (fault('not_json')) return { status: 200, type: 'application/json', text: 'upstream connect error' };
  if (fault('empty')) return listReply([], null);
  const crowd = fault('crowd');
  if (crowd)
    return listReply(
      Array.from({ length: Number(crowd.n) }, () => '{"server":{}}'),
      null,
    );
  const bomb = fault('gzip_bomb');
  return bomb ? inGzip(gzipBomb(bomb)) : null;
}

/**
 * What answers in a way of its own, or not at all.
 * @param {Outgoing} response
 * @param {Fault} fault
 */
function tookOver(response, fault) {
  if (fault('hang')) return true;
  const big = fault('big_page');
  const dripping = fault('drip');
  if (big) void sendBigPage(response, big);
  else if (dripping) drip(response, dripping);
  return big !== null || dripping !== null;
}

/**
 * A page that goes wrong on its way.
 * @param {Outgoing} response
 * @param {Reply} reply
 * @param {Fault} fault
 * @returns {Reply | null}
 */
function spoilt(response, reply, fault) {
  if (fault('reset')) {
    reset(response, Buffer.from(reply.text));
    return null;
  }
  if (fault('truncated_json')) return { ...reply, text: reply.text.slice(0, reply.text.length * 0.6) };
  return fault('gzip') ? inGzip(gzipSync(reply.text)) : reply;
}

/**
 * @param {Buffer} body
 * @returns {Reply}
 */
function inGzip(body) {
  return { status: 200, type: 'application/json', text: body, headers: { 'Content-Encoding': 'gzip' } };
}

/**
 * Puts them between the others, evenly.
 * @param {string[]} texts
 * @param {readonly string[]} more
 */
function scatter(texts, more) {
  const step = texts.length / more.length;
  for (const [i, text] of more.entries()) texts.splice(Math.floor(i * step) + i, 0, text);
}
