import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const POLL_MS = 100;
const START_MS = 300_000;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/**
 * @typedef {{ status: number, headers: import('node:http').IncomingHttpHeaders, body: Buffer }} Answer
 * @typedef {object} Portolan
 * @property {(method: string, path: string, body?: unknown) => Promise<Answer>} ask
 * @property {(method: string, path: string, body?: unknown) => Promise<any>} call throws unless it is answered with 2xx
 * @property {string} superuserUrl
 * @property {() => { api: number, worker: number }} peakBytes the most memory that each has held so far; 0 without /proc
 * @property {() => Promise<void>} stop
 */

/**
 * What `npm start` starts, in a home of its own.
 * @param {string} home
 * @returns {Promise<Portolan>}
 */
export async function startPortolan(home) {
  const env = {
    ...process.env,
    PORTOLAN_HOME: home,
    HOST: '127.0.0.1',
    PORT: '0',
    EGRESS_ALLOW: '127.0.0.0/8',
    // Else it is the limits that are measured.
    RATE_LIMIT_READ: '100000/100000',
    RATE_LIMIT_WRITE: '100000/100000',
  };
  const child = spawn(process.execPath, [join(ROOT, 'tools', 'start.mjs')], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  process.once('exit', () => child.kill());
  const json = (/** @type {string} */ name) => JSON.parse(readFileSync(join(home, name), 'utf8'));
  /** @type {{ url: string, admin_token: string } | null} */
  let ready = null;
  const end = Date.now() + START_MS;
  while (ready === null) {
    if (child.exitCode !== null || Date.now() > end) throw new Error('Portolan did not start');
    await wait(POLL_MS);
    try {
      ready = json('ready.json');
    } catch {
      // Not yet.
    }
  }
  const { url, admin_token: token } = ready;
  const { port, passwords } = json('postgres.json');
  const ask = (/** @type {string} */ method, /** @type {string} */ path, /** @type {unknown} */ body) =>
    send(new URL(path, url), method, { authorization: `Bearer ${token}` }, body);
  return {
    ask,
    call: async (method, path, body) => {
      const { status, headers, body: bytes } = await ask(method, path, body);
      if (status >= 300) throw new Error(`${method} ${path}: ${status} ${bytes.toString()}`);
      const answer = bytes.length === 0 ? {} : JSON.parse(bytes.toString());
      return headers.location === undefined ? answer : { ...answer, location: headers.location };
    },
    superuserUrl: `postgres://postgres:${encodeURIComponent(passwords.superuser)}@127.0.0.1:${port}/portolan`,
    peakBytes: () => ({ api: peakBytes(child.pid, 'api'), worker: peakBytes(child.pid, 'worker') }),
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/**
 * A registry that answers at once.
 * @returns {Promise<{ url: string, control: (call: string, ...values: unknown[]) => Promise<any>, stop: () => void }>}
 */
export async function startUpstream() {
  const script = join(ROOT, 'test', 'support', 'upstream-registry.mjs');
  const child = spawn(process.execPath, [script, '--attached'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { url } = JSON.parse(String(line));
  return {
    url,
    control: async (call, ...values) => {
      const { status, body } = await send(new URL('/__control', url), 'POST', {}, { call, with: values });
      if (status !== 200) throw new Error(`${call}: ${body.toString()}`);
      return JSON.parse(body.toString()).result;
    },
    stop: () => {
      child.stdin.end();
    },
  };
}

/**
 * Asks again and again, `concurrency` at a time, until it was asked so often or somebody says that it is enough.
 * @param {(index: number) => Promise<Answer>} ask
 * @param {{ requests: number, concurrency?: number, isEnough?: () => boolean }} options
 * @returns {Promise<string>} what came of it
 */
export async function hammer(ask, { requests, concurrency = 16, isEnough = () => false }) {
  /** @type {number[]} */
  const times = [];
  let next = 0;
  let failures = 0;
  const start = performance.now();
  const one = async () => {
    while (next < requests && !isEnough()) {
      const begun = performance.now();
      const { status } = await ask(next++);
      times.push(performance.now() - begun);
      if (status !== 200) failures += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  const seconds = (performance.now() - start) / 1_000;
  times.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => (times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(1);
  const rate = (times.length / seconds).toFixed(0);
  return `${rate}/s over ${times.length} requests; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; ${failures} not 200`;
}

/**
 * @param {string} what
 * @param {() => Promise<boolean>} condition
 * @param {number} deadlineMs
 */
export async function until(what, condition, deadlineMs) {
  const end = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await wait(POLL_MS);
  }
}

/**
 * @param {URL} url
 * @param {string} method
 * @param {Record<string, string>} headers
 * @param {unknown} body
 * @returns {Promise<Answer>}
 */
function send(url, method, headers, body) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const type = text === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    request(url, { agent, method, headers: { ...headers, ...type } }, (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    })
      .on('error', reject)
      .end(text);
  });
}

/**
 * @param {number | undefined} parent
 * @param {string} app
 */
function peakBytes(parent, app) {
  const read = (/** @type {string} */ pid, /** @type {string} */ name) => {
    try {
      return readFileSync(`/proc/${pid}/${name}`, 'utf8');
    } catch {
      return '';
    }
  };
  const pids = process.platform === 'linux' ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  const pid = pids.find(
    (one) =>
      read(one, 'status').includes(`\nPPid:\t${parent}\n`) && read(one, 'cmdline').includes(join('apps', app, 'src')),
  );
  return pid === undefined ? 0 : Number(/VmHWM:\s+(\d+)/.exec(read(pid, 'status'))?.[1] ?? 0) * 1_024;
}
