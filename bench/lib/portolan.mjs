import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../tools/launcher/checkout.mjs';
import { runCli } from '../../tools/launcher/cli.mjs';
import { openDatabase } from '../../tools/launcher/database.mjs';
import { readJson } from '../../tools/launcher/files.mjs';
import { loadSettings } from '../../tools/launcher/settings.mjs';
import { DATABASE, databaseUrl, SUPERUSER } from '../../tools/launcher/postgres-roles.mjs';

const ORGANIZATION = 'bench';
const STOP_MS = 10_000;
/** That run beside each other. */
const APIS_MAX = 2;
const PROFILE_HOOK = fileURLToPath(new URL('profile-hook.mjs', import.meta.url));

/** Else it is the limits that are measured. */
export const RAISED_LIMITS = {
  RATE_LIMIT_READ: '999999/9999999',
  RATE_LIMIT_SEARCH: '999999/9999999',
  RATE_LIMIT_WRITE: '999999/9999999',
};

/**
 * @typedef {object} App a process of Portolan
 * @property {string} url where it listens; empty for the worker
 * @property {number | undefined} pid
 * @property {number} readyMs from its start until it said that it was ready
 * @property {() => Promise<void>} startProfile
 * @property {(file: string) => Promise<void>} stopProfile
 * @property {() => Promise<void>} stop
 *
 * @typedef {object} Portolan
 * @property {string} adminToken
 * @property {string} operatorToken
 * @property {string} appUrl the database as the application
 * @property {string} superuserUrl
 * @property {number} databasePid
 * @property {(settings?: Record<string, string>) => Promise<App>} startApi
 * @property {() => Promise<App>} startWorker
 * @property {() => Promise<void>} stop
 */

/**
 * What `npm start` starts, in a home of its own, but the API as often and with such settings as it is wanted.
 * @param {{ home: string, profile: boolean, log: (line: string) => void, signal: AbortSignal, fail: (error: unknown) => void }} options
 * @returns {Promise<Portolan>}
 */
export async function startPortolan({ home, profile, log, signal, fail }) {
  const settings = { ...loadSettings(), home, databaseUrl: null, databaseOwnerUrl: null, redisUrl: null };
  const databaseConnections = APIS_MAX * settings.databaseConnections;
  const database = await openDatabase({ ...settings, databaseConnections }, { log, onGiveUp: fail, signal });
  /** @type {Set<App>} */
  const apps = new Set();
  const operatorToken = randomBytes(32).toString('hex');
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...process.env,
    ...RAISED_LIMITS,
    PORT: '0',
    HOST: '127.0.0.1',
    DATABASE_URL: database.appUrl,
    REDIS_URL: '',
    PORTOLAN_HOME: home,
    SECRETS_KEY: randomBytes(32).toString('base64'),
    OPERATOR_TOKEN: operatorToken,
    EGRESS_ALLOW: '127.0.0.0/8',
  };
  const stop = async () => {
    await Promise.all([...apps].map((app) => app.stop()));
    await database.stop(STOP_MS);
  };
  try {
    const tokenFile = join(home, 'admin.json');
    for (const args of [['migrate'], ['bootstrap', '--organization', ORGANIZATION, '--token-file', tokenFile]]) {
      const { code, stderr } = await runCli(args, database, { home, signal });
      if (code !== 0) throw new Error(`${args[0]}: ${stderr}`);
    }
    const { port, pid, passwords } = readJson(join(home, 'postgres.json'));
    /**
     * @param {string} name
     * @param {Record<string, string>} more
     */
    const start = async (name, more) => {
      const app = await startApp(name, { ...env, ...more }, profile && name === 'api');
      apps.add(app);
      return {
        ...app,
        stop: async () => {
          apps.delete(app);
          await app.stop();
        },
      };
    };
    return {
      adminToken: readJson(tokenFile).admin_token,
      operatorToken,
      appUrl: database.appUrl,
      superuserUrl: databaseUrl({ port, passwords }, SUPERUSER, passwords.superuser, DATABASE),
      databasePid: pid,
      startApi: (more = {}) => start('api', more),
      startWorker: () => start('worker', {}),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @param {boolean} profile
 * @returns {Promise<App>}
 */
async function startApp(name, env, profile) {
  const startedAt = performance.now();
  const args = [...(profile ? ['--import', PROFILE_HOOK] : []), join(ROOT, 'dist', 'apps', name, 'src', 'main.js')];
  // A process group of its own: Ctrl-C ends the benchmark, which then stops all in order.
  const child = spawn(process.execPath, args, { env, detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const [message] = await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => [{ type: 'failed', message: `exit code ${code}` }]),
  ]);
  if (message.type !== 'ready') throw new Error(`the ${name} did not start: ${message.message}`);
  const said = async (/** @type {string} */ type) => {
    for (;;) if ((await once(child, 'message'))[0].type === type) return;
  };
  return {
    url: message.url ?? '',
    pid: child.pid,
    readyMs: performance.now() - startedAt,
    startProfile: async () => {
      child.send({ type: 'bench.profile.start' });
      await said('bench.profile.started');
    },
    stopProfile: async (file) => {
      child.send({ type: 'bench.profile.stop', file });
      await said('bench.profile.stopped');
    },
    stop: async () => {
      child.kill('SIGTERM');
      const lastResort = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(lastResort);
    },
  };
}
