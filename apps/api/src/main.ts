import 'reflect-metadata';
import { loadApiConfig } from '@portolan/config';
import { Metrics, runService } from '@portolan/telemetry';
import { createApp, listen } from './create-app';

runService('API', async () => {
  const config = loadApiConfig();
  const app = await createApp(config);
  app.get(Metrics).watchProcess();
  return { url: await listen(app, config.port, config.host), close: () => app.close() };
});
