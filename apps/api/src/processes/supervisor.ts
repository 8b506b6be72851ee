import cluster from 'node:cluster';
import { reportProcesses, type Service } from '@portolan/telemetry';
import { ApiProcess } from './api-process';
import { relayMetrics } from './metrics-exchange';

const HTTP_PORT = '80';

/** Keeps several processes of the API running behind one port. It takes no connection itself. */
export class Supervisor implements Service {
  readonly failed: Promise<Error>;
  private readonly processes: readonly ApiProcess[];
  private address = '';
  private port: Readonly<{ PORT?: string }> = {};

  private constructor(count: number, log: (line: string) => void) {
    // By turns would be more even, but a connection on its way to a process that dies would hang for ever.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    // JSON has no NaN, which a metric may be.
    cluster.setupPrimary({ serialization: 'advanced' });
    let fail: (error: Error) => void = () => undefined;
    this.failed = new Promise((resolve) => (fail = resolve));
    const events = {
      onMessage: (from: ApiProcess, message: object) => {
        relayMetrics(this.processes, from, message);
      },
      onProcess: () => {
        reportProcesses(this.processes.flatMap(({ pid }) => pid ?? []));
      },
      onGiveUp: fail,
      environment: () => this.environment(),
      log,
    };
    this.processes = Array.from({ length: count }, (_, index) => new ApiProcess(index + 1, events));
  }

  /**
   * Resolves when all processes listen.
   *
   * @param count from 2
   * @throws StopLine with the reason of the first that cannot start; none is left then
   */
  static async start(count: number, log: (line: string) => void): Promise<Supervisor> {
    const supervisor = new Supervisor(count, log);
    try {
      const [url] = await Promise.all(supervisor.processes.map((process) => process.start()));
      supervisor.address = url ?? '';
      return supervisor;
    } catch (error) {
      await supervisor.close();
      throw error;
    }
  }

  get url(): string {
    return this.address;
  }

  private environment(): Readonly<Record<string, string>> {
    // When none is left nothing holds the port that PORT=0 has found; from then on it is asked for by its number.
    const isHeld = this.address === '' || this.processes.some(({ isReady }) => isReady);
    if (!isHeld) this.port = { PORT: new URL(this.address).port || HTTP_PORT };
    return { ...this.port };
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
  }
}
