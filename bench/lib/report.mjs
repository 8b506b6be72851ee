import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { ROOT } from '../../tools/launcher/checkout.mjs';
import { RAISED_LIMITS } from './portolan.mjs';

/**
 * @typedef {import('./figure.mjs').Figure} Figure
 * @typedef {Awaited<ReturnType<typeof describeRun>>} About
 */

const QUIET_LOAD = 0.5;

/** How many processes wanted a core in the last minute. */
export function loadOfMachine() {
  return loadavg()[0] ?? 0;
}

/**
 * @param {object} parts
 * @param {import('./bench.mjs').Bench} parts.bench
 * @param {import('../main.mjs').Options} parts.options
 * @param {{ scenario: string, error: string }[]} parts.failures
 * @param {number} parts.loadBefore of the machine
 * @param {number} parts.seconds
 */
export async function describeRun({ bench, options, failures, loadBefore, seconds }) {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const { rows } = await bench.client.query(
    `select current_setting('server_version') as version, current_setting('shared_buffers') as shared_buffers,
            pg_database_size(current_database())::float8 as bytes`,
  );
  const [database] = rows;
  return {
    at: new Date().toISOString(),
    portolan: { version, commit: git('rev-parse', 'HEAD'), changed: git('status', '--porcelain', '-uno') !== '' },
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memory_gb: Math.round(totalmem() / 1e9),
      load_before: loadBefore,
      system: `${platform()} ${release()} ${arch()}`,
    },
    versions: {
      node: process.versions.node,
      postgresql: String(database?.version),
      autocannon: createRequire(import.meta.url)('autocannon/package.json').version,
    },
    settings: { ...RAISED_LIMITS, shared_buffers: String(database?.shared_buffers) },
    data: {
      ...bench.made,
      database_mb: Math.round(Number(database?.bytes) / 1e6),
      snapshot: options.snapshot !== undefined,
    },
    quick: options.quick,
    profiled: options.profile,
    seconds: Math.round(seconds),
    failures,
  };
}

/** @param {readonly string[]} args */
function git(...args) {
  try {
    return execFileSync('git', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    // An unpacked archive has no history.
    return 'unknown';
  }
}

/**
 * @param {{ folder: string, file: string | undefined, about: About, figures: readonly Figure[] }} options
 * @returns {Promise<string>} path of the file
 */
export async function saveResults({ folder, file, about, figures }) {
  const kind = about.quick ? '-quick' : '';
  const path = file ?? join(folder, `${about.at.slice(0, 10)}-${about.portolan.commit.slice(0, 7)}${kind}.json`);
  mkdirSync(dirname(path), { recursive: true });
  const text = JSON.stringify({ ...about, figures }, (_key, one) =>
    typeof one === 'number' ? Number(one.toPrecision(6)) : one,
  );
  writeFileSync(path, await format(text, { ...(await resolveConfig(join(ROOT, 'package.json'))), parser: 'json' }));
  return path;
}

const HEADER = ['', 'per second', 'p50 ms', 'p99 ms', 'CPU ms', 'DB CPU ms', 'of bare', 'per core', 'goal', ''];

/**
 * @param {readonly Figure[]} figures
 * @param {About} about
 * @returns {string}
 */
export function table(figures, about) {
  const rows = [HEADER, ...figures.flatMap(rowsOf)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column >= 1 && column <= 7 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const limits = Object.entries(RAISED_LIMITS).map(([name, text]) => `${name}=${text}`);
  return [
    '',
    ...lines,
    '',
    ...footOf(about),
    `Limits were raised, else it is they that are measured: ${limits.join(' ')}.`,
  ].join('\n');
}

/** @param {About} about */
function footOf({ portolan, machine, versions, data, quick, profiled, seconds, failures }) {
  const made = Object.entries(data).map(([name, count]) => `${name} ${count}`);
  return [
    ...failures.map(({ scenario, error }) => `FAILED ${scenario}: ${error}`),
    ...(machine.load_before > QUIET_LOAD
      ? [
          `The machine was busy with other things before (load ${machine.load_before.toFixed(1)}): believe no rate and no time.`,
        ]
      : []),
    ...(quick ? ['Quick: sizes and times are too small for the goals to mean anything.'] : []),
    ...(profiled ? ['Profiled: the API was slower than it is.'] : []),
    `Portolan ${portolan.version} ${portolan.commit.slice(0, 7)}${portolan.changed ? ' with changes' : ''}, ` +
      `${machine.cores} x ${machine.cpu}, ${machine.memory_gb} GB, Node ${versions.node}, PostgreSQL ${versions.postgresql}, ` +
      `autocannon ${versions.autocannon}, ${seconds} s.`,
    `Data: ${made.join(', ')}.`,
    'CPU ms: of the API for each answer; DB CPU ms: of PostgreSQL. of bare: share of the rate of a bare node:http server that ' +
      'sends the same bytes to the same load; per core: the same for what both answer in a second of their own CPU.',
    'Cold: asked of an API without page memory, or for what nobody asked for before. The load generator shares the cores.',
  ];
}

/**
 * What was measured, as the cells of a table: what, rate, times, CPU, shares of bare.
 * @param {Figure} figure
 * @returns {string[]}
 */
export function cellsOf({ what, value, measured = {} }) {
  const number = (/** @type {number | null | undefined} */ one, digits = 2) =>
    one === undefined ? '' : one === null ? 'n/a' : one.toFixed(digits);
  return [
    value === undefined ? what : `${what}: ${value}`,
    measured.rate === undefined ? '' : Math.round(measured.rate).toLocaleString('en'),
    number(measured.p50Ms),
    number(measured.p99Ms),
    number(measured.cpuMs, 3),
    number(measured.databaseCpuMs, 3),
    number(measured.ofBare),
    number(measured.ofBarePerCore),
  ];
}

/** @param {Figure} figure */
function rowsOf(figure) {
  const { goals } = figure;
  const cells = cellsOf(figure);
  if (goals.length === 0) return [[...cells, '', '']];
  return goals.map(({ text, met }, index) => [
    ...(index === 0 ? cells : cells.map(() => '')),
    text,
    met === null ? 'n/a' : met ? 'met' : 'NOT MET',
  ]);
}
