// What mirrors cost, measured from outside: real processes, the embedded database, and an upstream that answers at once.
//   node bench/mirror.mjs [--versions 66000] [--registries 20] [--subscribers 100] [--requests 20000]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { behind, sizes, writes } from './mirror-database.mjs';
import { hammer, startPortolan, startUpstream, until } from './mirror-parts.mjs';

const CHANGES = 500;
const RUN_MS = 3_600_000;
// A process tells the statistics what it has done when it has been idle for so long.
const STATISTICS_MS = 11_000;
const ENDED = ['succeeded', 'failed', 'held', 'cancelled', 'refused', 'superseded'];

const { values } = parseArgs({
  options: {
    versions: { type: 'string', default: '66000' },
    /** Registries by which the disk is measured. */
    registries: { type: 'string', default: '20' },
    /** Registries that the changes go to. */
    subscribers: { type: 'string', default: '100' },
    requests: { type: 'string', default: '20000' },
  },
});
const [versions, registries, subscribers, requests] = [
  Number(values.versions),
  Number(values.registries),
  Number(values.subscribers),
  Number(values.requests),
];

/** @typedef {{ registry: string, path: string }} Mirror `path` of the mirror */

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    process.exit(1);
  });
const home = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
const upstream = await startUpstream();
const portolan = await startPortolan(home);
const database = new pg.Client({ connectionString: portolan.superuserUrl });
await database.connect();
try {
  await upstream.control('generate', { versions });
  const { id: upstreamId } = await portolan.call('POST', '/v0/upstreams', { name: 'bench', url: upstream.url });
  const first = await firstMirror(upstreamId);
  await unchanged(first);
  await reads(first, upstreamId);
  const mirrors = [first, ...(await manyRegistries(upstreamId))];
  await changes(mirrors, upstreamId);
} finally {
  await database.end();
  await portolan.stop();
  upstream.stop();
  rmSync(home, { recursive: true, force: true });
}

/** @param {string} upstreamId */
async function firstMirror(upstreamId) {
  const start = performance.now();
  const mirror = await subscribe('registry-0', upstreamId);
  report(`first full mirror of ${versions} versions`, await ended(await runOf(mirror, 'full')), start);
  const { api, worker } = portolan.peakBytes();
  console.log(`  peak memory: worker ${megabytes(worker)}, API ${megabytes(api)}`);
  return mirror;
}

/** @param {Mirror} mirror */
async function unchanged(mirror) {
  for (const mode of ['incremental', 'full']) {
    await wait(STATISTICS_MS);
    const before = await writes(database);
    await upstream.control('clearRequests');
    const start = performance.now();
    report(`${mode} run without changes`, await ended(await runOf(mirror, mode)), start);
    console.log(`  requests to the upstream: ${(await upstream.control('requests')).length}`);
    await wait(STATISTICS_MS);
    const after = await writes(database);
    const written = [...after].map(([table, rows]) => [table, rows - (before.get(table) ?? 0)]);
    const tables = written.filter(([table, rows]) => Number(rows) > 0 || table === 'server_version');
    console.log(`  rows written: ${tables.map(([table, rows]) => `${table} ${rows}`).join(', ')}`);
  }
}

/**
 * @param {Mirror} mirror
 * @param {string} upstreamId
 */
async function reads({ registry, path }, upstreamId) {
  const base = `/registries/${registry}/v0.1/servers`;
  /** @type {{ servers: { server: { name: string } }[] }} */
  const { servers } = await portolan.call('GET', `${base}?version=latest&limit=100`);
  const latest = servers.map(({ server }) => `${base}/${encodeURIComponent(server.name)}/versions/latest`);
  /** @type {[string, (index: number) => string][]} */
  const kinds = [
    ['first page of a list', () => base],
    ['versions/latest', (index) => latest[index % latest.length] ?? base],
  ];
  /** @type {[string, () => Promise<string | null>][]} */
  const loads = [
    ['quiet', () => Promise.resolve(null)],
    ['while a full run finds nothing', () => runOf({ registry, path }, 'full')],
    ['while another registry is filled', async () => runOf(await subscribe(`reads-${Date.now()}`, upstreamId), 'full')],
  ];
  for (const [load, begin] of loads)
    for (const [kind, pathOf] of kinds) {
      const run = await begin();
      let isOver = false;
      const over = run === null ? null : ended(run).finally(() => (isOver = true));
      const ask = (/** @type {number} */ index) => portolan.ask('GET', pathOf(index));
      console.log(`${kind}, ${load}: ${await hammer(ask, { requests, isEnough: () => isOver })}`);
      await over;
    }
}

/** @param {string} upstreamId */
async function manyRegistries(upstreamId) {
  const before = await sizes(database);
  const start = performance.now();
  const mirrors = await subscribeMany('registry', 1, registries, upstreamId);
  const count = mirrors.length;
  if (count === 0) return [];
  const seconds = (performance.now() - start) / 1_000;
  console.log(`${count} more registries: ${seconds.toFixed(1)} s, ${(seconds / count).toFixed(1)} s each`);
  const grown = [...(await sizes(database))].map(([table, parts]) => {
    const shares = [...parts].map(([part, bytes]) => ({
      part,
      bytes: (bytes - (before.get(table)?.get(part) ?? 0)) / count,
    }));
    return { table, parts: shares, bytes: shares.reduce((sum, { bytes }) => sum + bytes, 0) };
  });
  console.log(`  disk for each of them: ${megabytes(grown.reduce((sum, { bytes }) => sum + bytes, 0))}`);
  for (const { table, bytes, parts } of grown.sort(byBytes).filter(isWorthALine)) {
    const told = parts.sort(byBytes).filter(isWorthALine);
    console.log(
      `    ${table} ${megabytes(bytes)}: ${told.map((one) => `${one.part} ${megabytes(one.bytes)}`).join(', ')}`,
    );
  }
  return mirrors;
}

/**
 * @param {Mirror[]} mirrors
 * @param {string} upstreamId
 */
async function changes(mirrors, upstreamId) {
  const more = await subscribeMany('subscriber', mirrors.length, subscribers, upstreamId);
  const all = [...mirrors, ...more];
  const [{ since }] = (await database.query('select clock_timestamp()::text as since')).rows;
  await upstream.control('clearRequests');
  await upstream.control('touch', CHANGES);
  const start = performance.now();
  const [one] = all;
  if (one === undefined) return;
  const run = await ended(await runOf(one, 'incremental'));
  report(`${CHANGES} changed versions, the first registry`, run, start);
  const { rows: counts } = await database.query('select count(*)::integer as mirrors from mirror');
  await until('all mirrors show the changes', async () => (await behind(database, upstreamId)) === 0, RUN_MS);
  console.log(`  all ${counts[0]?.mirrors} registries: ${((performance.now() - start) / 1_000).toFixed(1)} s`);
  console.log(`  requests to the upstream: ${(await upstream.control('requests')).length}`);
  const { worker } = portolan.peakBytes();
  console.log(`  peak memory of the worker until now: ${megabytes(worker)}`);
  for (const { registry } of all) {
    const found = await countSince(registry, String(since));
    // Some are such that no registry takes them.
    if (found !== run.counts.changed) throw new Error(`${registry} shows ${found} of ${run.counts.changed} changes`);
  }
}

/**
 * How many versions a registry lists as changed since then.
 * @param {string} registry
 * @param {string} since as PostgreSQL writes it
 */
async function countSince(registry, since) {
  const query = `limit=100&updated_since=${encodeURIComponent(new Date(since).toISOString())}`;
  let count = 0;
  for (let cursor = ''; ;) {
    const path = `/registries/${registry}/v0.1/servers?${query}${cursor}`;
    const { metadata } = await portolan.call('GET', path);
    count += Number(metadata.count);
    if (metadata.nextCursor === undefined) return count;
    cursor = `&cursor=${encodeURIComponent(metadata.nextCursor)}`;
  }
}

/**
 * @param {string} registry
 * @param {string} upstreamId
 * @returns {Promise<Mirror>}
 */
async function subscribe(registry, upstreamId) {
  await portolan.call('POST', '/v0/registries', { name: registry });
  const path = `/v0/registries/${registry}/mirrors`;
  const { id } = await portolan.call('POST', path, { upstream_id: upstreamId, schedule: '1h' });
  return { registry, path: `${path}/${id}` };
}

/**
 * @param {string} prefix
 * @param {number} from
 * @param {number} to
 * @param {string} upstreamId
 */
async function subscribeMany(prefix, from, to, upstreamId) {
  /** @type {Mirror[]} */
  const mirrors = [];
  for (let i = from; i < to; i += 1) mirrors.push(await subscribe(`${prefix}-${i}`, upstreamId));
  await until('all mirrors are filled', async () => (await behind(database, upstreamId)) === 0, RUN_MS);
  return mirrors;
}

/**
 * Asks for a run, or takes the one that is under way because the mirror is new.
 * @param {Mirror} mirror
 * @param {string} mode
 * @returns {Promise<string>} path of the run
 */
async function runOf({ path }, mode) {
  const { status, headers, body } = await portolan.ask('POST', `${path}/runs`, { mode, dry_run: false });
  if (status === 202) return String(headers.location);
  if (status !== 409) throw new Error(`POST ${path}/runs: ${status} ${body.toString()}`);
  const { data } = await portolan.call('GET', `${path}/runs`);
  return `${path}/runs/${data[0].id}`;
}

/** @param {string} path of a run */
async function ended(path) {
  /** @type {any} */
  let run;
  const isOver = async () => ENDED.includes((run = await portolan.call('GET', path)).state);
  await until(path, isOver, RUN_MS);
  if (run.state !== 'succeeded') throw new Error(`${path}: ${JSON.stringify(run)}`);
  return run;
}

/**
 * @param {string} what
 * @param {any} run
 * @param {number} start
 */
function report(what, run, start) {
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  const counts = Object.entries(run.counts).filter(([, count]) => count !== 0);
  console.log(`${what}: ${seconds} s (reading ${run.reading_ms} ms, applying ${run.applying_ms} ms)`);
  console.log(`  ${counts.map(([name, count]) => `${name} ${String(count)}`).join(', ') || 'nothing fetched'}`);
}

/** @type {(a: { bytes: number }, b: { bytes: number }) => number} */
function byBytes(a, b) {
  return b.bytes - a.bytes;
}

/** @param {{ bytes: number }} one */
function isWorthALine({ bytes }) {
  return bytes > 50_000;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
