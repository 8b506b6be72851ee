import { Client, type DatabaseError } from 'pg';
import { GRANTS } from '../../migrations';
import { fillAuditTables } from '../support/audit-rows';
import { fillEveryTable } from '../support/every-table';
import { fillSharedSource, NOBODY_ID } from '../support/mirror-rows';
import { aServer, aWorld, type World } from '../support/world';
import { DEFINERS } from './definers';

/** Hold copies of upstreams that take no credential, which are nobody's own and which every organization may read. */
const SHARED = ['source', 'source_crawl', 'source_version'];
const isShared = (table: string) => SHARED.includes(table);

describe('Row security, as the application role', () => {
  let world: World;
  let app: Client;
  let tables: string[];
  const registries: Record<'acme' | 'globex', string> = { acme: '', globex: '' };

  beforeAll(async () => {
    world = await aWorld();
    for (const name of ['acme', 'globex'] as const) {
      registries[name] = await world.aRegistry(world[name], 'tools');
      await world.publish(
        world[name],
        'tools',
        aServer({ remotes: [{ type: 'sse', url: 'https://mcp.example.com' }] }),
      );
      await world.publish(world[name], 'tools', aServer({ name: 'com.example/gone' }));
      await world.call('PUT', '/registries/tools/v0.1/servers/com.example%2Fgone/versions/1.0.0', {
        token: world[name].admin,
        body: aServer({ name: 'com.example/gone', description: 'Edited' }),
      });
      await world.aSystemAccount(world[name], [{ role: 'Viewer', on: '*' }]);
      await fillEveryTable(world.db, world[name].id, registries[name], name);
      await fillAuditTables(world, world[name]);
    }
    await fillSharedSource(world.db);
    app = new Client({ connectionString: world.db.appUrl });
    await app.connect();
    const found = await world.db.query<{ name: string }>(
      `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace = 'public'::regnamespace and a.attname = 'org_id' and c.relkind in ('r', 'p', 'v', 'm')
       order by c.relname`,
    );
    tables = found.map(({ name }) => name);
  });

  afterAll(async () => {
    await app.end();
    await world.close();
  });

  /** Runs one statement in a transaction of its own that is always rolled back. */
  async function as<T>(
    orgId: string | null,
    text: string,
    values: unknown[] = [],
  ): Promise<{ rows: T[]; count: number }> {
    await app.query('begin');
    try {
      if (orgId !== null) await app.query(`select set_config('app.org_id', $1, true)`, [orgId]);
      const { rows, rowCount } = await app.query<Record<string, unknown>>(text, values);
      return { rows: rows as T[], count: rowCount ?? 0 };
    } finally {
      await app.query('rollback');
    }
  }
  const refusal = async (orgId: string | null, text: string, values: unknown[] = []) => {
    try {
      await as(orgId, text, values);
      return 'done';
    } catch (error) {
      return (error as DatabaseError).code;
    }
  };

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
      await app.query(`select set_config('app.org_id', '', false)`);
      for (const table of tables)
        expect([table, await refusalOrCount(null, table)]).toEqual([table, table === 'outbox' ? '42501' : 0]);
      await app.query('reset app.org_id');
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

  describe('functions', () => {
    it('that run as the owner pin their search path, are in the table of grants and are known here', async () => {
      const rows = await world.db.query<{ signature: string; path: string | null; everybody: boolean }>(
        `select p.oid::regprocedure::text as signature,
                (select c from unnest(p.proconfig) c where c like 'search_path=%') as path,
                has_function_privilege('public', p.oid, 'execute') as everybody
         from pg_proc p where p.prosecdef and p.pronamespace = 'public'::regnamespace
           and p.prorettype <> 'trigger'::regtype order by 1`,
      );
      const spelled = rows.map(({ signature }) =>
        signature.replaceAll(',', ', ').replace('timestamp with time zone', 'timestamptz'),
      );
      expect(spelled).toEqual(Object.keys(DEFINERS).sort());
      for (const signature of spelled) expect(GRANTS.functions).toContain(signature);
      for (const { signature, path, everybody } of rows)
        expect([signature, path, everybody]).toEqual([signature, 'search_path=pg_catalog, public, pg_temp', false]);
    });

    it('that are triggers and run as the owner pin their search path and are called by nobody', async () => {
      const rows = await world.db.query<{ name: string; path: string | null; callable: boolean }>(
        `select p.proname as name, (select c from unnest(p.proconfig) c where c like 'search_path=%') as path,
                has_function_privilege($1, p.oid, 'execute') as callable
         from pg_proc p where p.prosecdef and p.pronamespace = 'public'::regnamespace
           and p.prorettype = 'trigger'::regtype order by 1`,
        [new URL(world.db.appUrl).username],
      );
      expect(rows).toEqual([
        { name: 'built_in_upstreams', path: 'search_path=pg_catalog, public, pg_temp', callable: false },
        { name: 'forget_server_names', path: 'search_path=pg_catalog, public, pg_temp', callable: false },
        { name: 'note_server_names', path: 'search_path=pg_catalog, public, pg_temp', callable: false },
        { name: 'queue_audit_rows', path: 'search_path=pg_catalog, public, pg_temp', callable: false },
      ]);
    });

    it('are callable only as the table of grants says', async () => {
      const rows = await world.db.query<{ signature: string }>(
        `select p.oid::regprocedure::text as signature from pg_proc p
         where p.pronamespace = 'public'::regnamespace and has_function_privilege($1, p.oid, 'execute')
           and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1`,
        [new URL(world.db.appUrl).username],
      );
      const spelled = rows.map(({ signature }) =>
        signature.replaceAll(',', ', ').replaceAll('timestamp with time zone', 'timestamptz'),
      );
      expect(spelled.sort()).toEqual([...GRANTS.functions].sort());
    });

    it('search finds nothing of another organization, and nothing without one', async () => {
      const search = `select name from search_versions($1, '%', null, null, null, false, null, true, 100)`;
      const counts = [
        await as(world.acme.id, search, [registries.acme]),
        await as(world.acme.id, search, [registries.globex]),
        await as(null, search, [registries.acme]),
      ].map(({ count }) => count);
      expect(counts).toEqual([3, 0, 0]);
    });

    it('about what mirrors brought tell and change nothing of another organization', async () => {
      const [mirror] = await world.db.query<{ id: string }>('select id from mirror where org_id = $1', [
        world.globex.id,
      ]);
      for (const orgId of [world.acme.id, null]) {
        const names = `select * from names_of_others($1, gen_random_uuid(), null)`;
        expect((await as(orgId, names, [registries.globex])).count).toBe(0);
        const kept = 'select keep_mirrored($1, $2)::int as kept';
        expect((await as(orgId, kept, [registries.globex, mirror?.id])).rows).toEqual([{ kept: 0 }]);
      }
      const own = `select name from names_of_others($1, gen_random_uuid(), null)`;
      expect((await as(world.acme.id, own, [registries.acme])).count).toBe(3);
    });

    it('that work on copies drop none that somebody names, nor tell what is in them', async () => {
      const copies = () => world.db.query('select * from source order by id');
      const before = await copies();
      for (const { id } of before as { id: string }[]) {
        await app.query('select drop_unused_source($1)', [id]);
        const named = await world.db.query('select from upstream where source_id = $1', [id]);
        const left = await world.db.query('select from source where id = $1', [id]);
        expect([id, left.length]).toEqual([id, named.length > 0 ? 1 : 0]);
      }
      const { rows } = await as<object>(null, 'select * from list_unused_sources(100)');
      expect(rows).toEqual([]);
    });

    it('that answer before an organization is known answer an exact key with no text that is not in it', async () => {
      const exact = await as(null, `select * from find_registry_by_id($1)`, [registries.globex]);
      expect(exact.rows).toEqual([
        {
          org_id: world.globex.id,
          org_name: 'globex',
          id: registries.globex,
          name: 'tools',
          visibility: 'private',
          org_state: 'active',
        },
      ]);
      for (const text of [
        `select * from find_registry_by_names('%', '%')`,
        `select * from find_registry_by_names(null, null)`,
        'select * from find_registry_by_id(null)',
        `select * from find_access_token('%', null)`,
        'select * from find_access_token(null, null)',
        `select * from find_user_session('%', null)`,
        `select * from find_capability_url('%', null)`,
        `select * from find_invite('%')`,
        `select * from find_login_path('%')`,
        `select * from find_trusted_issuer('%', '%', '%', null)`,
        `select * from find_trusted_issuer(null, 'https://globex.example.com', null, null)`,
        `select * from find_trusted_issuer('acme', 'https://globex.example.com', null, null)`,
        `select * from find_authorization_servers('%', null)`,
        `select * from find_authorization_servers(null, null)`,
        `select id from find_organization_id('%') id where id is not null`,
      ])
        expect([text, (await as(null, text)).count]).toEqual([text, 0]);
    });
  });

  describe('every key of such a table', () => {
    // Keys that begin with something else, and why no organization can feel another through them.
    const WITHOUT_ORGANIZATION: Readonly<Record<string, string>> = {
      access_token_public_id_key: 'random, and asked for before an organization is known',
      capability_url_public_id_key: 'random, and asked for before an organization is known',
      invite_public_id_key: 'random, and asked for before an organization is known',
      user_session_public_id_key: 'random, and asked for before an organization is known',
      registry_pkey: 'random, and asked for before an organization is known',
      server_version_pkey: 'begins with a registry, which a foreign key ties to its organization',
      server_version_latest_key: 'begins with a registry, which a foreign key ties to its organization',
      remote_url_claim_pkey: 'begins with a registry, which a foreign key ties to its organization',
      mirror_upstream_key: 'begins with a registry, which a foreign key ties to its organization',
      source_pkey: 'random, and shown to nobody',
      source_shared_key: 'of copies that are nobody’s own',
      source_crawl_pkey: 'begins with a copy, which a foreign key ties to its organization',
      crawl_item_pkey: 'begins with a copy, which a foreign key ties to its organization',
      source_version_pkey: 'begins with a copy, which a foreign key ties to its organization',
      source_version_open_key: 'begins with a copy, which a foreign key ties to its organization',
    };

    it('begins with the organization, or is known here with its reason', async () => {
      const keys = await world.db.query<{ key: string; columns: string[] }>(
        `select i.indexrelid::regclass::text as key,
                array(select pg_get_indexdef(i.indexrelid, n, true) from generate_series(1, i.indnkeyatts) n) as columns
         from pg_index i where i.indisunique and i.indrelid = any ($1::regclass[])`,
        [tables.filter((one) => one !== 'version_document')],
      );
      const others = keys.filter(({ columns }) => columns[0] !== 'org_id');
      expect(others.map(({ key }) => key).sort()).toEqual(Object.keys(WITHOUT_ORGANIZATION).sort());
      for (const { key, columns } of others) expect([key, columns.includes('org_id')]).toEqual([key, false]);
      expect(keys.length).toBeGreaterThan(tables.length);
    });

    it('that points at another such table carries the organization along', async () => {
      const rows = await world.db.query<{ name: string; from: string; to: string; pairs: string[] }>(
        `select c.conname as name, c.conrelid::regclass::text as from, c.confrelid::regclass::text as to,
                array(select a.attname || ' = ' || b.attname from unnest(c.conkey, c.confkey) k (own, its)
                      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.own
                      join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.its) as pairs
         from pg_constraint c where c.contype = 'f' and c.conrelid = any ($1::regclass[])`,
        [tables],
      );
      for (const { name, to, pairs } of rows.filter((row) => tables.includes(row.to)))
        expect([name, to, pairs.includes('org_id = org_id')]).toEqual([name, to, true]);
      expect(rows.length).toBeGreaterThan(20);
    });
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
