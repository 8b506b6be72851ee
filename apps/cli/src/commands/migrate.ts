import { loadOperatorConfig } from '@portolan/config';
import { migrate } from '@portolan/db';
import { migrateQueue } from '@portolan/queue';
import { GRANTS, MIGRATIONS, UPKEEP } from '../../../../migrations';

export async function migrateAll(): Promise<number> {
  const config = loadOperatorConfig();
  const applied = await migrate({
    ownerUrl: config.databaseOwnerUrl,
    applicationUrl: config.database.url,
    migrations: MIGRATIONS,
    grants: GRANTS,
    upkeep: UPKEEP,
    prepareGuests: () => migrateQueue(config.databaseOwnerUrl),
  });
  console.log(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`);
  return 0;
}
