import { read } from '../lib/bench.mjs';
import { atLeast, figure } from '../lib/figure.mjs';

const CONNECTIONS = 16;

export const title = 'list, first page, bearer token, warm';

/** @param {import('../lib/bench.mjs').Bench} bench */
export async function run(bench) {
  const { place, versions } = await bench.official();
  const load = { requests: [read(place, '/servers')], connections: CONNECTIONS, seconds: bench.sizes.seconds };
  await bench.meter.load('list, warming up', bench.api, load);
  const measured = await bench.meter.compare('list', bench.api, load);
  return [
    figure(`list, first page, ${versions.length} versions, warm`, measured, [
      atLeast('of bare per core', measured.ofBarePerCore, 0.6),
    ]),
  ];
}
