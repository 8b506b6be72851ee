import { setTimeout as delay } from 'node:timers/promises';
import { startCluster } from './embedded-postgres.mjs';
import { sharedBuffers } from './memory.mjs';
import { RestartPolicy } from './service.mjs';
import { StopLine } from './stop-line.mjs';

const CONNECTIONS_MIN = 100;
const OTHER_CONNECTIONS = 20;

/**
 * @typedef {import('./settings.mjs').Settings} Settings
 *
 * @typedef {object} Database
 * @property {string} appUrl
 * @property {string} ownerUrl
 * @property {string} [dataDir] only of the embedded server
 * @property {(fastMs: number) => Promise<void>} stop
 */

/**
 * The server the settings name, or else the embedded one, kept running at one port until stop().
 * @param {Settings} settings
 * @param {{ log: (line: string) => void, onGiveUp: (error: unknown) => void, signal: AbortSignal }} options
 * @returns {Promise<Database>}
 */
export async function openDatabase(settings, { log, onGiveUp, signal }) {
  const { databaseUrl, databaseOwnerUrl, home } = settings;
  if (databaseUrl && databaseOwnerUrl) {
    return { appUrl: databaseUrl, ownerUrl: databaseOwnerUrl, stop: () => Promise.resolve() };
  }
  // Beyond what the programs hold there are the operator's commands and PostgreSQL's own reserve.
  const connections = settings.databaseConnections + OTHER_CONNECTIONS;
  const options = {
    dataHome: home,
    log,
    settings: {
      max_connections: String(Math.max(connections, CONNECTIONS_MIN)),
      shared_buffers: sharedBuffers(),
    },
  };
  const policy = new RestartPolicy();
  const stopping = new AbortController();
  let cluster = await startCluster({ ...options, signal });
  /** @type {Promise<void> | undefined} */
  let restarting;
  const restart = async () => {
    const wait = policy.next();
    if (wait === undefined) throw new StopLine('PostgreSQL ended too often; see the logs folder in PORTOLAN_HOME');
    log('PostgreSQL ended unexpectedly; starting it again.');
    await delay(wait, undefined, { signal: stopping.signal });
    cluster = await startCluster({ ...options, port: cluster.port, signal: stopping.signal });
    watch();
  };
  const watch = () => {
    cluster.onExit(() => {
      restarting = restart().catch((/** @type {unknown} */ error) => {
        if (!stopping.signal.aborted) onGiveUp(error);
      });
    });
  };
  watch();
  return {
    appUrl: cluster.appUrl,
    ownerUrl: cluster.ownerUrl,
    dataDir: cluster.dataDir,
    stop: async (fastMs) => {
      stopping.abort();
      await restarting;
      await cluster.stop(fastMs);
    },
  };
}
