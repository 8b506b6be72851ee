import { Client, type DatabaseError } from 'pg';
import { fillAuditTables } from '../support/audit-rows';
import { aWorld, type World } from '../support/world';

/** What happened stays as it was written down. */
const APPEND_ONLY = ['audit_log', 'audit_seal', 'audit_checkpoint', 'audit_boundary', 'audit_person', 'audit_personal'];

describe('The audit trail, for the application role', () => {
  let world: World;
  let app: Client;
  let partitions: string[];
  /** Partitions of this month and of those that are made ahead of their time. */
  let months: string[];

  beforeAll(async () => {
    world = await aWorld();
    for (const name of ['acme', 'globex'] as const) {
      await world.aRegistry(world[name], 'tools');
      await fillAuditTables(world, world[name]);
    }
    app = new Client({ connectionString: world.db.appUrl });
    await app.connect();
    await world.db.query('select create_audit_partitions()');
    const found = await world.db.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_inherits join pg_class c on c.oid = inhrelid and c.relkind = 'r'
       order by 1`,
    );
    partitions = found.map(({ name }) => name);
    const expected = await world.db.query<{ name: string }>(
      `select 'audit_partition.' || name || to_char(now() at time zone 'UTC' + make_interval(months => ahead), '_YYYY_MM') as name
       from unnest(array['audit_log', 'audit_seal']) name, generate_series(0, 3) ahead`,
    );
    months = expected.map(({ name }) => name);
  });

  afterAll(async () => {
    await app.end();
    await world.close();
  });

  /** The outcome of one statement in a transaction of acme that is always rolled back. */
  async function outcome(text: string, values: unknown[] = []): Promise<string> {
    await app.query('begin');
    try {
      await app.query(`select set_config('app.org_id', $1, true)`, [world.acme.id]);
      await app.query(text, values);
      return 'done';
    } catch (error) {
      return (error as DatabaseError).code ?? String(error);
    } finally {
      await app.query('rollback');
    }
  }

  it.each(
    APPEND_ONLY.flatMap((table) => [
      `update ${table} set org_id = org_id`,
      `delete from ${table}`,
      `truncate ${table}`,
      `merge into ${table} t using ${table} s on t.org_id = s.org_id when matched then delete`,
    ]),
  )('may not be changed by: %s', async (text) => {
    expect(await outcome(text)).toBe('42501');
  });

  it.each(APPEND_ONLY)('shows acme rows of %s, and none of globex', async (table) => {
    await app.query('begin');
    await app.query(`select set_config('app.org_id', $1, true)`, [world.acme.id]);
    const { rows } = await app.query<{ org_id: string }>(`select distinct org_id from ${table}`);
    await app.query('rollback');
    expect(rows).toEqual([{ org_id: world.acme.id }]);
  });

  it('has its partitions where the role may go nowhere', async () => {
    expect(partitions).toEqual(expect.arrayContaining(months));
    const rows = await world.db.query<{ name: string; schema: boolean; forced: boolean; rights: string[] }>(
      `select c.oid::regclass::text as name, has_schema_privilege($1, c.relnamespace, 'usage, create') as schema,
              c.relrowsecurity and c.relforcerowsecurity as forced,
              array(select p from unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p
                    where has_table_privilege($1, c.oid, p) or (p in ('select', 'insert', 'update', 'references')
                      and has_any_column_privilege($1, c.oid, p))) as rights
       from pg_class c where c.oid::regclass::text = any ($2) order by 1`,
      [new URL(world.db.appUrl).username, partitions],
    );
    expect(rows).toEqual(partitions.map((name) => ({ name, schema: false, forced: true, rights: [] })));
    for (const name of partitions) expect(name).toMatch(/^audit_partition\.audit_(log|seal)_\d{4}_\d{2}$/);
  });

  it.each([
    'select * from',
    'update %s set org_id = org_id --',
    'delete from',
    'truncate',
    'drop table',
    'insert into',
  ])('is not reached past its policies by naming a partition: %s', async (start) => {
    for (const name of partitions) {
      const text = start.includes('%s') ? start.replace('%s', name) : `${start} ${name}`;
      const end = start === 'insert into' ? ' select * from audit_log' : '';
      expect([name, await outcome(text + end)]).toEqual([name, '42501']);
    }
  });

  it.each(APPEND_ONLY)('takes no row of globex in %s from a transaction of acme', async (table) => {
    const columns = await world.db.query<{ name: string }>(
      `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and attgenerated = ''`,
      [table],
    );
    const list = columns.map(({ name }) => name).join(', ');
    const [row] = await world.db.query<{ row: object }>(
      `select to_jsonb(t) as row from ${table} t where org_id = $1 limit 1`,
      [world.globex.id],
    );
    const insert = `insert into ${table} (${list}) select ${list} from jsonb_populate_record(null::${table}, $1)`;
    expect(await outcome(insert, [row?.row])).toBe('42501');
  });

  it('lets nobody forget a person of another organization', async () => {
    const people = () => world.db.query(`select * from audit_person where org_id = $1`, [world.globex.id]);
    const before = await people();
    const [person] = before as { id: string }[];
    await app.query('begin');
    await app.query(`select set_config('app.org_id', $1, true)`, [world.acme.id]);
    await app.query('select erase_audit_person($1)', [person?.id]);
    await app.query('commit');
    expect(await people()).toEqual(before);
    expect(before.length).toBeGreaterThan(0);
  });

  it('lets nobody forget who is still a user', async () => {
    const [user] = await world.db.query<{ id: string }>('select id from user_account where org_id = $1', [
      world.acme.id,
    ]);
    const erase = 'select erase_audit_person($1)';
    expect(await outcome(erase, [user?.id])).toBe('42501');
    expect(
      await outcome(`delete from user_account where id = '${user?.id}'; ${erase.replace('$1', `'${user?.id}'`)}`),
    ).toBe('done');
  });

  it.each([
    'update audit_settings set loosened_at = null',
    'update audit_settings set org_id = org_id',
    'insert into audit_settings (org_id, loosened_at) values (current_org_id(), null)',
    'delete from audit_settings',
  ])('keeps since when less is kept, whatever is tried: %s', async (text) => {
    expect(await outcome(text)).toBe('42501');
  });

  it('tells private signing keys only as SECRETS_KEY has sealed them', async () => {
    for (const text of [
      'select * from audit_signing_key',
      'update audit_signing_key set retired_at = now()',
      'delete from audit_signing_key',
      'insert into audit_signing_key (id) values (1)',
    ])
      expect([text, await outcome(text)]).toEqual([text, '42501']);
    const { rows } = await app.query<{ private_key_sealed: string; public_key: Buffer }>(
      'select * from list_audit_keys()',
    );
    for (const key of rows) expect(key.private_key_sealed).toMatch(/^v1\./);
  });
});
