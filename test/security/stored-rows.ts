import type { TestDatabase } from '../support/database';

/** Rows by table, those of organizations and of what hangs from them. */
export type StoredRows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

// Reading with a credential moves these.
const MOVED_BY_READS = ['last_used_at', 'last_seen_at'];

/** Every row of every table that belongs to one of these organizations, as it is stored, in an order that is its own. */
export async function storedRows(db: TestDatabase, orgIds: readonly string[], except: readonly string[] = []) {
  const tables = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'public'::regnamespace and a.attname = 'org_id' and c.relkind in ('r', 'p') order by 1`,
  );
  const conditions: readonly (readonly [string, string])[] = [
    ['organization', 't.id = any ($1)'],
    ['server_name', 't.registry_id in (select id from registry where org_id = any ($1))'],
    ...tables.map(({ name }) => [name, 't.org_id = any ($1)'] as const),
  ];
  const stored: Record<string, readonly Readonly<Record<string, unknown>>[]> = {};
  for (const [table, condition] of conditions) {
    if (except.includes(table)) continue;
    const rows = await db.query<{ row: Record<string, unknown> }>(
      `select to_jsonb(t) - $2::text[] as row from ${table} t where ${condition} order by (to_jsonb(t) - $2::text[])::text`,
      [orgIds, MOVED_BY_READS],
    );
    stored[table] = rows.map(({ row }) => row);
  }
  return stored as StoredRows;
}
