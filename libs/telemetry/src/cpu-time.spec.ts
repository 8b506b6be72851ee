import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readCpuTime } from './cpu-time';

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
    expect(after.ownMs - before.ownMs).toBeGreaterThanOrEqual(ENOUGH_MS);
    expect(after.busyMs).toBeGreaterThan(before.busyMs);
    expect(after.atMs).toBeGreaterThan(before.atMs);
    expect(after.cores).toBeGreaterThan(0);
  });

  it('counts nothing for a process that is gone', async () => {
    const child = spawn(process.execPath, ['--version']);
    await once(child, 'exit');
    const alone = readCpuTime([]);
    expect(readCpuTime([child.pid ?? 0]).ownMs - alone.ownMs).toBeLessThan(ENOUGH_MS);
  });

  (existsSync('/proc/self/stat') ? it : it.skip)('counts what a process uses that works for this one', async () => {
    const script = `while (process.cpuUsage().user < ${ENOUGH_MS * 1_000});
      process.stdout.write('done'); process.stdin.resume();`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    const pids = [child.pid ?? 0];
    expect(readCpuTime(pids).ownMs - readCpuTime([]).ownMs).toBeGreaterThanOrEqual(ENOUGH_MS / 2);
    child.stdin.end();
    await ended;
  });
});
