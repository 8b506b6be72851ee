import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isAlive, sendSignal, waitUntil } from './processes.mjs';
import { StopLine } from './stop-line.mjs';

const FIRST_BACKOFF_MS = 200;
const LAST_BACKOFF_MS = 5000;
const MAX_RESTARTS_PER_MINUTE = 10;
const READY_TIMEOUT_MS = 120_000;
const MINUTE_MS = 60_000;

/** Spaces restarts out and says when they have become pointless. */
export class RestartPolicy {
  /** @type {number[]} */
  #times = [];
  #backoff = FIRST_BACKOFF_MS;

  /** @returns {number | undefined} milliseconds to wait, undefined to give up */
  next() {
    const now = Date.now();
    this.#times = this.#times.filter((time) => now - time < MINUTE_MS);
    if (this.#times.length === 0) this.#backoff = FIRST_BACKOFF_MS;
    if (this.#times.length >= MAX_RESTARTS_PER_MINUTE) return undefined;
    this.#times.push(now);
    const wait = this.#backoff;
    this.#backoff = Math.min(wait * 2, LAST_BACKOFF_MS);
    return wait;
  }
}

/**
 * @typedef {object} ServiceOptions
 * @property {string} name
 * @property {string} script
 * @property {NodeJS.ProcessEnv} env
 * @property {(line: string) => void} log
 * @property {() => void} onProcess called whenever pids have changed
 * @property {(error: Error) => void} onGiveUp
 */

/**
 * A program of Portolan as a child process, which is started again whenever it dies. It may run processes of its own if
 * it reports them and they end with it.
 */
export class Service {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  /** @type {import('./processes.mjs').ProcessIdentity[]} */
  #reported = [];
  #stopping = new AbortController();
  #policy = new RestartPolicy();
  #options;

  /** @param {ServiceOptions} options */
  constructor(options) {
    this.#options = options;
  }

  get pids() {
    return [this.#child?.pid ?? [], this.#reported.map(({ pid }) => pid)].flat();
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<{ url?: string }>} what it reports when it is ready for the first time
   */
  start(signal) {
    return new Promise((resolve, reject) => {
      const fail = (/** @type {string} */ why) => {
        clearTimeout(timer);
        reject(new StopLine(why));
      };
      const timer = setTimeout(fail, READY_TIMEOUT_MS, `the ${this.#options.name} is not ready after two minutes`);
      signal.addEventListener('abort', () => {
        fail('stopped before it was ready');
      });
      let ready = false;
      this.#spawn({
        onReady: (message) => {
          ready = true;
          clearTimeout(timer);
          resolve(message);
        },
        onEnd: (why) => {
          if (ready) void this.#restart(why);
          else fail(why);
        },
      });
    });
  }

  /** @param {number} port the port it found, which it must keep when it is started again */
  keepPort(port) {
    this.#options.env = { ...this.#options.env, PORT: String(port) };
  }

  /** @param {number} graceMs */
  async stop(graceMs) {
    this.#stopping.abort();
    const child = this.#child;
    const identity = child?.pid === undefined ? undefined : identify(child.pid);
    if (!child || !identity) return;
    const anyLives = () => [identity, ...this.#reported].some(isAlive);
    // Windows has no SIGTERM to wait for; there the closed channel is the request.
    if (process.platform === 'win32') child.disconnect();
    else child.kill('SIGTERM');
    if (await waitUntil(() => !anyLives(), graceMs)) return;
    this.#options.log(`The ${this.#options.name} did not end in time and is killed.`);
    kill([identity, ...this.#reported]);
    await waitUntil(() => !anyLives(), 1000);
  }

  /** @param {{ onReady?: (message: { url?: string }) => void, onEnd: (why: string) => void }} events */
  #spawn({ onReady, onEnd }) {
    const { name, script, env, onProcess } = this.#options;
    // A session of its own: Ctrl-C in the terminal reaches the launcher, which stops all in order.
    const child = spawn(process.execPath, [script], {
      env,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child = child;
    let failure = '';
    child.on('message', (/** @type {any} */ message) => {
      if (message?.type === 'ready') onReady?.(message);
      if (message?.type === 'failed') failure = String(message.message);
      if (message?.type === 'processes') {
        this.#reported = message.pids.flatMap((/** @type {number} */ pid) => identify(pid) ?? []);
        onProcess();
      }
    });
    child.once('error', (error) => (failure = error.message));
    child.once('close', (code, signal) => {
      this.#child = undefined;
      if (this.#stopping.signal.aborted) return;
      // They end by themselves unless they are stuck, and then they hold the port.
      kill(this.#reported);
      this.#reported = [];
      onEnd(failure || `the ${name} ended unexpectedly (${signal ?? `exit code ${code}`})`);
    });
    onProcess();
  }

  /** @param {string} why */
  async #restart(why) {
    const { name, log, onGiveUp } = this.#options;
    const wait = this.#policy.next();
    if (wait === undefined) {
      onGiveUp(new StopLine(`the ${name} ended more than ${MAX_RESTARTS_PER_MINUTE} times in a minute`));
      return;
    }
    log(`${why.replace(/^portolan: /, '')}; starting the ${name} again.`);
    await delay(wait, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    if (this.#stopping.signal.aborted) return;
    this.#spawn({ onEnd: (next) => void this.#restart(next) });
  }
}

/** @param {import('./processes.mjs').ProcessIdentity[]} identities */
function kill(identities) {
  for (const { pid } of identities.filter(isAlive)) sendSignal(pid, 'SIGKILL');
}
