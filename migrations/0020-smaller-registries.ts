import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, statements } from './support';

/** Takes a quarter off the disk of a registry: what another index answers as well needs none of its own. */
export class SmallerRegistries1764100000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      `drop index server_version_by_version_idx`,
      `drop function search_versions(uuid, text, text, text, text, boolean, timestamptz, boolean, integer)`,
      `drop index server_name_search_idx`,
      `alter table server_name drop column search`,
      `create index server_name_search_idx on server_name using gin (registry_id, lower(name) gin_trgm_ops)
         with (fastupdate = off)`,
      `analyze server_name`,
      // What a mirror writes at their end is split once more in its second round, which leaves room enough.
      ...['server_version_pkey', 'server_version_latest_key', 'server_name_pkey'].map(
        (index) => `alter index ${index} set (fillfactor = 100)`,
      ),
      ...FUNCTIONS,
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}

const FUNCTIONS = [
  // As before, but for the name that a page ends at, whatever it has found by then; and it never reads a whole table, which
  // is everybody's, where little of a registry fits.
  `create function search_versions(p_registry_id uuid, p_pattern text, p_after_name text, p_after_version text,
     p_up_to_name text, p_version text, p_latest boolean, p_updated_since timestamptz, p_include_deleted boolean,
     p_limit integer)
   returns setof version_document
   language sql stable security definer
   set search_path = pg_catalog, public, pg_temp
   set plan_cache_mode = force_custom_plan set enable_seqscan = off as $$
     select p.org_id, p.registry_id, p.name, p.version, p.status, p.status_message, p.status_changed_at,
            p.published_at, p.updated_at, p.is_latest, p.document_hash, d.body, p.mirror_id, p.run_id,
            p.upstream_name, p.upstream_updated_at, p.meta
     from (
       select v.* from public.server_name s
       join public.server_version v on v.registry_id = s.registry_id and v.name = s.name
       where v.org_id = (select public.current_org_id()) and s.registry_id = p_registry_id
         and lower(s.name) like p_pattern
         and (p_after_name is null or s.name >= p_after_name)
         and (p_after_name is null or (v.name, v.version) > (p_after_name, p_after_version))
         and (p_up_to_name is null or s.name <= p_up_to_name)
         and (p_version is null or v.version = p_version)
         and (not p_latest or v.is_latest)
         and (p_updated_since is null or v.updated_at > p_updated_since)
         and (p_include_deleted or v.status <> 'deleted')
       order by s.name, v.version limit p_limit) p
     join public.document d on d.hash = p.document_hash
     order by p.name, p.version
   $$`,
  // How far a page looks that no index leads to: the name at which it has looked at so many versions. Null where no
  // name follows. It reads an index only, which does not tell the organization: so it looks as the owner.
  `create function name_ahead(p_registry_id uuid, p_after_name text, p_versions integer) returns text
   language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
     select a.name
     from public.registry r
     cross join lateral (
       select v.name from public.server_version v
       where v.registry_id = r.id and v.name > p_after_name
       order by v.name, v.version offset p_versions - 1 limit 1) a
     where exists (select from public.server_version f where f.registry_id = r.id and f.name > a.name)
       and r.id = p_registry_id and r.org_id = (select public.current_org_id()) and r.version_count > p_versions
   $$`,
  // As before, but in two rounds, each of which passes over what the other takes: see add() of the mirror room.
  `create or replace function note_server_names() returns trigger
   language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
   begin
     insert into public.server_name (registry_id, name, mirror_id)
     select n.registry_id, n.name, n.mirror_id from (select distinct registry_id, name, mirror_id from added) n
     order by n.registry_id, row_number() over (partition by n.registry_id order by n.name) % 15 >= 8, n.name
     on conflict do nothing;
     if exists (
       select from added a join public.server_name s on s.registry_id = a.registry_id and s.name = a.name
       where s.mirror_id is distinct from a.mirror_id)
     then
       raise exception 'a server is of one origin' using errcode = 'serialization_failure';
     end if;
     return null;
   end $$`,
];
