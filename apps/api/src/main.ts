import 'reflect-metadata';
import { ConfigError, loadApiConfig } from '@portolan/config';
import { createApp } from './create-app';

/** What the process that started this one is told over the IPC channel, if there is one. */
function tell(message: object): void {
  process.send?.(message);
}

async function main(): Promise<void> {
  const config = loadApiConfig();
  const app = await createApp(config);
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= app.close().then(() => {
      process.exit(0);
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', stop);
  await app.listen(config.port, config.host);
  tell({ type: 'ready', url: await app.getUrl() });
}

main().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  const message = error instanceof ConfigError ? reason : `the API cannot start: ${reason}`;
  tell({ type: 'failed', message });
  if (!process.connected) console.error(`portolan: ${message}`);
  process.exitCode = 1;
  if (process.connected) process.disconnect();
});
