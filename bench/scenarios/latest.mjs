import { read } from '../lib/bench.mjs';
import { atLeast, figure } from '../lib/figure.mjs';
import { latestOf } from '../lib/pages.mjs';
import { randomOf } from '../../test/support/random.mjs';

const CONNECTIONS = 16;
const ROUNDS = 3;
// All of them have to be asked for, also on a busy machine.
const COLD_TIMES = 10;

export const title = 'versions/latest of names at random, cold, then warm';

/** @param {import('../lib/bench.mjs').Bench} bench */
export async function run(bench) {
  const { place, versions } = await bench.official();
  const names = versions.filter((one) => one.isLatest).map((one) => one.name);
  const order = randomOf(5).distinct(bench.sizes.names, names.length);
  const requests = order.map((index) => read(place, latestOf(names[index] ?? '')));
  // What the bare server answers has been asked for before, and is left out where everything is to be cold.
  const samples = requests.splice(0, Math.ceil(requests.length / 100));
  const { api, meter, sizes } = bench;
  const once = { requests, samples, connections: CONNECTIONS, once: true };
  const cold = await meter.compare('latest, cold', api, { ...once, seconds: sizes.seconds * COLD_TIMES });
  // At random once more: in the order of before, a memory that is a little too small would have just lost each of them.
  const random = randomOf(6);
  const again = Array.from({ length: ROUNDS * requests.length }, () => random.of(requests));
  const warm = await meter.compare('latest, warm', api, {
    ...once,
    requests: again,
    samples,
    once: false,
    seconds: sizes.seconds,
  });
  return [
    figure(`versions/latest, ${requests.length} of ${names.length} names, cold`, cold),
    figure(`versions/latest, the same, warm`, warm, [atLeast('of bare', warm.ofBare, 0.5)]),
  ];
}
