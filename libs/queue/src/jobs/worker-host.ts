import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { ProcessConfig } from '@portolan/config';
import { SystemDb } from '@portolan/db';
import { openQueue, type QueueEnds } from '../backends';
import type { Job, JobName } from '../job-map';
import { relayOutbox } from './relay';

const CONCURRENCY = 4;
const RELAY_PAUSE_MS = 1_000;
const CLOSE_MAX_MS = 2_000;

/** What a room offers for one kind of job; thrown errors mean "try again". */
export interface JobHandler<N extends JobName = JobName> {
  readonly name: N;
  run(job: Job<N>): Promise<void>;
}

/** Relays the outbox and runs the jobs; at its end it finishes what it has begun. */
export class WorkerHost implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(WorkerHost.name);
  private readonly handlers: ReadonlyMap<string, JobHandler>;
  private ends: QueueEnds | undefined;
  private worker: { close(): Promise<void> } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private relaying: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly config: ProcessConfig,
    private readonly db: SystemDb,
    handlers: readonly JobHandler[],
  ) {
    this.handlers = new Map(handlers.map((handler) => [handler.name, handler]));
  }

  onApplicationBootstrap(): void {
    const report = (error: Error) => {
      this.logger.error(`queue: ${error.message}`);
    };
    this.ends = openQueue(this.config, report);
    const worker = this.ends.startWorker(async (job) => {
      const handler = this.handlers.get(job.name);
      if (!handler) throw new Error(`no handler for job ${job.name}`);
      await handler.run(job.data as Job<JobName>);
    }, CONCURRENCY);
    worker.onError(report);
    this.worker = worker;
    this.scheduleRelay();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    // A queue server that is gone answers no farewell; unfinished jobs come back to another worker anyway.
    await atMost(CLOSE_MAX_MS, this.relaying);
    await atMost(CLOSE_MAX_MS, this.worker?.close());
    await atMost(CLOSE_MAX_MS, this.ends?.close());
  }

  private scheduleRelay(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.relaying = this.relay().finally(() => {
        this.scheduleRelay();
      });
    }, RELAY_PAUSE_MS);
  }

  private async relay(): Promise<void> {
    try {
      while (!this.stopped && this.ends && (await relayOutbox(this.db, this.ends.queue)) > 0);
    } catch (error) {
      this.logger.error(`outbox relay: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

async function atMost(milliseconds: number, work: Promise<void> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
