import 'reflect-metadata';
import { loadApiConfig } from '@portolan/config';
import { runService } from '@portolan/telemetry';
import { createApp } from './create-app';

runService('API', async () => {
  const config = loadApiConfig();
  const app = await createApp(config);
  await app.listen(config.port, config.host);
  return { url: await app.getUrl(), close: () => app.close() };
});
