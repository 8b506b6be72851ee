// Loads one server; a process of its own, started by load.mjs.
import autocannon from 'autocannon';

/**
 * @typedef {import('./load.mjs').Job} Job
 * @typedef {import('./load.mjs').Outcome} Outcome
 */

const SAMPLE_MS = 200;
const TIMEOUT_SECONDS = 30;

process.once('message', (/** @type {Job} */ job) => {
  run(job).then(
    (outcome) => {
      answer({ outcome });
    },
    (/** @type {unknown} */ error) => {
      answer({ error: String(error) });
    },
  );
});

/** @param {{ outcome: Outcome } | { error: string }} message */
function answer(message) {
  process.send?.(message, () => {
    process.disconnect();
  });
}

/**
 * @param {Job} job
 * @returns {Promise<Outcome>}
 */
function run({ url, requests, connections, seconds, once }) {
  const clients = once ? Math.min(connections, requests.length) : connections;
  const lists = Array.from({ length: clients }, (_, i) =>
    requests.filter((_one, j) => j % clients === i % requests.length),
  );
  let client = 0;
  /** @type {number[]} */
  const times = [];
  /** @type {Record<string, number>} */
  const statuses = {};
  let bytes = 0;
  let startedAt = Infinity;
  let endedAt = 0;
  return new Promise((resolve, reject) => {
    const instance = autocannon(
      {
        url,
        connections: clients,
        ...(once ? { amount: requests.length } : { duration: seconds }),
        timeout: TIMEOUT_SECONDS,
        sampleInt: SAMPLE_MS,
        // Each connection asks for what is its own, so that nothing is asked for twice by the way.
        setupClient: (one) => {
          one.setRequests((lists[client++ % clients] ?? requests).map((request) => ({ ...request })));
        },
      },
      (error, result) => {
        clearTimeout(limit);
        if (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        times.sort((a, b) => a - b);
        const at = (/** @type {number} */ share) => times[Math.floor((times.length - 1) * share)] ?? 0;
        resolve({
          requests: times.length,
          seconds: (endedAt - startedAt) / 1_000,
          meanMs: times.reduce((sum, time) => sum + time, 0) / times.length,
          p50Ms: at(0.5),
          p99Ms: at(0.99),
          bytes,
          statuses,
          failures: result.errors + result.timeouts,
        });
      },
    );
    const limit = setTimeout(() => {
      instance.stop();
    }, seconds * 1_000);
    instance.on('response', (_client, status, size, time) => {
      endedAt = performance.now();
      startedAt = Math.min(startedAt, endedAt - time);
      times.push(time);
      statuses[status] = (statuses[status] ?? 0) + 1;
      bytes += size;
    });
  });
}
