import { read } from '../lib/bench.mjs';
import { atLeast, figure } from '../lib/figure.mjs';
import { pageAfter } from '../lib/pages.mjs';
import { randomOf } from '../../test/support/random.mjs';

const CONNECTIONS = 16;
const LIMITS = [30, 29, 28, 27, 26];
const SAMPLES = 50;

export const title = 'organizations with one registry each, requests spread evenly, cold';

/** @param {import('../lib/bench.mjs').Bench} bench */
export async function run(bench) {
  const { meter, sizes } = bench;
  const { versions: all } = await bench.official();
  const versions = all.slice(0, sizes.shared);
  const places = await bench.organizations(sizes.organizations, versions);
  const load = { connections: CONNECTIONS, seconds: sizes.seconds, once: true };
  return bench.withoutPages(async (api) => {
    const pagesOf = (/** @type {import('../lib/bench.mjs').Place} */ place, /** @type {number[]} */ numbers) =>
      numbers.map((number) => {
        const after = versions[number % versions.length];
        if (after === undefined) throw new Error('there is no version');
        return read(place, pageAfter(place.id, after, LIMITS[number % LIMITS.length]));
      });
    const one = places[0];
    if (one === undefined) throw new Error('there is no organization');
    const numbers = randomOf(13).distinct(sizes.pages / 2, versions.length * LIMITS.length);
    const ofOne = pagesOf(one, numbers);
    const ofAll = numbers.map((number, index) => {
      const place = places[index % places.length] ?? one;
      return pagesOf(place, [number])[0] ?? read(place, '/servers');
    });
    const warmUp = pagesOf(one, randomOf(17).distinct(sizes.pages / 4, versions.length));
    await meter.load('organizations, warming up', api, { ...load, requests: warmUp });
    const alone = await meter.compare('one organization', api, {
      ...load,
      requests: ofOne,
      samples: warmUp.slice(0, SAMPLES),
    });
    // The one's caller is known, too: to look a credential up costs several times a page, once in a minute.
    const firsts = await meter.load('first reads', api, {
      ...load,
      requests: places.flatMap((place) => pagesOf(place, [0])),
    });
    const many = await meter.compare('organizations', api, {
      ...load,
      requests: ofAll,
      samples: ofAll.slice(0, SAMPLES),
    });
    const data = `${versions.length} versions`;
    return [
      figure(`list, one organization of ${places.length}, ${data}, cold`, alone),
      figure(`list, the first read of each of ${places.length} callers`, firsts),
      figure(`list, all ${places.length} organizations, ${data} each, cold`, many, [
        atLeast("of one organization's", many.rate / alone.rate, 0.8),
      ]),
    ];
  });
}
