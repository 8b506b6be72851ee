import { ConfigError } from '@portolan/config';

/** A program that serves until it is asked to stop. */
export interface Service {
  /** Where it listens, if it does. */
  readonly url?: string;
  /** Finishes what it has begun. */
  close(): Promise<void>;
}

/**
 * Runs a service as this process. Whoever started the process hears over the IPC channel that it is ready, or why it is
 * not; when he is gone, or asks for it with SIGTERM or SIGINT, the service is closed.
 */
export function runService(what: string, start: () => Promise<Service>): void {
  serve(start).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    const message = error instanceof ConfigError ? reason : `the ${what} cannot start: ${reason}`;
    process.send?.({ type: 'failed', message });
    if (!process.connected) console.error(`portolan: ${message}`);
    process.exitCode = 1;
    if (process.connected) process.disconnect();
  });
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
  process.send?.({ type: 'ready', ...(service.url === undefined ? {} : { url: service.url }) });
}
