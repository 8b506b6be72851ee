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
           perform set_config('gin_pending_list_limit', '1MB', true);
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
      // As before, but for what plans of mirrors depend on only: to sort samples of all the rest takes twice as long.
      `create or replace function analyze_mirrored(p_table text) returns void
       language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
       begin
         case p_table
           when 'crawl_item' then analyze public.crawl_item (org_id, source_id, number, name, version);
           when 'source_version' then
             analyze public.source_version (org_id, source_id, name, version, from_crawl, to_crawl, missing);
           when 'server_version' then
             analyze public.server_version (org_id, registry_id, name, version, mirror_id, status, is_latest, updated_at,
                                            local_status, document_hash);
         end case;
       end $$`,
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
