import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const USAGE = `usage: node tools/publish-snapshot.mjs <snapshot.json[.gz]> <url> <registry> <token>

Publishes every version of a snapshot ({"servers":[{server,_meta}]}) in the order of its publishedAt into a new
registry, then reads everything back by cursor and compares: each accepted row once, in the byte order of name and
version, with the snapshot's isLatest for each server whose rows were all accepted.`;

const OFFICIAL = 'io.modelcontextprotocol.registry/official';
const LIMITS = [1, 30, 100];

/**
 * @typedef {{ server: { name: string, version: string }, _meta: Record<string, { publishedAt: string, isLatest: boolean }> }} Row
 */

const [file, url, registry, token] = process.argv.slice(2);
if (!file || !url || !registry || !token) {
  console.error(USAGE);
  process.exit(2);
}
const base = `${url.replace(/\/+$/, '')}/registries/${registry}/v0.1`;
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };

/** @returns {Row[]} */
function readSnapshot() {
  const bytes = readFileSync(String(file));
  return JSON.parse((String(file).endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()).servers;
}

/** @param {Row} row */
const official = (row) => row._meta[OFFICIAL] ?? { publishedAt: '', isLatest: false };
/** @param {Row} row */
const key = (row) => `${row.server.name}@${row.server.version}`;

async function createRegistry() {
  const answer = await fetch(`${url}/v0/registries`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: registry }),
  });
  if (answer.status !== 201) throw new Error(`registry ${registry}: ${answer.status} ${await answer.text()}`);
}

/**
 * @param {readonly Row[]} rows
 * @returns {Promise<Row[]>} the refused ones
 */
async function publishAll(rows) {
  const refused = [];
  const startedMs = performance.now();
  for (const row of rows) {
    const answer = await fetch(`${base}/publish`, { method: 'POST', headers, body: JSON.stringify(row.server) });
    const text = await answer.text();
    if (answer.status === 200) continue;
    refused.push(row);
    console.log(`refused ${key(row)}: ${answer.status} ${await reason(row, text)}`);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const accepted = rows.length - refused.length;
  console.log(
    `${accepted} of ${rows.length} accepted, one after the other, in ${seconds.toFixed(1)} s: ${(rows.length / seconds).toFixed(0)}/s`,
  );
  return refused;
}

/**
 * @param {Row} row
 * @param {string} text
 */
async function reason(row, text) {
  const { detail, errors } = JSON.parse(text);
  if (errors)
    return errors
      .map((/** @type {{ location?: string, message: string }} */ e) => `${e.location ?? ''} ${e.message}`)
      .join('; ');
  const answer = await fetch(`${base}/validate`, { method: 'POST', headers, body: JSON.stringify(row.server) });
  const { issues } = /** @type {{ issues: { severity: string, path: string, message: string }[] }} */ (
    await answer.json()
  );
  const found = issues.filter((issue) => issue.severity === 'error');
  return `${detail} (${found.map((i) => `${i.path}: ${i.message}`).join('; ')})`;
}

/** @param {number} limit */
async function readBack(limit) {
  /** @type {Row[]} */
  const rows = [];
  let cursor = '';
  do {
    const answer = await fetch(`${base}/servers?limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`, {
      headers,
    });
    if (answer.status !== 200) throw new Error(`list: ${answer.status} ${await answer.text()}`);
    const { servers, metadata } = /** @type {{ servers: Row[], metadata: { nextCursor?: string } }} */ (
      await answer.json()
    );
    if (servers.length === 0 && metadata.nextCursor) throw new Error('an empty page with a cursor');
    rows.push(...servers);
    cursor = metadata.nextCursor ?? '';
  } while (cursor !== '');
  return rows;
}

/**
 * @param {readonly Row[]} wanted in byte order
 * @param {readonly Row[]} got
 * @param {ReadonlySet<string>} incomplete names some of whose rows were refused
 */
function differences(wanted, got, incomplete) {
  const found = [];
  if (wanted.length !== got.length) found.push(`${got.length} rows instead of ${wanted.length}`);
  wanted.forEach((row, index) => {
    const other = got[index];
    if (!other || key(row) !== key(other))
      found.push(`row ${index} is ${other ? key(other) : 'missing'}, not ${key(row)}`);
    else if (!incomplete.has(row.server.name) && official(row).isLatest !== official(other).isLatest)
      found.push(`${key(row)}: isLatest ${official(other).isLatest}`);
  });
  return found;
}

const snapshot = readSnapshot();
await createRegistry();
const refused = await publishAll(
  [...snapshot].sort((a, b) => compare(official(a).publishedAt, official(b).publishedAt)),
);
const refusedKeys = new Set(refused.map(key));
const incomplete = new Set(refused.map((row) => row.server.name));
const wanted = snapshot
  .filter((row) => !refusedKeys.has(key(row)))
  .sort(
    (a, b) =>
      Buffer.compare(Buffer.from(a.server.name), Buffer.from(b.server.name)) ||
      Buffer.compare(Buffer.from(a.server.version), Buffer.from(b.server.version)),
  );
let failures = 0;
for (const limit of LIMITS) {
  const startedMs = performance.now();
  const got = await readBack(limit);
  const found = differences(wanted, got, incomplete);
  failures += found.length;
  console.log(
    `limit ${limit}: ${got.length} rows in ${((performance.now() - startedMs) / 1000).toFixed(1)} s, ${found.length} differences`,
  );
  for (const line of found.slice(0, 20)) console.log(`  ${line}`);
}
process.exitCode = failures === 0 ? 0 : 1;

/**
 * @param {string} a
 * @param {string} b
 */
function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
