import 'reflect-metadata';
import { constants, setPriority } from 'node:os';
import { NestFactory } from '@nestjs/core';
import { loadProcessConfig } from '@portolan/config';
import { createLogger, runService } from '@portolan/telemetry';
import { WorkerModule } from './worker.module';

runService('worker', async () => {
  const config = loadProcessConfig();
  // Where the two share cores, whoever waits for an answer goes before what nobody waits for.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(config), {
    logger: createLogger(config.logLevel),
    abortOnError: false,
  });
  return { close: () => app.close() };
});
