import { spawn } from 'node:child_process';
import { sendSignal } from './processes.mjs';

const GRACE_MS = 3000;

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} [uid]
 * @property {number} [gid]
 * @property {AbortSignal | undefined} [signal] ends the program and everything it started
 * @property {boolean | undefined} [passThrough] show the output instead of collecting it
 * @property {((pid: number) => void) | undefined} [onSpawn]
 */

/**
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>}
 */
export async function run(command, args, options = {}) {
  options.signal?.throwIfAborted();
  const { cwd, env, uid, gid, passThrough } = options;
  // A process group of its own: the terminal's Ctrl-C must not end half of it before we decide.
  const child = spawn(command, args, {
    cwd,
    env,
    uid,
    gid,
    detached: process.platform !== 'win32',
    stdio: ['ignore', passThrough ? 'inherit' : 'pipe', passThrough ? 'inherit' : 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (stderr += text));
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code ?? 1);
    });
  });
  /** @type {NodeJS.Timeout | undefined} */
  let lastResort;
  const abort = () => {
    signalGroup(child, 'SIGTERM');
    lastResort = setTimeout(() => {
      signalGroup(child, 'SIGKILL');
    }, GRACE_MS);
  };
  options.signal?.addEventListener('abort', abort);
  try {
    if (child.pid !== undefined) options.onSpawn?.(child.pid);
    const code = await ended;
    options.signal?.throwIfAborted();
    return { code, stdout, stderr };
  } finally {
    clearTimeout(lastResort);
    options.signal?.removeEventListener('abort', abort);
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') child.kill(signal);
  else sendSignal(-child.pid, signal);
}
