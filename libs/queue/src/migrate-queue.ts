export const SCHEMA = 'bullmq';

/** Creates or upgrades the queue's own schema; run as the owner, beside the migrations. */
export async function migrateQueue(ownerUrl: string): Promise<void> {
  // Loaded when it is needed: programs that only put jobs into the outbox start without it.
  const { PostgresConnection } = await import('bullmq');
  const connection = new PostgresConnection({ connectionString: ownerUrl, schema: SCHEMA, migrate: true, max: 2 });
  try {
    await connection.waitUntilReady();
  } finally {
    await connection.close();
  }
}
