import { Client, type DatabaseError } from 'pg';
import { fillAuditTables } from '../support/audit-rows';
import { fillEveryTable } from '../support/every-table';
import { fillSharedSource } from '../support/mirror-rows';
import { aServer, aWorld, type World } from '../support/world';

/** Both organizations with rows in every table, and one connection of the application role. */
export class RowSecurityWorld {
  private constructor(
    readonly world: World,
    private readonly app: Client,
    /** By organization. */
    readonly registries: Readonly<Record<'acme' | 'globex', string>>,
    /** All that have org_id, with the views among them. */
    readonly tables: readonly string[],
  ) {}

  static async open(): Promise<RowSecurityWorld> {
    const world = await aWorld();
    const registries = { acme: await filled(world, 'acme'), globex: await filled(world, 'globex') };
    await fillSharedSource(world.db);
    const app = new Client({ connectionString: world.db.appUrl });
    await app.connect();
    const found = await world.db.query<{ name: string }>(
      `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace = 'public'::regnamespace and a.attname = 'org_id' and c.relkind in ('r', 'p', 'v', 'm')
       order by c.relname`,
    );
    return new RowSecurityWorld(
      world,
      app,
      registries,
      found.map(({ name }) => name),
    );
  }

  async close(): Promise<void> {
    await this.app.end();
    await this.world.close();
  }

  /** One statement of the application role that stays. */
  async run(text: string, values: unknown[] = []): Promise<void> {
    await this.app.query(text, values);
  }

  /** Runs one statement in a transaction of its own that is always rolled back. */
  async as<T>(orgId: string | null, text: string, values: unknown[] = []): Promise<{ rows: T[]; count: number }> {
    await this.app.query('begin');
    try {
      if (orgId !== null) await this.app.query(`select set_config('app.org_id', $1, true)`, [orgId]);
      const { rows, rowCount } = await this.app.query<Record<string, unknown>>(text, values);
      return { rows: rows as T[], count: rowCount ?? 0 };
    } finally {
      await this.app.query('rollback');
    }
  }

  /** The SQLSTATE with which the statement is refused, or `done`. */
  async refusal(orgId: string | null, text: string, values: unknown[] = []): Promise<string | undefined> {
    try {
      await this.as(orgId, text, values);
      return 'done';
    } catch (error) {
      return (error as DatabaseError).code;
    }
  }
}

async function filled(world: World, name: 'acme' | 'globex'): Promise<string> {
  const registry = await world.aRegistry(world[name], 'tools');
  await world.publish(world[name], 'tools', aServer({ remotes: [{ type: 'sse', url: 'https://mcp.example.com' }] }));
  await world.publish(world[name], 'tools', aServer({ name: 'com.example/gone' }));
  await world.call('PUT', '/registries/tools/v0.1/servers/com.example%2Fgone/versions/1.0.0', {
    token: world[name].admin,
    body: aServer({ name: 'com.example/gone', description: 'Edited' }),
  });
  await world.aSystemAccount(world[name], [{ role: 'Viewer', on: '*' }]);
  await fillEveryTable(world.db, world[name].id, registry, name);
  await fillAuditTables(world, world[name]);
  return registry;
}
