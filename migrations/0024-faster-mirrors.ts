import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, statements } from './support';

/**
 * Halves what a registry that fills costs the database. Its names enter the search index many at a time: one by one they took
 * most of the time, for each has some thirty entries there.
 */
export class FasterMirrors1764400000024 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      `alter index server_name_search_idx set (fastupdate = on)`,
      // As before. What waits to be entered is read by every search: single names leave little of it, and many none.
      `create or replace function note_server_names() returns trigger
       language plpgsql security definer
       set search_path = pg_catalog, public, pg_temp set gin_pending_list_limit = '64kB' as $$
       declare
         is_bulk boolean := (select count(*) from added) > 100;
       begin
         if is_bulk then
           perform set_config('gin_pending_list_limit', '256kB', true);
         end if;
         insert into public.server_name (registry_id, name, mirror_id)
         select n.registry_id, n.name, n.mirror_id from (select distinct registry_id, name, mirror_id from added) n
         order by n.registry_id, row_number() over (partition by n.registry_id order by n.name) % 15 >= 8, n.name
         on conflict do nothing;
         if is_bulk then
           perform gin_clean_pending_list('public.server_name_search_idx');
         end if;
         if exists (
           select from added a join public.server_name s on s.registry_id = a.registry_id and s.name = a.name
           where s.mirror_id is distinct from a.mirror_id)
         then
           raise exception 'a server is of one origin' using errcode = 'serialization_failure';
         end if;
         return null;
       end $$`,
      // As before, and nothing waits of the names either: each that changes is entered anew.
      `create or replace function keep_mirrored(p_registry_id uuid, p_mirror_id uuid) returns bigint
       language plpgsql volatile security definer
       set search_path = pg_catalog, public, pg_temp set gin_pending_list_limit = '256kB' as $$
       declare
         kept_versions bigint;
       begin
         with kept as (
           update public.server_version v
           set mirror_id = null, run_id = null, upstream_name = null, upstream_updated_at = null, local_status = null,
               local_status_message = null, upstream_status = null, upstream_status_message = null,
               updated_at = clock_timestamp()
           where v.org_id = (select public.current_org_id()) and v.registry_id = p_registry_id
             and v.mirror_id = p_mirror_id
           returning v.registry_id, v.name),
         names as (
           update public.server_name s set mirror_id = null
           from (select distinct registry_id, name from kept) k
           where s.registry_id = k.registry_id and s.name = k.name
           returning 1)
         select (select count(*) from kept) + 0 * (select count(*) from names) into kept_versions;
         perform gin_clean_pending_list('public.server_name_search_idx');
         return kept_versions;
       end $$`,
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
