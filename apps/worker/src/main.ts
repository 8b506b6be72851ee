import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ConfigError, loadProcessConfig } from '@portolan/config';
import { createLogger } from '@portolan/telemetry';
import { WorkerModule } from './worker.module';

async function main(): Promise<void> {
  const config = loadProcessConfig();
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(config), {
    logger: createLogger(config.logLevel),
    abortOnError: false,
  });
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= app.close().then(() => {
      process.exit(0);
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', stop);
  process.send?.({ type: 'ready' });
}

main().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  const message = error instanceof ConfigError ? reason : `the worker cannot start: ${reason}`;
  process.send?.({ type: 'failed', message });
  if (!process.connected) console.error(`portolan: ${message}`);
  process.exitCode = 1;
  if (process.connected) process.disconnect();
});
