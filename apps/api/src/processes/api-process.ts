import cluster, { type Worker } from 'node:cluster';
import { STOP, StopLine } from '@portolan/telemetry';
import { RestartPolicy, RESTARTS_PER_MINUTE_MAX } from './restart-policy';

const NUMBER_ARGUMENT = '--process=';

/** What a process tells its supervisor; `type` says the rest. */
export interface ProcessMessage {
  readonly type: string;
}

/** What a supervisor wants to hear of. */
export interface ProcessEvents {
  onMessage(from: ApiProcess, message: ProcessMessage): void;
  /** `pid` has changed. */
  onProcess(): void;
  onGiveUp(error: Error): void;
  /** What the next process gets beside the environment of the supervisor. */
  environment(): Readonly<Record<string, string>>;
  log(line: string): void;
}

interface End {
  readonly onReady: (url: string) => void;
  readonly onEnd: (why: string) => void;
}

/** The number of this process among those behind the port, from 1; null unless a supervisor has started it. */
export function numberOfThisProcess(): number | null {
  if (cluster.isPrimary) return null;
  const argument = process.argv.find((text) => text.startsWith(NUMBER_ARGUMENT));
  return argument === undefined ? null : Number(argument.slice(NUMBER_ARGUMENT.length));
}

/** One of the processes that answer behind the port, which is started again whenever it ends. */
export class ApiProcess {
  private readonly policy = new RestartPolicy();
  private worker: Worker | null = null;
  private ended: Promise<void> = Promise.resolve();
  private restart: NodeJS.Timeout | undefined;
  private stopping = false;
  /** Where it has listened at first, and must always. */
  private url: string | null = null;
  private ready = false;

  /** @param number from 1 */
  constructor(
    readonly number: number,
    private readonly events: ProcessEvents,
  ) {}

  get pid(): number | undefined {
    return this.worker?.process.pid;
  }

  get isReady(): boolean {
    return this.ready;
  }

  /**
   * @returns where it listens
   * @throws StopLine with its own reason if its first start fails
   */
  start(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.fork({
        onReady: (url) => {
          this.url = url;
          resolve(url);
        },
        onEnd: (why) => {
          if (this.url === null) reject(new StopLine(why));
          else this.startAgain(why);
        },
      });
    });
  }

  /** Lets it finish what it has begun. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    // Whoever does not listen to messages yet has begun nothing.
    if (this.ready) this.tell(STOP);
    else this.worker?.process.kill('SIGTERM');
    await this.ended;
  }

  /** Does nothing when it is not there to hear. */
  tell(message: object): void {
    if (this.worker?.isConnected()) this.worker.send(message, () => undefined);
  }

  private fork({ onReady, onEnd }: End): void {
    // Seen in a list of processes, too.
    cluster.setupPrimary({ args: [`${NUMBER_ARGUMENT}${this.number}`] });
    const worker = cluster.fork(this.events.environment());
    let failure: string | undefined;
    this.worker = worker;
    worker.on('message', (message: ProcessMessage & { url?: string; message?: string }) => {
      if (message.type === 'failed') failure = message.message;
      else if (message.type === 'ready') {
        this.ready = true;
        onReady(message.url ?? '');
      } else this.events.onMessage(this, message);
    });
    worker.on('error', (error: Error) => {
      failure ??= error.message;
    });
    this.ended = new Promise((resolve) => {
      // Comes after its last message, unlike `exit`.
      worker.process.once('close', (code: number | null, signal: string | null) => {
        this.worker = null;
        this.ready = false;
        resolve();
        if (!this.stopping)
          onEnd(failure ?? `process ${this.number} of the API ended (${signal ?? `exit code ${code}`})`);
      });
    });
    this.events.onProcess();
  }

  private startAgain(why: string): void {
    const waitMs = this.policy.next(performance.now());
    if (waitMs === null) {
      const often = `more than ${RESTARTS_PER_MINUTE_MAX} times in a minute`;
      this.events.onGiveUp(new StopLine(`process ${this.number} of the API ended ${often}, at last so: ${why}`));
      return;
    }
    this.events.log(`${why}; starting process ${this.number} of the API again`);
    this.restart = setTimeout(() => {
      this.fork({
        onReady: (url) => {
          // Others know the first one.
          if (url !== this.url) this.events.onGiveUp(new StopLine(`the API has lost its address ${this.url}`));
        },
        onEnd: (next) => {
          this.startAgain(next);
        },
      });
    }, waitMs);
  }
}
