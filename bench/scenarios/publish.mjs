import { publication } from '../lib/bench.mjs';
import { atMost, figure } from '../lib/figure.mjs';

const CLIENTS = 16;
const MOST_MS = 50;
// A third of what is published is new; the rest are further versions of it.
const VERSIONS = ['1.0.0', '1.0.1', '1.1.0'];

export const title = 'publish, 1 and 16 clients';

/** @param {import('../lib/bench.mjs').Bench} bench */
export async function run(bench) {
  const { place, versions } = await bench.official();
  const { api, meter, sizes } = bench;
  const load = { once: true, seconds: sizes.seconds };
  const requests = (/** @type {string} */ label) => publications(place, label, sizes.publications);
  await meter.load('publish, warming up', api, { ...load, connections: CLIENTS, seconds: 1, requests: requests('w') });
  const figures = [];
  for (const clients of [1, CLIENTS]) {
    const all = requests(`c${clients}-`);
    const samples = all.splice(0, 1);
    const what = `publish, ${clients} client${clients === 1 ? '' : 's'}, ${versions.length} versions`;
    const measured = await meter.compare(what, api, { ...load, connections: clients, requests: all, samples });
    figures.push(figure(what, measured, clients === 1 ? [] : [atMost('p99', measured.p99Ms, MOST_MS, ' ms')]));
  }
  return figures;
}

/**
 * @param {import('../lib/bench.mjs').Place} place
 * @param {string} label no two calls have the same
 * @param {number} count
 */
export function publications(place, label, count) {
  return Array.from({ length: count }, (_, index) => {
    const server = Math.floor(index / VERSIONS.length);
    const name = `com.example.${label}${server}/published`;
    const version = VERSIONS[index % VERSIONS.length];
    return publication(place, {
      $schema: 'https://static.modelcontextprotocol.io/schemas/2025-10-17/server.schema.json',
      name,
      description: `Published by the benchmark, server ${server}`,
      repository: { url: `https://github.com/example/${label}${server}`, source: 'github' },
      version,
      remotes: [{ type: 'streamable-http', url: `https://${label}${server}.example.com/mcp` }],
    });
  });
}
