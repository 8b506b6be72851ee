import { read } from '../lib/bench.mjs';
import { atLeast, figure } from '../lib/figure.mjs';
import { startUpstream } from '../mirror-parts.mjs';

const CONNECTIONS = 16;
const WINDOWS_MAX = 50;
const UNDER_WAY = ['waiting', 'running'];

export const title = 'reads during a full mirror run';

/** @param {import('../lib/bench.mjs').Bench} bench */
export async function run(bench) {
  const { place, versions } = await bench.official();
  const { api, meter, sizes } = bench;
  const load = { requests: [read(place, '/servers')], connections: CONNECTIONS, seconds: sizes.seconds };
  const upstream = await startUpstream();
  try {
    await bench.timed('generating the upstream', () => upstream.control('generate', { versions: versions.length }));
    const quiet = await meter.compare('reads, quiet', api, load);
    const path = await startRun(bench, upstream.url);
    const start = performance.now();
    const windows = [];
    let state = 'waiting';
    while (UNDER_WAY.includes(state) && windows.length < WINDOWS_MAX) {
      windows.push(await meter.load('reads during a run', api, load));
      ({ state } = (await bench.call('GET', path)).data[0]);
    }
    if (UNDER_WAY.includes(state)) throw new Error(`the run took more than ${windows.length} loads`);
    if (state !== 'succeeded') throw new Error(`the run ended as ${state}`);
    const seconds = ((performance.now() - start) / 1_000).toFixed(0);
    // In the last one the run has ended.
    if (windows.length > 1) windows.pop();
    const during = meanOf(windows);
    // The machine may have become faster or slower meanwhile.
    const again = await meter.load('reads, quiet again', api, load);
    const perCore = quiet.cpuMs === null || during.cpuMs === null ? null : quiet.cpuMs / during.cpuMs;
    const core = perCore === null ? '' : `; ${perCore.toFixed(2)} of it per core`;
    return [
      figure(`list, first page, quiet`, quiet),
      figure(`list, first page, while ${versions.length} versions are mirrored in ${seconds} s${core}`, during, [
        atLeast('of quiet', during.rate / ((quiet.rate + again.rate) / 2), 0.8),
      ]),
      figure(`list, first page, quiet again`, again),
    ];
  } finally {
    upstream.stop();
  }
}

/**
 * Has another registry mirror the upstream for the first time.
 * @param {import('../lib/bench.mjs').Bench} bench
 * @param {string} url of the upstream
 * @returns {Promise<string>} path of the runs
 */
async function startRun({ call }, url) {
  const { id: upstreamId } = await call('POST', '/v0/upstreams', { name: 'bench', url });
  await call('POST', '/v0/registries', { name: 'mirrored' });
  const mirrors = '/v0/registries/mirrored/mirrors';
  const { id } = await call('POST', mirrors, { upstream_id: upstreamId, schedule: '1h' });
  return `${mirrors}/${id}/runs`;
}

/**
 * @param {readonly import('../lib/meter.mjs').Measured[]} windows of the same length
 * @returns {import('../lib/meter.mjs').Measured} with the highest p99
 */
function meanOf(windows) {
  const mean = (/** @type {(one: import('../lib/meter.mjs').Measured) => number | null} */ of) => {
    const values = windows.map(of);
    return values.includes(null)
      ? null
      : values.reduce((/** @type {number} */ sum, one) => sum + (one ?? 0), 0) / windows.length;
  };
  return {
    requests: windows.reduce((sum, one) => sum + one.requests, 0),
    rate: mean((one) => one.rate) ?? 0,
    meanMs: mean((one) => one.meanMs) ?? 0,
    p50Ms: mean((one) => one.p50Ms) ?? 0,
    p99Ms: Math.max(...windows.map((one) => one.p99Ms)),
    answerBytes: mean((one) => one.answerBytes) ?? 0,
    cpuMs: mean((one) => one.cpuMs),
    databaseCpuMs: mean((one) => one.databaseCpuMs),
  };
}
