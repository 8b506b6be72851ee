import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { ProcessConfig } from '@portolan/config';
import { SystemDb } from '@portolan/db';
import { openQueue, type QueueEnds } from '../backends';
import type { Job, JobName } from '../job-map';
import { relayOutbox } from './relay';
import { atMost, Repeat } from './repeat';

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
  private readonly relay = new Repeat('outbox relay', RELAY_PAUSE_MS, async (isStopped) => {
    while (!isStopped() && this.ends && (await relayOutbox(this.db, this.ends.queue)) > 0);
  });

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
    this.relay.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.relay.stop();
    // Unfinished jobs come back to another worker.
    await atMost(CLOSE_MAX_MS, this.worker?.close());
    await atMost(CLOSE_MAX_MS, this.ends?.close());
  }
}
