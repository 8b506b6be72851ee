import { read } from '../lib/bench.mjs';
import { atMost, figure } from '../lib/figure.mjs';
import { COMMON, EVERYWHERE, missingOf, nameOf, ownerOf, VERSIONS } from '../lib/many.mjs';
import { searchFor } from '../lib/pages.mjs';
import { randomOf } from '../../test/support/random.mjs';
import { timeSearches } from '../lib/statements.mjs';

const CONNECTIONS = 16;
const SAMPLES = 50;
const MOST_MS = 10;
const PAGE_ROWS = 31;

export const title = 'search: common, rare, missing';

/** @param {import('../lib/bench.mjs').Bench} bench */
export async function run(bench) {
  const { place, count } = await bench.many();
  const { meter, sizes } = bench;
  const servers = randomOf(11).distinct(sizes.pages, Math.floor(count / VERSIONS.length));
  /** @type {{ kind: string, texts: string[], rows: [least: number, most: number], bounded: boolean }[]} */
  const kinds = [
    // Other cases are other questions, so that nothing is asked for twice.
    { kind: 'in every name', texts: casesOf(EVERYWHERE), rows: [PAGE_ROWS, PAGE_ROWS], bounded: false },
    { kind: 'common', texts: casesOf(COMMON), rows: [PAGE_ROWS, PAGE_ROWS], bounded: false },
    { kind: 'rare', texts: servers.map((one) => `${ownerOf(one)}/`), rows: [1, VERSIONS.length], bounded: true },
    { kind: 'missing', texts: servers.map((one) => missingOf(one)), rows: [0, 0], bounded: true },
    { kind: 'whole name', texts: servers.map((one) => nameOf(one)), rows: [1, VERSIONS.length], bounded: false },
  ];
  return bench.withoutPages(async (api) => {
    const figures = [];
    for (const { kind, texts, rows, bounded } of kinds) {
      const times = await timeSearches(bench, place, repeated(texts, sizes.statements));
      if (times.rows < rows[0] || times.rows > rows[1]) throw new Error(`${kind}: ${times.rows} rows were found`);
      const what = `search, ${kind}, ${count} versions`;
      const goals = bounded ? [atMost('p99', times.p99Ms, MOST_MS, ' ms')] : [];
      figures.push(figure(`${what}, in the database`, { p50Ms: times.p50Ms, p99Ms: times.p99Ms }, goals));
      const requests = texts.map((text) => read(place, searchFor(text)));
      const samples = requests.slice(0, SAMPLES);
      const load = { requests, samples, connections: CONNECTIONS, seconds: sizes.seconds / 2 };
      figures.push(figure(`${what}, cold`, await meter.compare(what, api, load)));
    }
    return figures;
  });
}

/**
 * Each way to write a word in upper and lower case.
 * @param {string} word
 */
function casesOf(word) {
  const ways = Array.from({ length: 2 ** word.length }, (_, bits) =>
    [...word].map((letter, place) => ((bits >> place) & 1 ? letter.toUpperCase() : letter)).join(''),
  );
  return [...new Set(ways)];
}

/**
 * @param {readonly string[]} texts
 * @param {number} count
 */
function repeated(texts, count) {
  return Array.from({ length: count }, (_, index) => texts[index % texts.length] ?? '');
}
