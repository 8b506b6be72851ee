import 'reflect-metadata';
import { loadApiConfig } from '@portolan/config';
import { runService } from '@portolan/telemetry';
import { createApp, listen } from './create-app';

runService('API', async () => {
  const config = loadApiConfig();
  const app = await createApp(config);
  return { url: await listen(app, config.port, config.host), close: () => app.close() };
});
