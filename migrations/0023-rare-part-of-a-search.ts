import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, statements } from './support';

const ARGUMENTS = (first: string) =>
  `${first}, p_after_name text, p_after_version text, p_up_to_name text, p_version text, p_latest boolean,
   p_updated_since timestamptz, p_include_deleted boolean, p_limit integer`;

/** Looks a search up by the part of its text that is rare: of long lists of names only few are read. */
export class RarePartOfASearch1764300000023 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      `drop function search_versions(uuid, text, text, text, text, text, boolean, timestamptz, boolean, integer)`,
      // As before, but the index is asked for a part of the text, and each name that it leads to for all of it.
      `create function search_versions(${ARGUMENTS('p_registry_id uuid, p_part text, p_text text')})
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
             and lower(s.name) like p_part and strpos(lower(s.name), p_text) > 0
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
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
