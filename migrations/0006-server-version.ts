import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, openToDefiner, protect, statements } from './support';

/** Versions, their content-addressed documents, and who owns a remote URL inside a registry. */
export class ServerVersion1763600000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      // One row for the same server.json whatever the number of registries; the application role cannot read it but
      // through version_document, which shows the documents of its organization's versions.
      `create table document (
         hash bytea primary key check (length(hash) = 32),
         body text not null
       )`,
      `create table server_version (
         org_id uuid not null,
         registry_id uuid not null,
         name text collate "C" not null,
         version text collate "C" not null,
         document_hash bytea not null,
         status text collate "C" not null default 'active' check (status in ('active', 'deprecated', 'deleted')),
         status_message text check (length(status_message) <= 500),
         status_changed_at timestamptz not null,
         published_at timestamptz not null,
         updated_at timestamptz not null,
         is_latest boolean not null,
         primary key (registry_id, name, version),
         constraint server_version_registry_fk foreign key (org_id, registry_id)
           references registry (org_id, id) on delete cascade,
         constraint server_version_document_fk foreign key (document_hash) references document (hash)
       ) with (fillfactor = 90, autovacuum_analyze_scale_factor = 0.02)`,
      // A flip of the flag clears the old row before it sets the new one, so this is never broken on the way.
      `create unique index server_version_latest_key on server_version (registry_id, name) where is_latest`,
      `create index server_version_by_version_idx on server_version (registry_id, version, name)`,
      `create index server_version_updated_idx on server_version (registry_id, updated_at)`,
      `create index server_version_document_idx on server_version (document_hash)`,
      // The names that searches look through. LIKE is not leakproof: behind a policy the planner may neither use its index
      // first nor see how many rows it finds. So this table has none, and no right on it is given to anybody: only
      // search_versions reads it, and shows what the organization's own versions lead to.
      `create table server_name (
         registry_id uuid not null references registry (id) on delete cascade,
         name text collate "C" not null,
         search text collate "C" generated always as (lower(name)) stored,
         primary key (registry_id, name)
       )`,
      `create index server_name_search_idx on server_name using gin (registry_id, search gin_trgm_ops)
         with (fastupdate = off)`,
      `create table remote_url_claim (
         org_id uuid not null,
         registry_id uuid not null,
         url_hash bytea not null check (length(url_hash) = 32),
         name text collate "C" not null,
         primary key (registry_id, url_hash),
         foreign key (org_id, registry_id) references registry (org_id, id) on delete cascade
       )`,
      `create index remote_url_claim_name_idx on remote_url_claim (registry_id, name)`,
    );
    await protect(runner, 'server_version');
    await openToDefiner(runner, 'server_version', 'select');
    await protect(runner, 'remote_url_claim');
    await statements(runner, ...FUNCTIONS);
  }

  down(): Promise<void> {
    return noWayBack();
  }
}

const FUNCTIONS = [
  // Not a security barrier: behind one a page could not stop at its limit. The view tests the organization itself; a
  // function that leaks what it is shown could only be called by SQL of the application's own, which sets the
  // organization anyway.
  `create view version_document as
     select v.org_id, v.registry_id, v.name, v.version, v.status, v.status_message, v.status_changed_at,
            v.published_at, v.updated_at, v.is_latest, v.document_hash, d.body
     from server_version v join document d on d.hash = v.document_hash
     where v.org_id = (select current_org_id())`,
  // Versions are never taken away one by one, so a name stays until its registry goes.
  `create function note_server_names() returns trigger
   language plpgsql security definer set search_path = pg_catalog, public as $$
   begin
     insert into public.server_name (registry_id, name)
     select distinct registry_id, name from added on conflict do nothing;
     return null;
   end $$`,
  `create trigger server_version_names after insert on server_version
     referencing new table as added for each statement execute function note_server_names()`,
  // Tests the organization itself. The page is cut before its documents are fetched.
  `create function search_versions(p_registry_id uuid, p_pattern text, p_after_name text, p_after_version text,
     p_version text, p_latest boolean, p_updated_since timestamptz, p_include_deleted boolean,
     p_limit integer)
   returns setof version_document
   language sql stable security definer
   set search_path = pg_catalog, public set plan_cache_mode = force_custom_plan as $$
     select p.org_id, p.registry_id, p.name, p.version, p.status, p.status_message, p.status_changed_at,
            p.published_at, p.updated_at, p.is_latest, p.document_hash, d.body
     from (
       select v.* from public.server_name s
       join public.server_version v on v.registry_id = s.registry_id and v.name = s.name
       where v.org_id = (select public.current_org_id()) and s.registry_id = p_registry_id
         and s.search like p_pattern
         and (p_after_name is null or s.name >= p_after_name)
         and (p_after_name is null or (v.name, v.version) > (p_after_name, p_after_version))
         and (p_version is null or v.version = p_version)
         and (not p_latest or v.is_latest)
         and (p_updated_since is null or v.updated_at > p_updated_since)
         and (p_include_deleted or v.status <> 'deleted')
       order by s.name, v.version limit p_limit) p
     join public.document d on d.hash = p.document_hash
     order by p.name, p.version
   $$`,
  // Deletes what no version of any organization points at any more; the foreign key refuses the rest.
  `create function sweep_documents(p_hashes bytea[]) returns integer
   language sql volatile security definer set search_path = pg_catalog, public as $$
     with swept as (
       delete from public.document d
       where d.hash = any (p_hashes)
         and not exists (select from public.server_version v where v.document_hash = d.hash)
       returning 1)
     select count(*)::integer from swept
   $$`,
];
