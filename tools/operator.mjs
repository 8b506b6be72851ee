import { prepareCheckout } from './launcher/checkout.mjs';
import { runCli } from './launcher/cli.mjs';
import { findRunningCluster, startCluster } from './launcher/embedded-postgres.mjs';
import { lockHomeForOperator, prepareHome } from './launcher/home.mjs';
import { isRoot } from './launcher/postgres-place.mjs';
import { waitUntil } from './launcher/processes.mjs';
import { runProgram } from './launcher/runtime.mjs';
import { secretsKeyOf } from './launcher/secrets-key.mjs';
import { loadSettings } from './launcher/settings.mjs';
import { StopLine } from './launcher/stop-line.mjs';

const STARTING_MS = 60_000;
const args = process.argv.slice(2);

/** @param {string} line */
function log(line) {
  // Standard output belongs to the command, whose result may be piped into another program.
  process.stderr.write(`${line}\n`);
}

await runProgram(async ({ signal }) => {
  await prepareCheckout({ log, signal });
  const { home, databaseUrl, databaseOwnerUrl } = loadSettings();
  if (databaseUrl && databaseOwnerUrl) return runOn({ appUrl: databaseUrl, ownerUrl: databaseOwnerUrl }, home, signal);

  prepareHome(home, { sharedWithDatabaseUser: isRoot() });
  process.env.SECRETS_KEY ||= secretsKeyOf(home);
  const lock = await lockHomeForOperator(home, signal);
  if (!lock) return runOn(await runningCluster(home, signal), home, signal);
  try {
    const cluster = await startCluster({ dataHome: home, log, signal });
    try {
      // A command may come before the first start, and needs its tables then.
      const migrated = args[0] === 'migrate' ? 0 : await migrateQuietly(cluster, home, signal);
      return migrated === 0 ? await runOn(cluster, home, signal) : migrated;
    } finally {
      await cluster.stop();
    }
  } finally {
    lock.release();
  }
});

/**
 * @param {{ appUrl: string, ownerUrl: string }} database
 * @param {string} home
 * @param {AbortSignal} signal
 * @returns {Promise<number>}
 */
async function runOn(database, home, signal) {
  const { code } = await runCli(args, database, { home, signal, passThrough: true });
  return code;
}

/**
 * @param {{ appUrl: string, ownerUrl: string }} database
 * @param {string} home
 * @param {AbortSignal} signal
 * @returns {Promise<number>}
 */
async function migrateQuietly(database, home, signal) {
  const { code, stderr } = await runCli(['migrate'], database, { home, signal });
  if (code !== 0) process.stderr.write(stderr);
  return code;
}

/**
 * @param {string} home
 * @param {AbortSignal} signal
 * @returns {Promise<{ appUrl: string, ownerUrl: string }>}
 */
async function runningCluster(home, signal) {
  /** @type {{ appUrl: string, ownerUrl: string } | undefined} */
  let found;
  await waitUntil(async () => (found = await findRunningCluster(home)) !== undefined, STARTING_MS, signal);
  if (!found)
    throw new StopLine(`the database of PORTOLAN_HOME ${home} does not answer; expected it from the running start`);
  return found;
}
