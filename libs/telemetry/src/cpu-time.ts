import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** What has been used of the machine since some moment in the past. All in milliseconds. */
export interface CpuTime {
  readonly atMs: number;
  /** Of all cores, whoever used them. */
  readonly busyMs: number;
  /** Of this process. */
  readonly ownMs: number;
  /** Of each process that works for this one, by its id. */
  readonly helpersMs: ReadonlyMap<number, number>;
  readonly cores: number;
}

// What Linux counts in for everybody, whatever the kernel's own clock.
const TICK_MS = 10;

/** @param pids processes that work for this one */
export function readCpuTime(pids: Iterable<number>): CpuTime {
  const all = cpus();
  const { user, system } = process.cpuUsage();
  return {
    atMs: performance.now(),
    busyMs: all.reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0),
    ownMs: (user + system) / 1_000,
    helpersMs: new Map([...pids].map((pid) => [pid, usedBy(pid)])),
    cores: all.length,
  };
}

/** What this process and its helpers have used between two readings; what a helper used that has gone is not known any more. */
export function ownMsBetween(before: CpuTime, after: CpuTime): number {
  let usedMs = after.ownMs - before.ownMs;
  for (const [pid, ms] of after.helpersMs) usedMs += Math.max(0, ms - (before.helpersMs.get(pid) ?? 0));
  return usedMs;
}

function usedBy(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the command may hold spaces and parentheses; the field after it is the third.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    // It has just ended.
    return 0;
  }
}
