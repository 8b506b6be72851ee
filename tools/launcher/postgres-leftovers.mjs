import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, endProcess, identify, isAlive, sendSignal, waitUntil } from './processes.mjs';

/** @typedef {import('./processes.mjs').ProcessIdentity} ProcessIdentity */

/**
 * The server and its backends carry this name in their titles, which tells them from other servers.
 * @param {string} dataDir
 */
export function clusterName(dataDir) {
  return `portolan-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`;
}

/**
 * Command lines are readable where working directories are not, as for root in a container.
 * @returns {{ pid: number, command: string }[]}
 */
function commandLines() {
  if (process.platform === 'win32') return [];
  if (process.platform !== 'linux') {
    const list = execFileSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    return list.split('\n').map((line) => {
      const [, pid, command] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
      return { pid: Number(pid), command: command ?? '' };
    });
  }
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return [{ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ') }];
    } catch {
      return [];
    }
  });
}

/**
 * @param {string} dataDir
 * @returns {ProcessIdentity[]}
 */
function processesOf(dataDir) {
  const name = clusterName(dataDir);
  return commandLines()
    .filter(({ command }) => command.includes(name) && /(^|\/)postgres(:| -D) /.test(command))
    .flatMap(({ pid }) => identify(pid) ?? []);
}

/**
 * Ends an initdb whose launcher was killed, together with the server it runs for itself.
 * @param {string} pathPrefix the beginning of the folder it works in
 */
export async function endInitialisations(pathPrefix) {
  const found = commandLines()
    .filter(({ command }) => command.includes(`--pgdata=${pathPrefix}`))
    .flatMap(({ pid }) => identify(pid) ?? []);
  for (const { pid } of found) sendSignal(-pid, 'SIGKILL');
  await waitUntil(() => !found.some(isAlive), 2000);
}

/**
 * @param {string} dataDir
 * @returns {{ pid: number, port: number, ready: boolean } | undefined}
 */
export function readPostmasterFile(dataDir) {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Ends what a killed launcher or a killed postmaster left running on this data folder.
 * @param {string} dataDir
 */
export async function endLeftovers(dataDir) {
  const found = processesOf(dataDir);
  const file = readPostmasterFile(dataDir);
  const postmaster = found.find(({ pid }) => pid === file?.pid);
  if (postmaster)
    await endProcess(postmaster, [
      ['SIGINT', 5000],
      ['SIGQUIT', 3000],
      ['SIGKILL', 2000],
    ]);
  // Backends notice the loss of their postmaster by themselves unless they are busy.
  const rest = found.filter(isAlive);
  await waitUntil(() => !rest.some(isAlive), 3000);
  await Promise.all(
    rest.map((backend) =>
      endProcess(backend, [
        ['SIGQUIT', 2000],
        ['SIGKILL', 2000],
      ]),
    ),
  );
  // PostgreSQL would take any later program with this pid for its old postmaster and refuse to start.
  if (file && process.platform !== 'win32') rmSync(join(dataDir, 'postmaster.pid'), { force: true });
}
