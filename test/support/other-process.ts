import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadApiConfig } from '@portolan/config';
import { Changes } from '@portolan/db';
import { createApp, listen } from '../../apps/api/src/create-app';
import { TEST_ENVIRONMENT, type World } from './world';

/** Another API process on the database of a world: the two share nothing else. */
export interface OtherProcess {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly changes: Changes;
  /** Resolves once it knows of everything that was committed before; it may take a second at most. */
  told(): Promise<void>;
  close(): Promise<void>;
}

export async function anotherProcess(
  world: World,
  environment: Readonly<Record<string, string>> = {},
): Promise<OtherProcess> {
  const app = await createApp(loadApiConfig({ ...TEST_ENVIRONMENT, ...environment, DATABASE_URL: world.db.appUrl }));
  const url = await listen(app, 0, '127.0.0.1');
  const changes = app.get(Changes, { strict: false });
  world.db.tells(changes);
  return { app, url, changes, told: () => changes.settled(), close: () => app.close() };
}
