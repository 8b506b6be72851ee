import type { QueryRunner } from 'typeorm';

/**
 * Row security of a table with `org_id`: everybody, the owner included, touches only rows of the organization that the
 * transaction has named; with none named there are no rows.
 */
export async function protect(runner: QueryRunner, table: string, column = 'org_id'): Promise<void> {
  await runner.query(`alter table ${table} enable row level security, force row level security`);
  await runner.query(`
    create policy ${table}_of_organization on ${table}
    using (${column} = (select current_org_id())) with check (${column} = (select current_org_id()))`);
}

/**
 * Lets the owner's SECURITY DEFINER functions look across organizations in this one table. Each of them repeats the
 * test that it needs; docs/adr/0001 lists them.
 */
export async function openToDefiner(runner: QueryRunner, table: string, command: 'select' | 'all'): Promise<void> {
  await runner.query(
    `create policy ${table}_for_definer_${command} on ${table} for ${command} to current_user using (true)`,
  );
}

export async function statements(runner: QueryRunner, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await runner.query(text);
}

/** Row security binds the owner, too: what changes rows of all organizations does so one organization at a time. */
export async function forEachOrganization(runner: QueryRunner, change: () => Promise<unknown>): Promise<void> {
  const organizations = (await runner.query(`select id from organization`)) as { id: string }[];
  for (const { id } of organizations) {
    await runner.query(`select set_config('app.org_id', $1, true)`, [id]);
    await change();
  }
  await runner.query(`select set_config('app.org_id', '', true)`);
}

/** A way back would lose what was written since: whoever needs one restores a backup. */
export function noWayBack(): Promise<never> {
  return Promise.reject(new Error('migrations are not undone; restore a backup made before the upgrade'));
}
