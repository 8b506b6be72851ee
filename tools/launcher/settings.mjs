import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { ROOT } from './checkout.mjs';
import { codeOf } from './processes.mjs';
import { StopLine } from './stop-line.mjs';

/**
 * @typedef {object} Settings
 * @property {string} home an absolute path
 * @property {number} port
 * @property {string} host
 * @property {string | null} databaseUrl
 * @property {string | null} databaseOwnerUrl
 * @property {string | null} redisUrl
 * @property {number} databaseConnections that the API and the worker may hold together
 */

/**
 * The build's own validation is used, so that it is there once for every program.
 * @returns {Settings}
 */
export function loadSettings() {
  const { loadLauncherConfig } = createRequire(import.meta.url)(
    join(ROOT, 'dist', 'libs', 'config', 'src', 'index.js'),
  );
  const settings = loadLauncherConfig(process.env);
  // The default belongs to the checkout, but a path somebody typed belongs to where they typed it.
  const base = process.env.PORTOLAN_HOME ? process.cwd() : ROOT;
  return { ...settings, home: resolve(base, settings.home) };
}

/**
 * Finds out before the database starts whether the API will get its port.
 * @param {Settings} settings
 * @returns {Promise<void>}
 */
export function checkPort({ host, port }) {
  return new Promise((settle, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      reject(new StopLine(portProblem(codeOf(error), host, port)));
    });
    probe.listen({ host, port, exclusive: true }, () =>
      probe.close(() => {
        settle();
      }),
    );
  });
}

/**
 * @param {string | undefined} code
 * @param {string} host
 * @param {number} port
 */
function portProblem(code, host, port) {
  if (code === 'EADDRINUSE') return `PORT ${port} on ${host} is already in use; expected a free port`;
  if (code === 'EACCES') return `PORT ${port} on ${host} is not permitted; expected a port this user may listen on`;
  return `HOST ${host} cannot be listened on (${code}); expected an address of this machine`;
}

/**
 * @param {string} host where the API listens
 * @param {number} port
 * @returns {string} where a client on this machine finds it
 */
export function reachableUrl(host, port) {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
