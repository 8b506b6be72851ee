import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { TEST_ENVIRONMENT, type World } from '../support/world';

const PROGRAM = join(__dirname, '..', '..', 'dist', 'apps', 'worker', 'src', 'main.js');

/** The worker as it is built, in a process of its own, which can be killed. */
export class WorkerProcess {
  private constructor(private readonly child: ChildProcess) {}

  static async start({ db }: World, environment: Readonly<Record<string, string>> = {}): Promise<WorkerProcess> {
    const child = spawn(process.execPath, [PROGRAM], {
      env: { ...TEST_ENVIRONMENT, DATABASE_URL: db.appUrl, DATABASE_POOL_SIZE: '10', ...environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [message] = (await once(child, 'message')) as [{ type: string; message?: string }];
    if (message.type !== 'ready') throw new Error(message.message);
    return new WorkerProcess(child);
  }

  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }
}
