import { Client } from 'pg';
import type { TestDatabase } from './database';

/** One statement of the role that the program has in the database, bound to an organization or to none. */
export async function asApplication<T>(
  { appUrl }: TestDatabase,
  orgId: string | null,
  text: string,
  values: readonly unknown[] = [],
): Promise<T[]> {
  const client = new Client({ connectionString: appUrl });
  await client.connect();
  try {
    if (orgId !== null) await client.query(`select set_config('app.org_id', $1, false)`, [orgId]);
    return (await client.query(text, [...values])).rows as T[];
  } finally {
    await client.end();
  }
}
