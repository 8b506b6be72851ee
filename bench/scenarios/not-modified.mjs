import { record } from '../lib/bare.mjs';
import { read } from '../lib/bench.mjs';
import { atLeast, figure } from '../lib/figure.mjs';
import { pageAfter } from '../lib/pages.mjs';
import { randomOf } from '../../test/support/random.mjs';

const CONNECTIONS = 16;
const PAGES = 100;

export const title = 'If-None-Match';

/** @param {import('../lib/bench.mjs').Bench} bench */
export async function run(bench) {
  const { place, versions } = await bench.official();
  const requests = [];
  for (const index of randomOf(3).distinct(PAGES, versions.length - 1)) {
    const one = versions[index];
    if (one === undefined) continue;
    const path = pageAfter(place.id, one);
    const { headers } = await record(bench.api.url, read(place, path));
    requests.push(read(place, path, { 'if-none-match': String(headers.etag) }));
  }
  const load = { requests, connections: CONNECTIONS, seconds: bench.sizes.seconds, statuses: [304] };
  const measured = await bench.meter.compare('not modified', bench.api, load);
  return [
    figure(`If-None-Match, ${PAGES} pages of ${versions.length} versions: 304`, measured, [
      atLeast('of bare', measured.ofBare, 0.6),
    ]),
  ];
}
