import { setTimeout as wait } from 'node:timers/promises';
import { atMost, value } from '../lib/figure.mjs';
import { cpuSeconds, memory } from '../lib/processes.mjs';

const STARTS = 3;
const IDLE_MS = 3_000;
const READY_MS = 1_500;
const IDLE_MB = 180;

export const title = 'start-up and memory, empty';

/** @param {import('../lib/bench.mjs').Bench} bench */
export async function run({ portolan }) {
  /** @type {number[]} */
  const times = [];
  for (let i = 0; i < STARTS; i += 1) {
    const api = await portolan.startApi();
    times.push(api.readyMs);
    await api.stop();
  }
  times.sort((a, b) => a - b);
  const ready = times[Math.floor(STARTS / 2)] ?? 0;
  const idle = await portolan.startApi();
  const cpu = cpuSeconds(idle.pid);
  await wait(IDLE_MS);
  const used = memory(idle.pid);
  await idle.stop();
  return [
    value(
      'API ready after its start, median',
      `${ready.toFixed(0)} ms${cpu === null ? '' : `, ${cpu.toFixed(1)} s of CPU`}`,
      [atMost('ms', ready, READY_MS)],
    ),
    value('RSS of the idle API', used === null ? 'n/a' : `${used.rssMb.toFixed(0)} MB`, [
      atMost('MB', used?.rssMb ?? null, IDLE_MB),
    ]),
  ];
}
