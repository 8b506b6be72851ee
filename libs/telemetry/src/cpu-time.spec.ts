import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { ownMsBetween, readCpuTime } from './cpu-time';

const ENOUGH_MS = 60;

/** Works until so much of this process's time is used. */
function work(): void {
  const { user } = process.cpuUsage();
  while ((process.cpuUsage().user - user) / 1_000 < ENOUGH_MS);
}

describe('CPU time', () => {
  it('counts what this process uses, for it and for the machine', () => {
    const before = readCpuTime([]);
    work();
    const after = readCpuTime([]);
    expect(ownMsBetween(before, after)).toBeGreaterThanOrEqual(ENOUGH_MS);
    expect(after.busyMs).toBeGreaterThan(before.busyMs);
    expect(after.atMs).toBeGreaterThan(before.atMs);
    expect(after.cores).toBeGreaterThan(0);
  });

  it('counts nothing for a process that is gone', async () => {
    const child = spawn(process.execPath, ['--version']);
    const before = { ...readCpuTime([]), helpersMs: new Map([[child.pid ?? 0, 5_000]]) };
    await once(child, 'exit');
    const after = { ...readCpuTime([child.pid ?? 0]), ownMs: before.ownMs };
    expect(ownMsBetween(before, after)).toBe(0);
  });

  (existsSync('/proc/self/stat') ? it : it.skip)('counts what a process uses that works for this one', async () => {
    const script = `while (process.cpuUsage().user < ${ENOUGH_MS * 1_000});
      process.stdout.write('done'); process.stdin.resume();`;
    const before = readCpuTime([]);
    const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    const after = { ...readCpuTime([child.pid ?? 0]), ownMs: before.ownMs };
    expect(ownMsBetween(before, after)).toBeGreaterThanOrEqual(ENOUGH_MS / 2);
    child.stdin.end();
    await ended;
  });
});
