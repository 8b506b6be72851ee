import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { codeOf, identify, isAlive } from './processes.mjs';

/**
 * @typedef {import('./processes.mjs').ProcessIdentity} ProcessIdentity
 * @typedef {{ owner: ProcessIdentity, purpose: string, children: ProcessIdentity[] }} LockContent
 * @typedef {{ recordChildren: (pids: number[]) => void, release: () => void, left: ProcessIdentity[] }} Lock
 */

/**
 * @param {string} path
 * @param {string} purpose
 * @returns {Lock | LockContent} the lock, or what its living holder wrote into it
 */
export function tryLock(path, purpose) {
  const owner = identify(process.pid);
  if (!owner) throw new Error('this process does not find itself');
  /** @type {LockContent} */
  const content = { owner, purpose, children: [] };
  /** @type {ProcessIdentity[]} */
  let left = [];
  for (;;) {
    if (createComplete(path, content)) return heldLock(path, content, left);
    const text = readText(path);
    if (text === undefined) continue;
    const holder = parse(text);
    if (holder && isAlive(holder.owner)) return holder;
    left = holder?.children ?? left;
    bury(path, text);
  }
}

/**
 * @param {string} path
 * @param {LockContent} content
 * @param {ProcessIdentity[]} left processes which a killed holder may have left behind
 * @returns {Lock}
 */
function heldLock(path, content, left) {
  const record = (/** @type {ProcessIdentity[]} */ children) => {
    content.children = children;
    const temporary = `${path}.${process.pid}.tmp`;
    writeFileSync(temporary, JSON.stringify(content), { mode: 0o600 });
    renameSync(temporary, path);
  };
  const living = left.filter(isAlive);
  // If this holder is killed too, its successor must still learn of what the first one left.
  if (living.length > 0) record(living);
  return {
    left: living,
    recordChildren: (pids) => {
      record(pids.flatMap((pid) => identify(pid) ?? []));
    },
    release: () => {
      rmSync(path, { force: true });
    },
  };
}

/**
 * A hard link appears with its whole content, so nobody reads a lock that is still being written.
 * @param {string} path
 * @param {LockContent} content
 */
function createComplete(path, content) {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  writeFileSync(temporary, JSON.stringify(content), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return false;
    // Some file systems have no hard links.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    writeFileSync(path, JSON.stringify(content), { mode: 0o600, flag: 'wx' });
    return true;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Two processes may find the same dead lock: whoever moved the other's new one away puts it back.
 * @param {string} path
 * @param {string} expected
 */
function bury(path, expected) {
  const grave = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    renameSync(path, grave);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  try {
    if (readText(grave) !== expected) linkSync(grave, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(grave, { force: true });
  }
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * @param {string} text
 * @returns {LockContent | undefined}
 */
function parse(text) {
  try {
    const content = JSON.parse(text);
    return content?.owner && Array.isArray(content.children) ? content : undefined;
  } catch {
    return undefined;
  }
}
