import 'reflect-metadata';
import cluster from 'node:cluster';
import { loadApiConfig } from '@portolan/config';
import { createLogger, runService } from '@portolan/telemetry';
import { numberOfThisProcess } from './processes/api-process';
import { Supervisor } from './processes/supervisor';

runService('API', async () => {
  const config = loadApiConfig();
  if (cluster.isPrimary && config.processes > 1) {
    const logger = createLogger(config.logLevel);
    return Supervisor.start(config.processes, (line) => {
      logger.warn(line, Supervisor.name);
    });
  }
  // The supervisor answers nobody, and needs no framework in its memory.
  const { serve } = await import('./serve.js');
  return serve(config, numberOfThisProcess());
});
