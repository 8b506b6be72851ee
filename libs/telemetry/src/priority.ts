import { readFileSync, writeFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

// Linux takes one such order in 100 ms from all who are not root.
const AGAIN_AFTER_MS = 110;
const ATTEMPTS_MAX = 100;

/** Whether this process leaves the machine to others. */
export function isLowPriority(): boolean {
  return getPriority() > constants.priority.PRIORITY_NORMAL;
}

/**
 * Makes the kernel prefer others to a process.
 *
 * Desktops and some servers have Linux share a machine among sessions first, and only within each by priority: a process
 * that leads a session of its own has that lowered as well.
 *
 * @param niceness from -20 to 19, the last being the lowest priority
 * @param isWanted asked before each further attempt
 * @throws Error of the system, such as EPERM for a process of another user
 */
export async function lowerPriority(pid: number, niceness: number, isWanted = () => true): Promise<void> {
  if (getPriority(pid) < niceness) setPriority(pid, niceness);
  if (!leadsSession(pid)) return;
  for (let attempt = 1; isWanted(); attempt += 1) {
    try {
      // Absent where the kernel shares by process only.
      writeFileSync(`/proc/${pid}/autogroup`, String(niceness), { flag: 'r+' });
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      if (code !== 'EAGAIN' || attempt === ATTEMPTS_MAX) throw error;
    }
    await delay(AGAIN_AFTER_MS, undefined, { ref: false });
  }
}

function leadsSession(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the command may hold spaces and parentheses; after it come state, parent, group and session.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3] === String(pid);
}
