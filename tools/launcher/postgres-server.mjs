import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endLeftovers, readPostmasterFile } from './postgres-leftovers.mjs';
import { codeOf, sendSignal } from './processes.mjs';
import { StopLine } from './stop-line.mjs';

const ROTATE_BYTES = 10 * 1024 * 1024;
const BUSY_RETRY_MS = 15_000;
const RETRY_MS = 250;

/**
 * @typedef {object} ServerOptions
 * @property {import('./postgres-place.mjs').Programs} programs
 * @property {import('./postgres-place.mjs').Account | undefined} account
 * @property {string} dataDir
 * @property {Record<string, string>} settings
 * @property {string} logFile
 * @property {number | undefined} port the only port that will do
 * @property {number | undefined} preferredPort
 * @property {AbortSignal | undefined} signal
 *
 * @typedef {object} Server
 * @property {number} port
 * @property {number} pid
 * @property {Promise<void>} exited
 * @property {(fastMs?: number) => Promise<void>} stop
 */

/**
 * Variables like PGDATA or PGOPTIONS are meant for other servers.
 * @returns {NodeJS.ProcessEnv}
 */
export function databaseEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith('PG') && !name.startsWith('LC_') && name !== 'LANG',
    ),
  );
}

/**
 * @param {ServerOptions} options
 * @returns {Promise<Server>}
 */
export async function startServer(options) {
  const deadline = Date.now() + BUSY_RETRY_MS;
  rotate(options.logFile);
  let preferred = options.port ?? options.preferredPort;
  for (;;) {
    options.signal?.throwIfAborted();
    await endLeftovers(options.dataDir);
    const port = options.port ?? (await freePort(preferred));
    const attempt = await tryServer(options, port);
    if ('pid' in attempt) return attempt;
    const portTaken = /could not (bind|create any TCP)/.test(attempt.output);
    const stillBusy = /shared memory block|lock file .* already exists/.test(attempt.output);
    if (!(portTaken || stillBusy) || Date.now() > deadline) throw new StopLine(reason(attempt.output, options.logFile));
    if (portTaken) preferred = undefined;
    await delay(RETRY_MS);
  }
}

/** @param {string} logFile */
function rotate(logFile) {
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
  try {
    if (statSync(logFile).size > ROTATE_BYTES) renameSync(logFile, `${logFile}.1`);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/**
 * @param {string} output
 * @param {string} logFile
 */
function reason(output, logFile) {
  const fatal = output.split('\n').findLast((line) => /FATAL|PANIC|error/i.test(line));
  return `PostgreSQL does not start (${fatal?.replace(/^.*?(FATAL|PANIC):\s*/, '') ?? 'no reason given'}); see ${logFile}`;
}

/**
 * @param {ServerOptions} options
 * @param {number} port
 * @returns {Promise<Server | { output: string }>} the server, or what it wrote before it gave up
 */
async function tryServer({ programs, account, dataDir, settings, logFile, signal }, port) {
  const log = openSync(logFile, 'a', 0o600);
  const { size } = fstatSync(log);
  const flags = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  // A session of its own: Ctrl-C in the terminal must not end it before the API is done with it.
  const child = spawn(programs.postgres, ['-D', dataDir, ...flags], {
    ...account,
    cwd: '/',
    detached: true,
    windowsHide: true,
    env: databaseEnvironment(),
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  /** @type {Promise<void>} */
  const exited = new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
  let running = true;
  void exited.then(() => (running = false));
  const stop = (fastMs = 6000) => stopServer(child, exited, () => running, fastMs);
  while (running) {
    if (signal?.aborted) {
      await stop();
      signal.throwIfAborted();
    }
    const file = readPostmasterFile(dataDir);
    if (child.pid !== undefined && file?.pid === child.pid && file.ready) return { port, pid: child.pid, exited, stop };
    await Promise.race([exited, delay(25)]);
  }
  return { output: readFileSync(logFile).subarray(size).toString('utf8') };
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {Promise<void>} exited
 * @param {() => boolean} isRunning
 * @param {number} fastMs
 */
async function stopServer(child, exited, isRunning, fastMs) {
  /** @type {[NodeJS.Signals, number][]} */
  const steps = [
    ['SIGINT', fastMs],
    ['SIGQUIT', 1500],
    ['SIGKILL', 1000],
  ];
  for (const [signal, timeoutMs] of steps) {
    if (!isRunning() || child.pid === undefined) return;
    sendSignal(child.pid, signal);
    const timer = new AbortController();
    await Promise.race([exited, delay(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
  }
}

/**
 * @param {number} [preferred]
 * @returns {Promise<number>}
 */
function freePort(preferred = 0) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      if (preferred === 0) reject(error);
      else resolve(freePort());
    });
    probe.listen({ port: preferred, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => {
        resolve(typeof address === 'object' && address ? address.port : preferred);
      });
    });
  });
}
