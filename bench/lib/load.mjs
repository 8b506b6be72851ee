import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('load-process.mjs', import.meta.url));

/**
 * @typedef {{ method?: 'GET' | 'POST', path: string, headers?: Record<string, string>, body?: string }} Request
 *
 * @typedef {object} Job
 * @property {string} url origin of the server
 * @property {readonly Request[]} requests asked for in this order, shared out among the connections
 * @property {number} connections each asks for one thing after the other
 * @property {number} seconds the longest it may take
 * @property {boolean} once true: each request once, false: again and again
 *
 * @typedef {object} Outcome
 * @property {number} requests answered
 * @property {number} seconds from the first request to the last answer
 * @property {number} meanMs
 * @property {number} p50Ms
 * @property {number} p99Ms
 * @property {number} bytes received, with headers
 * @property {Record<string, number>} statuses how often each was answered
 * @property {number} failures connections that broke, requests that were not answered in time
 */

/**
 * @param {Job} job
 * @param {AbortSignal} signal
 * @returns {Promise<Outcome>}
 */
export function load(job, signal) {
  return new Promise((resolve, reject) => {
    const child = fork(SCRIPT, { serialization: 'advanced', signal });
    child.once('error', reject);
    child.once('message', (/** @type {{ outcome?: Outcome, error?: string }} */ { outcome, error }) => {
      if (outcome) resolve(outcome);
      else reject(new Error(error));
    });
    child.once('exit', (code) => {
      reject(new Error(`the load generator ended with ${code}`));
    });
    child.send(job);
  });
}

/**
 * A benchmark of errors is worth nothing.
 * @param {string} what
 * @param {Outcome} outcome
 * @param {readonly number[]} [expected] statuses
 */
export function expectAnswers(what, { requests, statuses, failures }, expected = [200]) {
  const wrong = Object.keys(statuses).filter((status) => !expected.includes(Number(status)));
  if (requests > 0 && failures === 0 && wrong.length === 0) return;
  throw new Error(
    `${what}: ${JSON.stringify(statuses)} and ${failures} failures; expected ${expected.join(' or ')} only`,
  );
}
