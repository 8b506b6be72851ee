import type { ProcessConfig } from '@portolan/config';
import { LocalBackends } from '@portolan/db';
import { createPostgresBackend, Queue, Worker, type Processor } from 'bullmq';
import { Redis } from 'ioredis';
import { SCHEMA } from './migrate-queue';

const QUEUE_NAME = 'portolan';
const CONNECTIONS_MAX = 4;
const KEEP_COMPLETED = 1_000;
const KEEP_FAILED = 10_000;

export interface QueueEnds {
  readonly queue: {
    add(name: string, data: unknown, options: { jobId: string }): Promise<unknown>;
    close(): Promise<void>;
  };
  startWorker(
    process: Processor,
    concurrency: number,
  ): { close(): Promise<void>; onError(report: (error: Error) => void): void };
  close(): Promise<void>;
}

const JOB_OPTIONS = {
  attempts: 10,
  backoff: { type: 'exponential', delay: 1_000 },
  removeOnComplete: { count: KEEP_COMPLETED },
  removeOnFail: { count: KEEP_FAILED },
};

/** The queue on Redis when one is configured, else in PostgreSQL: the same jobs, the same guarantees. */
export function openQueue(config: ProcessConfig, onError: (error: Error) => void): QueueEnds {
  return config.redisUrl === null ? onPostgres(config, onError) : onRedis(config.redisUrl, onError);
}

function onPostgres(config: ProcessConfig, onError: (error: Error) => void): QueueEnds {
  const { onConnect } = new LocalBackends();
  const connection = { connectionString: config.database.url, schema: SCHEMA, max: CONNECTIONS_MAX, onConnect };
  const queue = new Queue(QUEUE_NAME, { connection, defaultJobOptions: JOB_OPTIONS }, createPostgresBackend);
  queue.on('error', onError);
  return {
    queue,
    startWorker: (process, concurrency) => {
      const worker = new Worker(QUEUE_NAME, process, { connection, concurrency }, createPostgresBackend);
      return { close: () => worker.close(), onError: (report) => void worker.on('error', report) };
    },
    close: () => queue.close(),
  };
}

function onRedis(url: string, onError: (error: Error) => void): QueueEnds {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  connection.on('error', onError);
  const queue = new Queue(QUEUE_NAME, { connection, defaultJobOptions: JOB_OPTIONS });
  queue.on('error', onError);
  return {
    queue,
    startWorker: (process, concurrency) => {
      const worker = new Worker(QUEUE_NAME, process, { connection, concurrency });
      return { close: () => worker.close(), onError: (report) => void worker.on('error', report) };
    },
    close: async () => {
      await queue.close();
      connection.disconnect();
    },
  };
}
