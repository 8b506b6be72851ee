import { ConfigError } from '@portolan/config';

/** A program that serves until it is asked to stop. */
export interface Service {
  /** Where it listens, if it does. */
  readonly url?: string;
  /** Settles when it cannot go on, with the reason. */
  readonly failed?: Promise<Error>;
  /** Finishes what it has begun. */
  close(): Promise<void>;
}

/** An end that its message explains completely. */
export class StopLine extends Error {
  override readonly name = 'StopLine';
}

/** How a parent asks a service to stop where there is no SIGTERM. */
export const STOP = { type: 'stop' } as const;

/**
 * Runs a service as this process. Whoever started the process hears over the IPC channel that it is ready, or why it is
 * not; when he is gone, or asks for it with SIGTERM, SIGINT or `STOP`, the service is closed.
 */
export function runService(what: string, start: () => Promise<Service>): void {
  serve(start).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    const complete = error instanceof ConfigError || error instanceof StopLine;
    const message = complete ? reason : `the ${what} cannot start: ${reason}`;
    if (process.connected) process.send?.({ type: 'failed', message }, () => process.exit(1));
    else {
      console.error(`portolan: ${message}`);
      process.exit(1);
    }
  });
}

/** Names to the parent the processes that this one has started and that must end with it. */
export function reportProcesses(pids: readonly number[]): void {
  if (process.connected) process.send?.({ type: 'processes', pids }, () => undefined);
}

async function serve(start: () => Promise<Service>): Promise<void> {
  const service = await start();
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= service.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', stop);
  process.on('message', (message) => {
    if ((message as { type?: unknown } | null)?.type === STOP.type) stop();
  });
  process.send?.({ type: 'ready', ...(service.url === undefined ? {} : { url: service.url }) });
  const failure = await service.failed;
  if (failure === undefined || stopping !== undefined) return;
  await service.close();
  throw failure;
}
