import { readdirSync, readFileSync } from 'node:fs';

// What `getconf CLK_TCK` says on every Linux that Node runs on.
const TICKS_PER_SECOND = 100;

/**
 * CPU seconds that a process and all that it started have used so far; null where there is no /proc.
 * @param {number | undefined} pid
 * @returns {number | null}
 */
export function cpuSeconds(pid) {
  if (process.platform !== 'linux' || pid === undefined) return null;
  const stats = allStats();
  const one = (/** @type {number} */ id) => {
    const stat = stats.get(id);
    if (stat === undefined) return 0;
    let ticks = stat.ticks;
    for (const [child, { parent }] of stats) if (parent === id) ticks += one(child);
    return ticks;
  };
  return one(pid) / TICKS_PER_SECOND;
}

/**
 * CPU of each process of a PostgreSQL server so far, without those that vacuum because of what was filled in before.
 * @param {number} pid of its first process
 * @returns {Map<number, number> | null} seconds by process; null where there is no /proc
 */
export function databaseCpu(pid) {
  if (process.platform !== 'linux') return null;
  const children = [...allStats()].filter(
    ([id, { parent }]) => parent === pid && !read(`/proc/${id}/cmdline`).includes('autovacuum'),
  );
  return new Map(children.map(([id, { ticks }]) => [id, ticks / TICKS_PER_SECOND]));
}

/**
 * @param {ReadonlyMap<number, number> | null} before
 * @param {ReadonlyMap<number, number> | null} after
 * @returns {number | null} seconds in between, but of processes that have ended meanwhile
 */
export function cpuBetween(before, after) {
  if (before === null || after === null) return null;
  return [...after].reduce((sum, [pid, seconds]) => sum + seconds - (before.get(pid) ?? 0), 0);
}

/**
 * Memory of the largest process among one and those that it started.
 * @param {number | undefined} pid
 * @returns {{ rssMb: number, peakMb: number } | null} null where there is no /proc
 */
export function memory(pid) {
  if (process.platform !== 'linux' || pid === undefined) return null;
  const pids = [pid, ...[...allStats()].filter(([, { parent }]) => parent === pid).map(([child]) => child)];
  const all = pids.map((one) => {
    const text = read(`/proc/${one}/status`);
    const megabytes = (/** @type {RegExp} */ line) => (Number(line.exec(text)?.[1] ?? 0) * 1_024) / 1e6;
    return { rssMb: megabytes(/VmRSS:\s+(\d+)/), peakMb: megabytes(/VmHWM:\s+(\d+)/) };
  });
  return all.reduce((largest, one) => (one.rssMb > largest.rssMb ? one : largest));
}

function allStats() {
  /** @type {Map<number, { parent: number, ticks: number }>} */
  const stats = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const text = read(`/proc/${name}/stat`);
    if (text === '') continue;
    // The name of the command may hold spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // In user and system mode.
    stats.set(Number(name), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) });
  }
  return stats;
}

/**
 * @param {string} path
 * @returns {string} nothing of a process that has ended
 */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
