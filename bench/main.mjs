import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { StopLine } from '../tools/launcher/stop-line.mjs';
import { startBare } from './lib/bare.mjs';
import { Bench, FULL, QUICK } from './lib/bench.mjs';
import { Filler } from './lib/fill.mjs';
import { Meter } from './lib/meter.mjs';
import { startPortolan } from './lib/portolan.mjs';
import { describeRun, loadOfMachine, saveResults, table } from './lib/report.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
// In this order: the registry grows while nothing else is in the database, and the memory is looked at in the end.
const SCENARIOS = [
  ...['start-up', 'growth', 'deep', 'search', 'list', 'not-modified', 'latest', 'organizations', 'publish'],
  ...['mirror', 'memory'],
];

/**
 * @typedef {import('./lib/figure.mjs').Figure} Figure
 * @typedef {{ quick: boolean, only: string[], out: string | undefined, snapshot: string | undefined, profile: boolean }} Options
 */

/** @returns {Options} */
function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      out: { type: 'string' },
      snapshot: { type: 'string' },
      profile: { type: 'boolean', default: false },
    },
  });
  const { quick, out, snapshot, profile } = values;
  const only = values.only?.split(',') ?? SCENARIOS;
  for (const name of only)
    if (!SCENARIOS.includes(name))
      throw new StopLine(`there is no scenario ${name}; expected some of ${SCENARIOS.join(', ')}`);
  if (snapshot !== undefined && !existsSync(snapshot)) throw new StopLine(`there is no file ${snapshot}`);
  return { quick, only, out, snapshot, profile };
}

/**
 * @param {{ signal: AbortSignal, fail: (error: unknown) => void, log: (line: string) => void }} runtime
 * @returns {Promise<number>} exit code: 1 when a scenario failed; a goal that is not met is no failure
 */
export async function main({ signal, fail, log }) {
  const options = readOptions();
  const profiles = options.profile ? join(HERE, 'results', 'profiles') : null;
  if (profiles !== null) mkdirSync(profiles, { recursive: true });
  const loadBefore = loadOfMachine();
  const startedAt = performance.now();
  const home = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
  /** @type {(() => unknown)[]} */
  const cleanups = [
    () => {
      rmSync(home, { recursive: true, force: true });
    },
  ];
  try {
    log('Starting an empty Portolan...');
    const portolan = await startPortolan({ home, profile: options.profile, log, signal, fail });
    cleanups.push(() => portolan.stop());
    const bare = await startBare();
    cleanups.push(() => {
      bare.stop();
    });
    const client = new pg.Client({ connectionString: portolan.superuserUrl });
    await client.connect();
    cleanups.push(() => client.end());
    const bench = new Bench({
      sizes: options.quick ? QUICK : FULL,
      snapshot: options.snapshot,
      portolan,
      api: await portolan.startApi(),
      meter: new Meter({ bare, databasePid: portolan.databasePid, signal, profiles, log }),
      client,
      filler: new Filler(client),
      log,
    });
    await portolan.startWorker();
    const { figures, failures } = await runAll(bench, options.only, signal);
    const about = await describeRun({
      bench,
      options,
      failures,
      loadBefore,
      seconds: (performance.now() - startedAt) / 1_000,
    });
    log(table(figures, about));
    const file = await saveResults({
      folder: join(HERE, 'results'),
      file: options.out && resolve(options.out),
      about,
      figures,
    });
    log(`\n${file}`);
    return failures.length === 0 ? 0 : 1;
  } finally {
    for (const cleanUp of cleanups.reverse()) await cleanUp();
  }
}

/**
 * @param {Bench} bench
 * @param {readonly string[]} only
 * @param {AbortSignal} signal
 * @returns {Promise<{ figures: Figure[], failures: { scenario: string, error: string }[] }>}
 */
async function runAll(bench, only, signal) {
  /** @type {Figure[]} */
  const figures = [];
  /** @type {{ scenario: string, error: string }[]} */
  const failures = [];
  for (const name of SCENARIOS.filter((one) => only.includes(one))) {
    signal.throwIfAborted();
    const { title, run } = await import(`./scenarios/${name}.mjs`);
    bench.log(`${name}: ${title}`);
    try {
      const found = await bench.timed(name, () => run(bench));
      figures.push(...found.map((/** @type {object} */ one) => ({ scenario: name, ...one })));
    } catch (error) {
      if (signal.aborted) throw error;
      const text = error instanceof Error ? error.message : String(error);
      bench.log(`  FAILED: ${text}`);
      failures.push({ scenario: name, error: text });
    }
  }
  return { figures, failures };
}
