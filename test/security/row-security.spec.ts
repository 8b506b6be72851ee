import type { DatabaseError } from 'pg';
import { GRANTS } from '../../migrations';
import { NOBODY_ID } from '../support/mirror-rows';
import type { World } from '../support/world';
import { RowSecurityWorld } from './row-security-world';

/** Hold copies of upstreams that take no credential, which are nobody's own and which every organization may read. */
const SHARED = ['source', 'source_crawl', 'source_version'];
const isShared = (table: string) => SHARED.includes(table);

describe('Row security, as the application role', () => {
  let fixture: RowSecurityWorld;
  let world: World;
  let tables: readonly string[];
  let registries: RowSecurityWorld['registries'];
  const as = <T>(orgId: string | null, text: string, values: unknown[] = []) => fixture.as<T>(orgId, text, values);
  const refusal = (orgId: string | null, text: string, values: unknown[] = []) => fixture.refusal(orgId, text, values);

  beforeAll(async () => {
    fixture = await RowSecurityWorld.open();
    ({ world, tables, registries } = fixture);
  });

  afterAll(() => fixture.close());

  describe('every table with org_id', () => {
    it('is known here and holds rows of both organizations', async () => {
      expect(tables).toEqual([
        'access_token',
        'audit_boundary',
        'audit_checkpoint',
        'audit_delivery',
        'audit_destination',
        'audit_log',
        'audit_person',
        'audit_personal',
        'audit_seal',
        'audit_settings',
        'audit_unsealed',
        'capability_url',
        'crawl_item',
        'identity_provider',
        'invite',
        'issuer_subject',
        'login_attempt',
        'mirror',
        'mirror_run',
        'mirror_run_item',
        'outbox',
        'registry',
        'remote_url_claim',
        'reserved_namespace',
        'role_assignment',
        'server_version',
        'source',
        'source_crawl',
        'source_version',
        'system_account',
        'team',
        'team_group_mapping',
        'team_member',
        'trusted_issuer',
        'upstream',
        'user_account',
        'user_identity',
        'user_password',
        'user_session',
        'version_document',
      ]);
      for (const table of tables) {
        const rows = await world.db.query(`select distinct org_id from ${source(table)} where org_id <> $1`, [
          NOBODY_ID,
        ]);
        expect([table, rows.length]).toEqual([table, 2]);
      }
    });

    it('has row security enabled and forced, with both sides of a policy, or is a view that tests the organization', async () => {
      const rows = await world.db.query<{
        name: string;
        kind: string;
        enabled: boolean;
        forced: boolean;
        policies: number;
      }>(
        `select c.relname as name, c.relkind as kind, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
                (select count(*)::int from pg_policies p where p.tablename = c.relname and p.cmd = 'ALL'
                   and p.qual ~ 'current_org_id' and p.with_check ~ 'current_org_id' and p.roles = '{public}') as policies
         from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname = any ($1)`,
        [[...tables, 'organization']],
      );
      expect(rows).toHaveLength(tables.length + 1);
      for (const { name, kind, ...security } of rows)
        if (kind === 'v') expect(viewText(await definition(name))).toContain('v.org_id = current_org_id()');
        else {
          expect(['r', 'p']).toContain(kind);
          expect({ name, ...security }).toEqual({ name, enabled: true, forced: true, policies: 1 });
        }
    });

    it('opens to nobody but the owner beyond its own organization, but for reading copies that are nobody’s', async () => {
      const rows = await world.db.query<{ table: string; command: string; roles: string; test: string }>(
        `select tablename as table, cmd as command, roles::text, qual as test
         from pg_policies where not (qual ~ 'current_org_id') order by 1`,
      );
      const [owners, shared] = [true, false].map((isOwners) =>
        rows.filter(({ roles }) => (roles === '{portolan_owner}') === isOwners),
      );
      expect(owners?.length).toBeGreaterThan(0);
      expect(shared).toEqual(
        SHARED.map((table) => ({
          table,
          command: 'SELECT',
          roles: '{public}',
          test: `(org_id = '${NOBODY_ID}'::uuid)`,
        })),
      );
    });

    it('shows no row while no organization is set', async () => {
      for (const table of [...tables, 'organization'])
        expect([table, await refusalOrCount(null, table)]).toEqual([table, table === 'outbox' ? '42501' : 0]);
    });

    it('shows no row while the organization is empty text, and errs on garbage', async () => {
      await fixture.run(`select set_config('app.org_id', '', false)`);
      for (const table of tables)
        expect([table, await refusalOrCount(null, table)]).toEqual([table, table === 'outbox' ? '42501' : 0]);
      await fixture.run('reset app.org_id');
      expect(await refusal('garbage', 'select * from registry')).toBe('22P02');
    });

    it('shows rows of the one organization that is set, all of them', async () => {
      for (const table of tables.filter((one) => one !== 'outbox')) {
        const { rows } = await as<{ org_id: string; count: number }>(
          world.acme.id,
          `select org_id, count(*)::int from ${table} ${ownOf(table)} group by org_id`,
        );
        const real = await world.db.query(
          `select org_id, count(*)::int from ${source(table)} where org_id = $1 group by org_id`,
          [world.acme.id],
        );
        expect([table, rows]).toEqual([table, real]);
      }
      const { rows } = await as<{ name: string }>(world.acme.id, 'select name from organization');
      expect(rows).toEqual([{ name: 'acme' }]);
    });

    it('shows what is nobody’s in the tables of shared copies only, and lets no organization write it', async () => {
      for (const table of tables) {
        const real = await world.db.query(`select from ${source(table)} where org_id = $1`, [NOBODY_ID]);
        const { count } = await as(world.acme.id, `select from ${table} where org_id = $1`, [NOBODY_ID]).catch(() => ({
          count: 0,
        }));
        expect([table, real.length > 0]).toEqual([table, isShared(table) || table === 'crawl_item']);
        expect([table, count]).toEqual([table, isShared(table) ? real.length : 0]);
      }
      for (const table of [...SHARED, 'crawl_item'])
        for (const orgId of [world.acme.id, null]) {
          for (const text of [`update ${table} set org_id = org_id`, `delete from ${table}`])
            expect([text, (await as(orgId, `${text} where org_id = $1`, [NOBODY_ID])).count]).toEqual([text, 0]);
          const [row] = await world.db.query<{ row: object }>(
            `select to_jsonb(t) as row from ${table} t where org_id = $1 limit 1`,
            [NOBODY_ID],
          );
          const insert = `insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`;
          expect([table, await refusal(orgId, insert, [row?.row])]).toEqual([table, '42501']);
        }
    });

    it('takes no row of another organization, even a copy of one of its own', async () => {
      for (const table of tables.filter((one) => one !== 'version_document')) {
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
        for (const orgId of [world.acme.id, null])
          expect([table, await refusal(orgId, insert, [row?.row])]).toEqual([table, '42501']);
      }
    });

    it('lets no row be changed or deleted that belongs to another, nor given away', async () => {
      for (const table of ['registry', 'server_version']) {
        const { count } = await as(world.acme.id, `update ${table} set org_id = org_id where org_id <> $1`, [
          world.acme.id,
        ]);
        expect([table, count]).toEqual([table, 0]);
        const give = `update ${table} set org_id = $1`;
        expect([table, await refusal(world.acme.id, give, [world.globex.id])]).toEqual([table, '42501']);
      }
      for (const table of ['registry', 'server_version', 'role_assignment', 'remote_url_claim']) {
        const { count } = await as(world.acme.id, `delete from ${table} where org_id = $1`, [world.globex.id]);
        expect([table, count]).toEqual([table, 0]);
      }
      const { count } = await as(world.acme.id, `update access_token set last_used_at = now() where org_id = $1`, [
        world.globex.id,
      ]);
      expect(count).toBe(0);
    });
  });

  describe('documents', () => {
    it('are readable through the versions of the own organization only', async () => {
      expect(await refusal(world.acme.id, 'select body from document')).toBe('42501');
      expect(await refusal(world.acme.id, 'select * from document')).toBe('42501');
      const { rows } = await as<{ org_id: string }>(world.acme.id, 'select org_id, body from version_document');
      expect(rows.map(({ org_id }) => org_id)).toEqual([world.acme.id, world.acme.id, world.acme.id]);
      const { count } = await as(world.acme.id, 'select from version_document where registry_id = $1', [
        registries.globex,
      ]);
      expect(count).toBe(0);
    });

    it('cannot be changed or deleted, nor pulled out from under a version', async () => {
      expect(await refusal(world.acme.id, `update document set body = ''`)).toBe('42501');
      expect(await refusal(world.acme.id, 'delete from document')).toBe('42501');
      const all = 'select sweep_documents(array(select hash from document)) as swept';
      await as(world.acme.id, all);
      const { rows } = await as<{ missing: number }>(
        world.acme.id,
        `${all.replace('as swept', '')}, (select count(*)::int from version_document) as missing`,
      );
      expect(rows[0]?.missing).toBe(3);
    });
  });

  describe('the application role', () => {
    it('is no superuser, bypasses nothing, is member of nothing and owns nothing', async () => {
      const [role] = await world.db.query(
        `select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
                (select count(*)::int from pg_class where relowner = r.oid) as relations,
                (select count(*)::int from pg_proc where proowner = r.oid) as functions,
                (select count(*)::int from pg_namespace where nspowner = r.oid) as schemas,
                (select count(*)::int from pg_database where datdba = r.oid) as databases,
                (select count(*)::int from pg_auth_members where member = r.oid) as memberships
         from pg_roles r where rolname = $1`,
        [new URL(world.db.appUrl).username],
      );
      const none = { relations: 0, functions: 0, schemas: 0, databases: 0, memberships: 0 };
      const no = {
        rolsuper: false,
        rolbypassrls: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolreplication: false,
      };
      expect(role).toEqual({ ...no, ...none });
    });

    it.each([
      ['truncate registry cascade'],
      ['create table public.mine (id int)'],
      ['create function public.mine() returns int language sql as $$ select 1 $$'],
      ['create schema mine'],
      ['alter table registry disable row level security'],
      ['alter table registry no force row level security'],
      ['drop policy registry_of_organization on registry'],
      ['create policy mine on registry using (true)'],
      ['create trigger t after insert on registry execute function pg_catalog.suppress_redundant_updates_trigger()'],
      [`update organization set id = id`],
      [`update organization set name = name`],
      ['update user_account set email = email'],
      ['update user_account set org_id = org_id'],
      [`update access_token set hash = hash`],
      [`update access_token set user_id = user_id`],
      [`update access_token set public_id = public_id`],
      [`update user_session set expires_at = now()`],
      [`update user_session set hash = hash`],
      [`update capability_url set hash = hash`],
      [`update capability_url set registry_id = registry_id`],
      [`update invite set hash = hash`],
      [`update team set system_team = false`],
      [`update team_member set team_id = team_id`],
      [`update user_identity set user_id = user_id`],
      [`update issuer_subject set subject = subject`],
      [`select role_assignments_of(null, null, null)`],
      [`update role_assignment set role_name = 'Admin'`],
      ['select * from outbox'],
      ['select * from schema_migration'],
      ['set role portolan_owner'],
      ['set session authorization postgres'],
      [`select pg_read_file('PG_VERSION')`],
    ])('may not: %s', async (text) => {
      expect(await refusal(world.acme.id, text)).toBe('42501');
    });

    it('has exactly the rights of the table of grants', async () => {
      const name = new URL(world.db.appUrl).username;
      const rows = await world.db.query<{ name: string }>(
        `select distinct table_name as name from information_schema.role_table_grants
         where grantee in ($1, 'PUBLIC') and table_schema = 'public'
         union select table_name from information_schema.column_privileges where grantee = $1 and table_schema = 'public'
         order by 1`,
        [name],
      );
      expect(rows.map((row) => row.name)).toEqual(Object.keys(GRANTS.tables).sort());
      const all = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'];
      const rights = await world.db.query<{ table: string; rights: string[] }>(
        `select c.relname as table, array(select p from unnest($2::text[]) p where has_table_privilege($1, c.oid, p)) as rights
         from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')`,
        [name, all],
      );
      for (const { table, rights: real } of rights) {
        // `select (hash)` is a right on a column, not on the table.
        const granted = (GRANTS.tables[table] ?? '').split(/, (?![^(]*\))/).map((right) => right.toUpperCase());
        expect([table, real]).toEqual([table, all.filter((right) => granted.includes(right))]);
      }
    });
  });

  it('has no right at all on the names that searches look through', async () => {
    await expect(as(world.acme.id, 'select from server_name')).rejects.toMatchObject({ code: '42501' });
  });

  async function definition(view: string): Promise<string> {
    const [row] = await world.db.query<{ text: string }>(`select pg_get_viewdef($1::regclass) as text`, [view]);
    return row?.text ?? '';
  }

  async function refusalOrCount(orgId: string | null, table: string): Promise<number | string | undefined> {
    try {
      return (await as(orgId, `select from ${table} ${ownOf(table)}`)).count;
    } catch (error) {
      return (error as DatabaseError).code;
    }
  }
});

/** Leaves out what is nobody's, and therefore shown to everybody. */
function ownOf(table: string): string {
  return isShared(table) ? `where org_id <> '${NOBODY_ID}'` : '';
}

/** Where the rows of a table are; the view shows none to somebody who has set no organization, superuser or not. */
function source(table: string): string {
  return table === 'version_document' ? 'server_version' : table;
}

function viewText(text: string): string {
  return text.replace(/\( SELECT (current_org_id\(\)) AS \w+\)/, '$1').replaceAll(/[()]\s*v\.org_id/g, 'v.org_id');
}
