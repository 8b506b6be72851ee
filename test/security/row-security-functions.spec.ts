import { GRANTS } from '../../migrations';
import type { World } from '../support/world';
import { DEFINERS } from './definers';
import { RowSecurityWorld } from './row-security-world';

describe('Behind row security', () => {
  let fixture: RowSecurityWorld;
  let world: World;
  let tables: readonly string[];
  let registries: RowSecurityWorld['registries'];
  const as = <T>(orgId: string | null, text: string, values: unknown[] = []) => fixture.as<T>(orgId, text, values);

  beforeAll(async () => {
    fixture = await RowSecurityWorld.open();
    ({ world, tables, registries } = fixture);
  });

  afterAll(() => fixture.close());

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
      const search = `select name from search_versions($1, '%', '', null, null, null, null, false, null, true, 100)`;
      const counts = [
        await as(world.acme.id, search, [registries.acme]),
        await as(world.acme.id, search, [registries.globex]),
        await as(null, search, [registries.acme]),
      ].map(({ count }) => count);
      expect(counts).toEqual([3, 0, 0]);
    });

    it('look ahead in no registry of another organization, and in none without one', async () => {
      await world.db.query('update registry set version_count = version_count + 1 where id = any ($1)', [
        Object.values(registries),
      ]);
      const ahead = `select name_ahead($1, '', 1) as name`;
      const names = [
        await as<{ name: string | null }>(world.acme.id, ahead, [registries.acme]),
        await as<{ name: string | null }>(world.acme.id, ahead, [registries.globex]),
        await as<{ name: string | null }>(null, ahead, [registries.acme]),
      ].map(({ rows }) => rows[0]?.name);
      expect(names).toEqual([expect.any(String), null, null]);
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
        await fixture.run('select drop_unused_source($1)', [id]);
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
});
