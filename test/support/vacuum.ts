import type { TestDatabase } from './database';
import { until } from './until';

/**
 * Vacuums a table until all its pages are visible, as autovacuum leaves them: what a transaction beside could still want to
 * see is passed over by one vacuum, and an index-only scan would ask the rows there.
 */
export async function vacuum(db: TestDatabase, table: string): Promise<void> {
  await until(`all pages of ${table} are visible`, async () => {
    await db.query(`vacuum (analyze) ${table}`);
    const [pages] = await db.query<{ visible: boolean }>(
      'select relallvisible = relpages as visible from pg_class where oid = $1::regclass',
      [table],
    );
    return pages?.visible === true;
  });
}
