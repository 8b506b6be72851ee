// Loaded into the API by --import: starts and stops a CPU profile when the benchmark asks for it.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

const SAMPLE_MICROSECONDS = 500;
const session = new Session();
session.connect();

process.on('message', (/** @type {{ type?: string, file?: string }} */ { type, file = '' }) => {
  if (type === 'bench.profile.start') void start();
  if (type === 'bench.profile.stop') void stop(file);
});

async function start() {
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
  await session.post('Profiler.start');
  process.send?.({ type: 'bench.profile.started' });
}

/** @param {string} file */
async function stop(file) {
  const { profile } = await session.post('Profiler.stop');
  writeFileSync(file, JSON.stringify(profile));
  process.send?.({ type: 'bench.profile.stopped' });
}
