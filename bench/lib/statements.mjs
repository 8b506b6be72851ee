import pg from 'pg';
import { built } from './versions.mjs';

/**
 * How long the application's own statement for the first page of a search takes, as its client sees it.
 * @param {import('./bench.mjs').Bench} bench
 * @param {import('./bench.mjs').Place} place
 * @param {readonly string[]} texts that are searched for, one after the other
 * @returns {Promise<{ p50Ms: number, p99Ms: number, rows: number }>} rows: the most that was found
 */
export async function timeSearches({ portolan }, place, texts) {
  const { listServersSql } = built('catalogue/src/index.js');
  const { toSql } = built('db/src/index.js');
  const client = new pg.Client({ connectionString: portolan.appUrl });
  await client.connect();
  /** @type {number[]} */
  const times = [];
  let most = 0;
  try {
    for (const search of texts) {
      const filters = { search, version: null, updatedSince: null, includeDeleted: null };
      const { text, values } = toSql(listServersSql({ registryId: place.id, limit: 30, filters, after: null }));
      await client.query('begin read only');
      await client.query(`select set_config('app.org_id', $1, true)`, [place.orgId]);
      const start = performance.now();
      const { rows } = await client.query({ name: 'search', text, values });
      times.push(performance.now() - start);
      await client.query('commit');
      most = Math.max(most, rows.length);
    }
  } finally {
    await client.end();
  }
  times.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => times[Math.floor((times.length - 1) * share)] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99), rows: most };
}
