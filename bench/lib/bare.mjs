import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('bare-server.mjs', import.meta.url));
// The server writes these itself.
const OWN_HEADERS = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding']);

/**
 * @typedef {import('./load.mjs').Request} Request
 * @typedef {{ status: number, headers: Record<string, string>, body: Buffer }} Recorded
 * @typedef {object} Bare
 * @property {string} url
 * @property {number | undefined} pid
 * @property {(answers: ReadonlyMap<string, Recorded>) => Promise<void>} serve these from now on, by path
 * @property {() => void} stop
 */

/** @returns {Promise<Bare>} */
export async function startBare() {
  const child = fork(SCRIPT, { serialization: 'advanced' });
  const [port] = await once(child, 'message');
  return {
    url: `http://127.0.0.1:${Number(port)}`,
    pid: child.pid,
    serve: async (answers) => {
      child.send(answers);
      await once(child, 'message');
    },
    stop: () => {
      child.disconnect();
    },
  };
}

/**
 * @param {string} url origin
 * @param {Request} request
 * @returns {Promise<Recorded>} with all headers that the server does not write itself
 */
export async function record(url, { method = 'GET', path, headers = {}, body }) {
  // As the load generator asks, which names no encoding.
  const plain = { 'accept-encoding': 'identity', ...headers };
  const answer = await fetch(url + path, { method, headers: plain, ...(body === undefined ? {} : { body }) });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const kept = [...answer.headers].filter(([name]) => !OWN_HEADERS.has(name));
  return { status: answer.status, headers: Object.fromEntries(kept), body: bytes };
}
