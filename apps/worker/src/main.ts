import 'reflect-metadata';
import { constants } from 'node:os';
import { NestFactory } from '@nestjs/core';
import { loadProcessConfig } from '@portolan/config';
import { createLogger, lowerPriority, runService } from '@portolan/telemetry';
import { WorkerModule } from './worker.module';

runService('worker', async () => {
  const config = loadProcessConfig();
  const logger = createLogger(config.logLevel);
  // Where the two share cores, whoever waits for an answer goes before what nobody waits for.
  lowerPriority(process.pid, constants.priority.PRIORITY_BELOW_NORMAL).catch((error: unknown) => {
    logger.debug(`the worker works at the priority of others: ${String(error)}`, 'Priority');
  });
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(config), {
    logger,
    abortOnError: false,
  });
  return { close: () => app.close() };
});
