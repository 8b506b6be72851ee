import { read } from '../lib/bench.mjs';
import { atMost, figure, value } from '../lib/figure.mjs';
import { nameOf, ownerOf, VERSIONS } from '../lib/many.mjs';
import { searchFor } from '../lib/pages.mjs';
import { randomOf } from '../../test/support/random.mjs';
import { deepPages } from './deep.mjs';
import { publications } from './publish.mjs';

const MOST = 1.3;
const ROUNDS = 2;
/** Before the first size longer: of code that has not been compiled well yet it is the compiling that is measured. */
const WARM_UP_SECONDS = [5, 1];

export const title = 'growth: the cost of list, get, search and publish';

/** @typedef {'list' | 'get' | 'search' | 'publish'} Kind */

/** @param {import('../lib/bench.mjs').Bench} bench */
export async function run(bench) {
  /** @type {Record<Kind, number[]>} the best median of each size */
  const medians = { list: [], get: [], search: [], publish: [] };
  const figures = [];
  // One process for all sizes: each would spend another time on compiling what it runs.
  await bench.withoutPages(async (api) => {
    for (const [step, size] of bench.sizes.growth.entries()) {
      const { place } = await bench.many(size);
      for (const [kind, measured] of await measure(bench, api, place, size, step)) {
        figures.push(figure(`${kind}, ${size} versions, one connection, cold`, measured));
        medians[kind].push(measured.p50Ms);
      }
    }
  });
  for (const [kind, found] of Object.entries(medians)) {
    const ratio = Math.max(...found) / Math.min(...found);
    const goal = atMost('highest of lowest', ratio, MOST);
    figures.push(value(`growth of ${kind}`, found.map((time) => `${time.toFixed(2)} ms`).join(', '), [goal]));
  }
  figures.push(value('disk of the largest', await diskOf(bench)));
  return figures;
}

/**
 * @param {import('../lib/bench.mjs').Bench} bench
 * @returns {Promise<string>} while nothing else is in the database
 */
async function diskOf({ client }) {
  const { rows } = await client.query(
    `select relname, pg_total_relation_size(oid)::float8 as bytes from pg_class
     where oid = any (array['document', 'server_version', 'server_name']::regclass[]) order by relname`,
  );
  return rows.map(({ relname, bytes }) => `${String(relname)} ${Math.round(Number(bytes) / 1e6)} MB`).join(', ');
}

/**
 * The best of some rounds, the first of which warms up.
 * @param {import('../lib/bench.mjs').Bench} bench
 * @param {import('../lib/bench.mjs').App} api
 * @param {import('../lib/bench.mjs').Place} place
 * @param {number} size
 * @param {number} step of the growth
 */
async function measure({ meter, sizes }, api, place, size, step) {
  const count = Math.min(500, size);
  /** @type {Map<Kind, import('../lib/meter.mjs').Measured>} */
  const best = new Map();
  for (let round = 0; round <= ROUNDS; round += 1) {
    const seed = 100 * step + round;
    const servers = randomOf(seed).distinct(count, Math.floor(size / VERSIONS.length));
    /** @type {[Kind, import('../lib/load.mjs').Request[]][]} */
    const kinds = [
      ['list', deepPages(place, size, count, seed)],
      ['get', servers.map((one) => read(place, `/servers/${encodeURIComponent(nameOf(one))}/versions/1.0.0`))],
      ['search', servers.map((one) => read(place, searchFor(`${ownerOf(one)}/`)))],
      ['publish', publications(place, `g${seed}-`, Math.ceil(count / 5))],
    ];
    for (const [kind, requests] of kinds) {
      // What is published cannot be published again.
      const isWarmingUp = round === 0 && kind !== 'publish';
      const seconds = isWarmingUp ? Math.min(WARM_UP_SECONDS[step] ?? 1, sizes.seconds) : sizes.seconds;
      const load = { requests, connections: 1, once: !isWarmingUp, seconds };
      const measured = await meter.load(`growth, ${kind}, ${size}`, api, load);
      if (round > 0 && measured.p50Ms < (best.get(kind)?.p50Ms ?? Infinity)) best.set(kind, measured);
    }
  }
  return best;
}
