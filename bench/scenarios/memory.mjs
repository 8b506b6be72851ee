import { atMost, value } from '../lib/figure.mjs';
import { memory } from '../lib/processes.mjs';

const LOADED_MB = 350;

export const title = 'memory after all that';

/** @param {import('../lib/bench.mjs').Bench} bench */
export function run({ api, meter }) {
  const used = memory(api.pid);
  const shown = used === null ? 'n/a' : `${used.rssMb.toFixed(0)} MB, at most ${used.peakMb.toFixed(0)} MB`;
  return Promise.resolve([
    value(`RSS of the API after ${meter.answered.toLocaleString('en')} answers`, shown, [
      atMost('MB', used?.rssMb ?? null, LOADED_MB),
    ]),
  ]);
}
