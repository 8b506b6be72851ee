import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tryLock } from './lock.mjs';
import { codeOf, endProcess, waitUntil } from './processes.mjs';
import { StopLine } from './stop-line.mjs';

const SHORT_COMMAND_MS = 60_000;

/**
 * @param {string} home
 * @param {{ sharedWithDatabaseUser: boolean }} options
 */
export function prepareHome(home, { sharedWithDatabaseUser }) {
  try {
    mkdirSync(dirname(home), { recursive: true });
    const created = mkdirIfMissing(home);
    // A folder somebody already uses for other things keeps the mode they gave it.
    if (created || readdirSync(home).length === 0) chmodSync(home, sharedWithDatabaseUser ? 0o711 : 0o700);
  } catch (error) {
    if (error instanceof Error && codeOf(error)) {
      throw new StopLine(
        `PORTOLAN_HOME ${home} is not usable (${codeOf(error)}); expected a folder that can be written`,
      );
    }
    throw error;
  }
}

/** @param {string} home */
function mkdirIfMissing(home) {
  try {
    mkdirSync(home, { mode: 0o700 });
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return false;
  }
}

/**
 * Waits for short commands but not for a running start.
 * @param {string} home
 * @param {'start' | 'operator'} purpose
 * @param {AbortSignal} [signal]
 * @returns {Promise<import('./lock.mjs').Lock | import('./lock.mjs').LockContent>}
 */
async function lockHome(home, purpose, signal) {
  const path = join(home, 'launcher.lock');
  let lock = tryLock(path, purpose);
  await waitUntil(
    () => {
      if (!('release' in lock) && lock.purpose === 'operator') lock = tryLock(path, purpose);
      return 'release' in lock || lock.purpose !== 'operator';
    },
    SHORT_COMMAND_MS,
    signal,
  );
  if (!('release' in lock)) return lock;
  // What a killed launcher left ends by itself; until then it holds the port and the database.
  await Promise.all(
    lock.left.map((child) =>
      endProcess(child, [
        ['SIGTERM', 6000],
        ['SIGKILL', 2000],
      ]),
    ),
  );
  return lock;
}

/**
 * @param {string} home
 * @param {AbortSignal} signal
 * @returns {Promise<import('./lock.mjs').Lock>}
 */
export async function lockHomeForStart(home, signal) {
  const lock = await lockHome(home, 'start', signal);
  if ('release' in lock) return lock;
  throw new StopLine(
    `PORTOLAN_HOME ${home} is in use by process ${lock.owner.pid}; expected a home of its own for each start`,
  );
}

/**
 * @param {string} home
 * @param {AbortSignal} signal
 * @returns {Promise<import('./lock.mjs').Lock | undefined>} undefined while a start runs with that home
 */
export async function lockHomeForOperator(home, signal) {
  const lock = await lockHome(home, 'operator', signal);
  if ('release' in lock) return lock;
  if (lock.purpose === 'start') return undefined;
  throw new StopLine(`PORTOLAN_HOME ${home} is in use by process ${lock.owner.pid}; expected that command to end soon`);
}
