import { SETTINGS } from '@portolan/config';
import type { DataSource, MigrationInterface } from 'typeorm';
import { connect } from './data-source';

export interface Grants {
  readonly tables: Readonly<Record<string, string>>;
  readonly functions: readonly string[];
  readonly schemas: readonly string[];
}

export type MigrationClass = new () => MigrationInterface;

export interface MigrateOptions {
  readonly ownerUrl: string;
  readonly applicationUrl: string;
  readonly migrations: readonly MigrationClass[];
  readonly grants: Grants;
  /** Statements of every run, after the migrations: they renew what gets old by time alone. */
  readonly upkeep: readonly string[];
  /** Brings along what another program keeps in the database, before rights on it are given. */
  readonly prepareGuests: () => Promise<void>;
}

// Any constant will do as long as every version of Portolan takes the same.
const MIGRATION_LOCK = 7_305_177_512;

/**
 * Brings the database to this version and gives the application role exactly the rights of the table of grants.
 * Runs that start at the same time wait for each other.
 *
 * @returns names of the migrations that were applied
 * @throws Error when the application role could bypass row security
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const role = await applicationRole(options.applicationUrl);
  const owner = await connect(SETTINGS.databaseOwnerUrl, {
    type: 'postgres',
    url: options.ownerUrl,
    applicationName: 'portolan-migrate',
    migrations: [...options.migrations],
    migrationsTableName: 'schema_migration',
    poolSize: 2,
  });
  const lock = owner.createQueryRunner();
  try {
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const applied = await owner.runMigrations({ transaction: 'each' });
    for (const statement of options.upkeep) await owner.query(statement);
    await refuseUnsafeRole(owner, role);
    await options.prepareGuests();
    await grant(owner, role, options.grants);
    return applied.map(({ name }) => name);
  } finally {
    await lock.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    await lock.release();
    await owner.destroy();
  }
}

async function applicationRole(url: string): Promise<string> {
  const application = await connect(SETTINGS.databaseUrl, { type: 'postgres', url, poolSize: 1 });
  try {
    const [row] = await application.query<{ name: string }[]>('select current_user::text as name');
    if (!row) throw new Error('the database did not name the application role');
    return row.name;
  } finally {
    await application.destroy();
  }
}

async function refuseUnsafeRole(owner: DataSource, role: string): Promise<void> {
  const [row] = await owner.query<{ unsafe: boolean }[]>(
    `select r.rolsuper or r.rolbypassrls
            or exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                       where n.nspname = 'public' and pg_has_role(r.oid, c.relowner, 'member')) as unsafe
     from pg_roles r where r.rolname = $1`,
    [role],
  );
  if (row?.unsafe !== false)
    throw new Error(
      `${SETTINGS.databaseUrl.name} cannot be used (its role could bypass row security): expected ${SETTINGS.databaseUrl.expected}`,
    );
}

async function grant(owner: DataSource, role: string, grants: Grants): Promise<void> {
  const to = quoted(role);
  const [current] = await owner.query<{ name: string }[]>('select current_database()::text as name');
  const database = quoted(current?.name ?? '');
  await owner.transaction(async (manager) => {
    await manager.query(`revoke all on all tables in schema public from public, ${to}`);
    await manager.query(`revoke all on all functions in schema public from public, ${to}`);
    await manager.query(`grant usage on schema public to ${to}`);
    await manager.query(`grant temporary on database ${database} to ${to}`);
    for (const [table, rights] of Object.entries(grants.tables))
      await manager.query(`grant ${rights} on ${table} to ${to}`);
    for (const name of grants.functions) await manager.query(`grant execute on function ${name} to ${to}`);
    for (const schema of grants.schemas) {
      await manager.query(`grant usage on schema ${schema} to ${to}`);
      await manager.query(`grant select, insert, update, delete on all tables in schema ${schema} to ${to}`);
      await manager.query(`grant usage, select on all sequences in schema ${schema} to ${to}`);
      await manager.query(`grant execute on all functions in schema ${schema} to ${to}`);
    }
  });
}

function quoted(name: string): string {
  return `"${name.replace(/"/g, '""')}"`;
}
