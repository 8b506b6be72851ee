import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export const ROOT = dirname(dirname(__dirname));
const DEADLINE_MS = 240_000;
const LAUNCHER_SETTINGS = ['DATABASE_URL', 'DATABASE_OWNER_URL', 'REDIS_URL', 'HOST', 'PORT', 'PORTOLAN_HOME'];

export interface Ready {
  readonly url: string;
  readonly organization: string;
  readonly admin_token: string;
  readonly pid: number;
}

interface LockFile {
  readonly owner: { readonly pid: number };
  readonly children: readonly { readonly pid: number }[];
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`${what} does not come true`);
    await delay(25);
  }
}

export class Program {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;
  private readonly child: ChildProcess;

  constructor(command: string, args: readonly string[], settings: Readonly<Record<string, string>>) {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !LAUNCHER_SETTINGS.includes(name)));
    // A process group of its own, as a shell gives to each command.
    this.child = spawn(command, args, { cwd: ROOT, env: { ...env, ...settings }, stdio: 'pipe', detached: true });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code) => {
        resolve({ code, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the program does not run');
    return this.child.pid;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** What a terminal does: every process in the foreground gets the signal. */
  pressCtrlC(): void {
    process.kill(-this.pid, 'SIGINT');
  }

  closeInput(): void {
    this.child.stdin?.end();
  }
}

/** A PORTOLAN_HOME of its own with everything that runs on it. */
export class Home {
  readonly path = mkdtempSync(join(tmpdir(), 'portolan-start-'));
  private readonly programs: Program[] = [];

  get started(): readonly Program[] {
    return this.programs;
  }

  start(settings: Readonly<Record<string, string>> = {}, command = [process.execPath, 'tools/start.mjs']): Program {
    const [file = '', ...args] = command;
    const program = new Program(file, args, { PORTOLAN_HOME: this.path, PORT: '0', ...settings });
    this.programs.push(program);
    return program;
  }

  operate(...args: readonly string[]): Program {
    return this.start({}, [process.execPath, 'tools/operator.mjs', ...args]);
  }

  async ready(program: Program): Promise<Ready> {
    return until('ready.json', () => {
      if (program.hasEnded) throw new Error(`the start ended: ${program.stderr}`);
      const ready = this.json('ready.json') as Ready | undefined;
      return ready?.pid === program.pid && program.stdout.includes('Stop:') ? ready : undefined;
    });
  }

  /** Undefined where there is no such file: the program takes some away, at any time. */
  json(name: string): unknown {
    try {
      return JSON.parse(readFileSync(join(this.path, name), 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** The launcher, the API, the worker and PostgreSQL, as far as they live. */
  processes(): { pid: number; command: string }[] {
    const lock = this.json('launcher.lock') as LockFile | undefined;
    const recorded = lock ? [lock.owner.pid, ...lock.children.map(({ pid }) => pid)] : [];
    return listProcesses().filter(({ pid, command }) => recorded.includes(pid) || command.includes(`${this.path}/`));
  }

  pidOf(part: string): number {
    const found = this.processes().find(({ command }) => command.includes(part));
    if (!found) throw new Error(`no process of this home runs ${part}`);
    return found.pid;
  }

  async remove(): Promise<void> {
    for (const program of this.programs) program.signal('SIGTERM');
    await Promise.all(this.programs.map(({ ended }) => ended));
    const postgres = this.json('postgres.json') as { dataDir: string } | undefined;
    if (postgres) rmSync(postgres.dataDir, { recursive: true, force: true });
    rmSync(this.path, { recursive: true, force: true });
  }
}

function listProcesses(): { pid: number; command: string }[] {
  const lines = execFileSync('ps', ['-axww', '-o', 'pid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, state, command] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return state === undefined || state.startsWith('Z') ? [] : [{ pid: Number(pid), command: command ?? '' }];
  });
}

export function isRunning(pid: number): boolean {
  return listProcesses().some((process) => process.pid === pid);
}

export async function call(ready: Ready, path: string, body?: unknown): Promise<{ status: number; text: string }> {
  const response = await fetch(ready.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${ready.admin_token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

export async function publish(ready: Ready, registry: string, name: string): Promise<number> {
  // A remote address belongs to one server only.
  const remotes = [{ type: 'streamable-http', url: `https://${name.replace(/^.*\//, '')}.example.com/mcp` }];
  const body = { name, description: 'Says hello', version: '1.0.0', remotes };
  return (await call(ready, `/registries/${registry}/v0.1/publish`, body)).status;
}

export async function listed(ready: Ready, registry: string): Promise<string> {
  return (await call(ready, `/registries/${registry}/v0.1/servers`)).text;
}
