import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { loadProcessConfig } from '@portolan/config';
import { createLogger, runService } from '@portolan/telemetry';
import { WorkerModule } from './worker.module';

runService('worker', async () => {
  const config = loadProcessConfig();
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(config), {
    logger: createLogger(config.logLevel),
    abortOnError: false,
  });
  return { close: () => app.close() };
});
