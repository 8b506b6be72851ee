import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@portolan/db';
import { migrateQueue } from '@portolan/queue';
import { GRANTS, MIGRATIONS, UPKEEP } from '../../migrations';
import { publishCluster } from './cluster';

/** One PostgreSQL for the run, its database migrated once; each file clones it. */
export default async function setup(): Promise<void> {
  const { startCluster } = await import('../../tools/launcher/embedded-postgres.mjs');
  const dataHome = await mkdtemp(join(tmpdir(), 'portolan-test-'));
  const cluster = await startCluster({ dataHome, durable: false, log: () => undefined });
  await migrate({
    ownerUrl: cluster.ownerUrl,
    applicationUrl: cluster.appUrl,
    migrations: MIGRATIONS,
    grants: GRANTS,
    upkeep: UPKEEP,
    prepareGuests: () => migrateQueue(cluster.ownerUrl),
  });
  publishCluster({
    superuserUrl: cluster.superuserUrl('postgres'),
    ownerUrl: cluster.ownerUrl,
    appUrl: cluster.appUrl,
  });
  globalThis.stopTestCluster = async () => {
    await cluster.stop();
    await rm(dataHome, { recursive: true, force: true });
  };
}

declare global {
  var stopTestCluster: (() => Promise<void>) | undefined;
}
