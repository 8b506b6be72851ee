import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readJson, syncDirectory, writeSecretJson } from './files.mjs';
import { prepareHome } from './home.mjs';
import { clusterName, endInitialisations, endLeftovers } from './postgres-leftovers.mjs';
import {
  chooseDataDir,
  createDatabaseFolder,
  databaseAccount,
  findPrograms,
  isRoot,
  prepareParent,
  setAsideForeignData,
} from './postgres-place.mjs';
import { answers, APP, DATABASE, databaseUrl, OWNER, provision, SUPERUSER } from './postgres-roles.mjs';
import { databaseEnvironment, startServer } from './postgres-server.mjs';
import { run } from './run.mjs';
import { StopLine } from './stop-line.mjs';

/**
 * @typedef {import('./postgres-roles.mjs').Passwords} Passwords
 * @typedef {import('./postgres-place.mjs').Account} Account
 *
 * @typedef {object} ClusterOptions
 * @property {string} dataHome
 * @property {boolean} [durable] false trades crash safety for speed, for tests only
 * @property {(line: string) => void} [log]
 * @property {Record<string, string>} [settings]
 * @property {number | undefined} [port] the only port that will do, for a server others already know
 * @property {AbortSignal | undefined} [signal]
 *
 * @typedef {object} Cluster
 * @property {number} port
 * @property {string} dataDir
 * @property {string} ownerUrl
 * @property {string} appUrl
 * @property {(database: string) => string} superuserUrl
 * @property {(fastMs?: number) => Promise<void>} stop
 * @property {(callback: () => void) => void} onExit called when the server ends without stop()
 */

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  jit: 'off',
};
// Retries help against a process that still writes into the folder while it dies.
const REMOVE = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 };
const FAST_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * The caller must be the only one to use that home: a server found on its data folder is ended first.
 * @param {ClusterOptions} options
 * @returns {Promise<Cluster>}
 */
export async function startCluster({ dataHome, durable = true, log = () => undefined, settings = {}, port, signal }) {
  const home = resolve(dataHome);
  prepareHome(home, { sharedWithDatabaseUser: isRoot() });
  const secretsFile = join(home, 'postgres.json');
  const known = readJson(secretsFile);
  const dataDir = chooseDataDir(home, known?.dataDir);
  if (!known) {
    if (existsSync(dataDir)) await endLeftovers(dataDir);
    setAsideForeignData(home, dataDir, log);
    if (dirname(dataDir) !== home) log(`PostgreSQL's user cannot reach ${home}; the data is at ${dataDir}.`);
  }
  /** @type {Passwords} */
  const passwords = known?.passwords ?? { superuser: newPassword(), owner: newPassword(), app: newPassword() };
  // Written before the data exists: a crash in between must not leave data nobody can open.
  if (!known) writeSecretJson(secretsFile, { dataDir, passwords });
  const account = databaseAccount(dataDir);
  const programs = await findPrograms(account, log);
  prepareParent(dataDir);
  await initialise({ dataDir, account, initdb: programs.initdb, password: passwords.superuser, durable, signal });
  const server = await startServer({
    programs,
    account,
    dataDir,
    port,
    preferredPort: known?.port,
    signal,
    logFile: join(home, 'logs', 'postgres.log'),
    settings: { ...SETTINGS, ...(durable ? {} : FAST_SETTINGS), ...settings, cluster_name: clusterName(dataDir) },
  });
  const access = { port: server.port, passwords };
  const ownerUrl = databaseUrl(access, OWNER, passwords.owner, DATABASE);
  const appUrl = databaseUrl(access, APP, passwords.app, DATABASE);
  try {
    await provision(access);
    writeSecretJson(secretsFile, { dataDir, passwords, port: server.port, pid: server.pid, ownerUrl, appUrl });
  } catch (error) {
    await server.stop();
    throw error;
  }
  let stopping = false;
  return {
    port: server.port,
    dataDir,
    ownerUrl,
    appUrl,
    superuserUrl: (database) => databaseUrl(access, SUPERUSER, passwords.superuser, database),
    stop: (fastMs) => {
      stopping = true;
      return server.stop(fastMs);
    },
    onExit: (callback) => {
      void server.exited.then(() => {
        if (!stopping) callback();
      });
    },
  };
}

/**
 * @param {string} home
 * @returns {Promise<{ ownerUrl: string, appUrl: string } | undefined>} how to reach that home's server if it answers
 */
export async function findRunningCluster(home) {
  const known = readJson(join(home, 'postgres.json'));
  if (!known?.port || !(await answers(known))) return undefined;
  return { ownerUrl: known.ownerUrl, appUrl: known.appUrl };
}

function newPassword() {
  return randomBytes(24).toString('base64url');
}

/**
 * Works in a folder beside and renames it, so that the data folder is complete whenever it exists.
 * @param {{ dataDir: string, account: Account | undefined, initdb: string, password: string, durable: boolean, signal: AbortSignal | undefined }} options
 */
async function initialise({ dataDir, account, initdb, password, durable, signal }) {
  const parent = dirname(dataDir);
  const prefix = `${basename(dataDir)}.init-`;
  await endInitialisations(join(parent, prefix));
  for (const name of readdirSync(parent)) {
    if (name.startsWith(prefix)) rmSync(join(parent, name), REMOVE);
  }
  if (existsSync(dataDir)) return;
  const workDir = join(parent, `${prefix}${randomBytes(6).toString('hex')}`);
  const newData = join(workDir, 'data');
  const passwordFile = join(workDir, 'password');
  createDatabaseFolder(workDir, account);
  try {
    createDatabaseFolder(newData, account);
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    if (account) chownSync(passwordFile, account.uid, account.gid);
    const { code, stdout, stderr } = await run(
      initdb,
      [
        `--pgdata=${newData}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        // Knows the letters of every language and does not depend on the system's locales.
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        ...(durable ? [] : ['--no-sync']),
      ],
      { ...account, cwd: '/', env: databaseEnvironment(), signal },
    );
    if (code !== 0)
      throw new StopLine(`PostgreSQL's initdb ended with exit code ${code}: ${lastLine(stderr || stdout)}`);
    renameSync(newData, dataDir);
    syncDirectory(parent);
  } finally {
    rmSync(workDir, REMOVE);
  }
}

/** @param {string} text */
function lastLine(text) {
  return text.trim().split('\n').at(-1) ?? '';
}
