import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJson } from './files.mjs';
import { tryLock } from './lock.mjs';
import { codeOf, isAlive, waitUntil } from './processes.mjs';
import { run } from './run.mjs';
import { StopLine } from './stop-line.mjs';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const INSTALL_STAMP = join(ROOT, 'node_modules', '.portolan-install');
const BUILD_STAMP = join(ROOT, 'dist', '.portolan-build');
const LOCK = join(ROOT, '.portolan-setup.lock');
const SOURCE_FOLDERS = ['apps', 'libs', 'migrations'];
const SOURCE_FILES = ['.swcrc', 'nest-cli.json', 'tsconfig.json', 'package-lock.json', 'tools/bundle-api.mjs'];
const WAIT_FOR_OTHER_MS = 15 * 60 * 1000;

/**
 * Makes node_modules and dist match the checkout.
 * @param {{ log: (line: string) => void, signal?: AbortSignal }} options
 */
export async function prepareCheckout({ log, signal }) {
  // The lock is only taken for work to do, so that a prepared checkout may be read-only.
  if (isInstalled() && isBuilt()) return;
  const lock = await lockCheckout(log, signal);
  try {
    const onSpawn = (/** @type {number} */ pid) => {
      lock.recordChildren([pid]);
    };
    if (!isInstalled()) await install(log, onSpawn, signal);
    if (!isBuilt()) await build(log, onSpawn, signal);
  } finally {
    lock.release();
  }
}

/**
 * @param {(line: string) => void} log
 * @param {AbortSignal} [signal]
 */
async function lockCheckout(log, signal) {
  let lock = tryLock(LOCK, 'setup');
  if (!('release' in lock)) {
    log(`Waiting for process ${lock.owner.pid}, which prepares this checkout...`);
    const free = () => 'release' in (lock = tryLock(LOCK, 'setup'));
    await waitUntil(free, WAIT_FOR_OTHER_MS, signal);
  }
  if (!('release' in lock)) throw new StopLine(`process ${lock.owner.pid} does not finish preparing this checkout`);
  const { left } = lock;
  // npm or the compiler of a killed start would write into the same folders as ours.
  await waitUntil(() => !left.some(isAlive), WAIT_FOR_OTHER_MS, signal);
  return lock;
}

function isInstalled() {
  const lockFile = join(ROOT, 'package-lock.json');
  const hash = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  if (readStamp(INSTALL_STAMP) === hash) return true;
  // Somebody may have run npm already: what it says it installed counts as much as our stamp.
  const wanted = readJson(lockFile)?.packages ?? {};
  const present = readJson(join(ROOT, 'node_modules', '.package-lock.json'))?.packages;
  if (!present) return false;
  const complete = Object.entries(wanted).every(([path, entry]) => {
    const found = present[path];
    if (path === '') return true;
    return found ? found.version === entry.version : Boolean(entry.optional);
  });
  if (complete) writeStampIfAllowed(INSTALL_STAMP, hash);
  return complete;
}

/**
 * @param {(line: string) => void} log
 * @param {(pid: number) => void} onSpawn
 * @param {AbortSignal} [signal]
 */
async function install(log, onSpawn, signal) {
  log('Installing dependencies (first start only)...');
  // The build needs the development dependencies, whatever NODE_ENV says.
  await npm(['ci', '--include=dev', '--no-audit', '--no-fund'], 'npm ci', onSpawn, signal);
  const hash = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  writeFileSync(INSTALL_STAMP, hash);
}

function isBuilt() {
  return existsSync(join(ROOT, 'dist', 'apps', 'api', 'src', 'main.js')) && readStamp(BUILD_STAMP) === sourceHash();
}

/**
 * @param {(line: string) => void} log
 * @param {(pid: number) => void} onSpawn
 * @param {AbortSignal} [signal]
 */
async function build(log, onSpawn, signal) {
  log('Building...');
  // Taken before the build, so that an edit during it leads to another build.
  const hash = sourceHash();
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  await npm(['run', 'build'], 'npm run build', onSpawn, signal);
  writeFileSync(BUILD_STAMP, hash);
}

/**
 * @param {string[]} args
 * @param {string} shown
 * @param {(pid: number) => void} onSpawn
 * @param {AbortSignal} [signal]
 */
async function npm(args, shown, onSpawn, signal) {
  const script = process.env.npm_execpath;
  const viaNode = script !== undefined && basename(script).startsWith('npm-cli');
  const [command, before] = viaNode ? [process.execPath, [script]] : ['npm', []];
  const { code, stdout, stderr } = await run(command, [...before, ...args], { cwd: ROOT, signal, onSpawn }).catch(
    (/** @type {unknown} */ error) => {
      signal?.throwIfAborted();
      throw new StopLine(`${shown} did not start (${codeOf(error) ?? String(error)}); expected npm in PATH`);
    },
  );
  if (code === 0) return;
  process.stderr.write(stdout + stderr);
  throw new StopLine(`${shown} ended with exit code ${code}; its output is above`);
}

function sourceHash() {
  const hash = createHash('sha256');
  const files = SOURCE_FOLDERS.flatMap((folder) => sourcesIn(join(ROOT, folder)));
  for (const file of [...files.sort(), ...SOURCE_FILES.map((name) => join(ROOT, name))]) {
    if (!existsSync(file)) continue;
    const content = readFileSync(file);
    hash.update(`${relative(ROOT, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function sourcesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesIn(path);
    return /\.(ts|json)$/.test(entry.name) && !entry.name.endsWith('.spec.ts') ? [path] : [];
  });
}

/** @param {string} path */
function readStamp(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/**
 * Without the stamp the next start only has to compare again.
 * @param {string} path
 * @param {string} content
 */
function writeStampIfAllowed(path, content) {
  try {
    writeFileSync(path, content);
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
  }
}
