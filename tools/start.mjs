import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { banner } from './launcher/banner.mjs';
import { prepareCheckout, ROOT } from './launcher/checkout.mjs';
import { runCli } from './launcher/cli.mjs';
import { openDatabase } from './launcher/database.mjs';
import { readJson, writeSecretJson } from './launcher/files.mjs';
import { lockHomeForStart, prepareHome } from './launcher/home.mjs';
import { isRoot } from './launcher/postgres-place.mjs';
import { runProgram, untilAsked } from './launcher/runtime.mjs';
import { secretsKeyOf } from './launcher/secrets-key.mjs';
import { Service } from './launcher/service.mjs';
import { checkPort, loadSettings, reachableUrl } from './launcher/settings.mjs';
import { StopLine } from './launcher/stop-line.mjs';

const ORGANIZATION = 'demo';
const REQUESTS_GRACE_MS = 5000;
const DATABASE_GRACE_MS = 6000;
const STOP_MS = 9000;

/** @param {string} line */
function log(line) {
  process.stdout.write(`${line}\n`);
}

await runProgram(async ({ signal, fail }) => {
  await prepareCheckout({ log, signal });
  const settings = loadSettings();
  prepareHome(settings.home, { sharedWithDatabaseUser: isRoot() && !settings.databaseUrl });
  const lock = await lockHomeForStart(settings.home, signal);
  const readyFile = join(settings.home, 'ready.json');
  /** @type {(() => Promise<void>)[]} */
  const cleanups = [];
  let stopBy = Infinity;
  try {
    rmSync(readyFile, { force: true });
    await checkPort(settings);
    if (!settings.databaseUrl) process.env.SECRETS_KEY ||= secretsKeyOf(settings.home);
    const database = await openDatabase(settings, { log, onGiveUp: fail, signal });
    cleanups.push(() => database.stop(Math.min(DATABASE_GRACE_MS, Math.max(stopBy - Date.now(), 1000))));
    const token = await prepareData(database, settings.home, signal, lock);

    const { api, worker } = describe(database, settings, fail, () => {
      lock.recordChildren([api, worker].flatMap(({ pids }) => pids));
    });
    cleanups.push(async () => {
      await Promise.all([api.stop(REQUESTS_GRACE_MS), worker.stop(REQUESTS_GRACE_MS)]);
    });
    const [{ url: reported }] = await Promise.all([api.start(signal), worker.start(signal)]);
    const port = reported ? Number(new URL(reported).port || 80) : settings.port;
    api.keepPort(port);

    const url = reachableUrl(settings.host, port);
    writeSecretJson(readyFile, {
      url,
      organization: token.organization,
      admin_token: token.admin_token,
      pid: process.pid,
    });
    const data = database.dataDir ?? 'in the database that DATABASE_URL names';
    process.stdout.write(banner({ url, token: token.admin_token, home: settings.home, data }));
    await untilAsked(signal);
  } finally {
    stopBy = Date.now() + STOP_MS;
    rmSync(readyFile, { force: true });
    for (const cleanUp of cleanups.reverse()) await cleanUp();
    lock.release();
  }
  return 0;
});

/**
 * @param {import('./launcher/database.mjs').Database} database
 * @param {string} home
 * @param {AbortSignal} signal
 * @param {import('./launcher/lock.mjs').Lock} lock
 * @returns {Promise<{ organization: string, admin_token: string }>}
 */
async function prepareData(database, home, signal, lock) {
  const tokenFile = join(home, 'admin.json');
  const onSpawn = (/** @type {number} */ pid) => {
    lock.recordChildren([pid]);
  };
  for (const args of [['migrate'], ['bootstrap', '--organization', ORGANIZATION, '--token-file', tokenFile]]) {
    const { code, stderr } = await runCli(args, database, { home, signal, onSpawn });
    if (code === 0) continue;
    throw new StopLine(stderr.trim() || `${args[0]} ended with exit code ${code}`);
  }
  return readJson(tokenFile);
}

/**
 * @param {import('./launcher/database.mjs').Database} database
 * @param {import('./launcher/settings.mjs').Settings} settings
 * @param {(error: unknown) => void} onGiveUp
 * @param {() => void} onProcess
 * @returns {{ api: Service, worker: Service }}
 */
function describe(database, settings, onGiveUp, onProcess) {
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...process.env,
    PORT: String(settings.port),
    HOST: settings.host,
    DATABASE_URL: database.appUrl,
    PORTOLAN_HOME: settings.home,
    ...(settings.redisUrl ? { REDIS_URL: settings.redisUrl } : {}),
  };
  // Only migrations may change the schema, so nobody who serves requests gets the owner's password.
  delete env.DATABASE_OWNER_URL;
  const service = (/** @type {string} */ name, /** @type {string} */ app) => {
    const script = join(ROOT, 'dist', 'apps', app, 'src', 'main.js');
    return new Service({ name, script, env, log, onProcess, onGiveUp });
  };
  return { api: service('API', 'api'), worker: service('worker', 'worker') };
}
