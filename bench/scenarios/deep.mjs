import { read } from '../lib/bench.mjs';
import { atLeast, atMost, figure } from '../lib/figure.mjs';
import { nameOf, VERSIONS } from '../lib/many.mjs';
import { pageAfter } from '../lib/pages.mjs';
import { randomOf } from '../../test/support/random.mjs';

const CONNECTIONS = 16;
const SAMPLES = 50;

export const title = 'list, random deep pages, cold';

/** @param {import('../lib/bench.mjs').Bench} bench */
export async function run(bench) {
  const { place, count } = await bench.many();
  const { meter, sizes } = bench;
  const pages = deepPages(place, count, sizes.pages, 7);
  const samples = pages.splice(0, SAMPLES);
  const half = Math.floor(pages.length / 2);
  const load = { connections: CONNECTIONS, seconds: sizes.seconds };
  // Nothing comes before these, but each is another question: those who ask the same at one time would share an answer.
  const first = pages.map((_, index) => read(place, pageAfter(place.id, { name: '', version: String(index) })));
  return bench.withoutPages(async (api) => {
    await meter.load('deep, warming up', api, { ...load, requests: pages.slice(0, half), once: true });
    const firsts = await meter.compare('first page, cold', api, { ...load, requests: first, once: true });
    const deep = await meter.compare('deep', api, { ...load, requests: pages.slice(half), samples, once: true });
    return [
      figure(`list, first page, ${count} versions, cold`, firsts),
      figure(`list, random deep pages, ${count} versions, cold`, deep, [
        atLeast('answers/s', deep.rate, 2_500),
        atMost("p99 of the first page's", deep.p99Ms / firsts.p99Ms, 1.5),
      ]),
    ];
  });
}

/**
 * @param {import('../lib/bench.mjs').Place} place
 * @param {number} count versions of the registry
 * @param {number} pages
 * @param {number} seed
 */
export function deepPages(place, count, pages, seed) {
  const after = randomOf(seed).distinct(pages, count);
  return after.map((index) => {
    const version = VERSIONS[index % VERSIONS.length] ?? '';
    return read(place, pageAfter(place.id, { name: nameOf(Math.floor(index / VERSIONS.length)), version }));
  });
}
