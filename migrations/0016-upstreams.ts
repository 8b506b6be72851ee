import type { MigrationInterface, QueryRunner } from 'typeorm';
import { forEachOrganization, noWayBack, openToDefiner, protect, statements } from './support';

/** What is nobody's own: copies of upstreams that take no credential. */
const SHARED = `'00000000-0000-0000-0000-000000000000'::uuid`;

/** What a copy keeps of one version of an upstream. A fault is why it goes nowhere; such a one has no document. */
const STATE_COLUMNS = `
  document_hash bytea,
  fault text,
  meta text,
  status text collate "C" not null check (status in ('active', 'deprecated', 'deleted')),
  status_message text,
  status_changed_at timestamptz,
  published_at timestamptz,
  updated_at timestamptz,
  precedence text collate "C" not null,
  registry_types text[] not null,
  transports text[] not null`;

/** Upstreams of organizations, and the copies that are kept of them. */
export class Upstreams1764000000016 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      `create table upstream (
         org_id uuid not null references organization (id) on delete cascade,
         id uuid not null,
         name text collate "C" not null check (name ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$' and length(name) <= 120),
         display_name text not null check (length(display_name) between 1 and 120),
         url text collate "C" not null,
         headers_sealed text,
         header_names text[] not null default '{}',
         verify_tls boolean not null default true,
         enabled boolean not null default true,
         built_in boolean not null default false,
         source_id uuid not null,
         created_at timestamptz not null default clock_timestamp(),
         updated_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id),
         constraint upstream_name_key unique (org_id, name)
       )`,
      `create index upstream_source_idx on upstream (source_id)`,
      // A copy of an upstream. One without credentials is shared by all organizations that name the same URL, and belongs
      // to none of them; one with credentials is its organization's alone. The head is the last crawl that found
      // something new; head_started_at is when the last one that came to its end began, new or not.
      `create table source (
         org_id uuid not null,
         id uuid not null primary key,
         upstream_id uuid,
         url text collate "C" not null,
         verify_tls boolean not null,
         api_version text collate "C" check (api_version in ('v0.1', 'v0')),
         takes_updated_since boolean not null default true,
         number bigint not null default 0,
         head bigint not null default 0,
         head_started_at timestamptz,
         watermark timestamptz,
         last_full_at timestamptz,
         failures integer not null default 0,
         not_before timestamptz,
         last_error text,
         lease_id uuid,
         lease_until timestamptz,
         created_at timestamptz not null default clock_timestamp(),
         constraint source_org_key unique (org_id, id),
         check ((upstream_id is null) = (org_id = ${SHARED}))
       )`,
      `create unique index source_shared_key on source (url, verify_tls) where upstream_id is null`,
      `create index source_private_idx on source (org_id, upstream_id) where upstream_id is not null`,
      `create table source_crawl (
         org_id uuid not null,
         source_id uuid not null,
         number bigint not null,
         mode text not null check (mode in ('full', 'incremental')),
         state text not null default 'running' check (state in ('running', 'finished', 'failed')),
         since timestamptz,
         cursor text,
         catching_up boolean not null default false,
         pages integer not null default 0,
         bytes bigint not null default 0,
         fetched integer not null default 0,
         http_status integer,
         updated_max timestamptz,
         upstream_began_at timestamptz,
         started_at timestamptz not null default clock_timestamp(),
         finished_at timestamptz,
         primary key (source_id, number),
         constraint source_crawl_org_key unique (org_id, source_id, number),
         foreign key (org_id, source_id) references source (org_id, id) on delete cascade
       )`,
      // What a crawl has read so far; nobody sees it before the crawl has come to its end.
      `create table crawl_item (
         org_id uuid not null,
         source_id uuid not null,
         number bigint not null,
         name text collate "C" not null,
         version text collate "C" not null,
         ${STATE_COLUMNS},
         primary key (source_id, number, name, version),
         constraint crawl_item_document_fk foreign key (document_hash) references document (hash),
         foreign key (org_id, source_id, number) references source_crawl (org_id, source_id, number) on delete cascade,
         check ((document_hash is null) = (fault is not null))
       )`,
      `create index crawl_item_document_idx on crawl_item (document_hash)`,
      // Each state of a version, from the crawl that found it to the one that found another. So a run reads what one
      // crawl found while the next one comes to its end. Missing: the upstream lists it no more.
      `create table source_version (
         org_id uuid not null,
         source_id uuid not null,
         name text collate "C" not null,
         version text collate "C" not null,
         from_crawl bigint not null,
         to_crawl bigint,
         missing boolean not null default false,
         ${STATE_COLUMNS},
         primary key (source_id, name, version, from_crawl),
         foreign key (org_id, source_id) references source (org_id, id) on delete cascade,
         constraint source_version_document_fk foreign key (document_hash) references document (hash),
         check ((document_hash is null) = (fault is not null))
       ) with (autovacuum_analyze_scale_factor = 0.02)`,
      `create unique index source_version_open_key on source_version (source_id, name, version)
         where to_crawl is null`,
      `create index source_version_from_idx on source_version (source_id, from_crawl)`,
      `create index source_version_to_idx on source_version (source_id, to_crawl) where to_crawl is not null`,
      `create index source_version_missing_idx on source_version (source_id, from_crawl)
         where missing and to_crawl is null`,
      `create index source_version_document_idx on source_version (document_hash)`,
    );
    await protect(runner, 'upstream');
    await openToDefiner(runner, 'upstream', 'all');
    for (const table of ['source', 'source_crawl', 'crawl_item', 'source_version']) {
      await protect(runner, table);
      await openToDefiner(runner, table, 'all');
    }
    for (const table of ['source', 'source_crawl', 'source_version'])
      await statements(runner, `create policy ${table}_shared on ${table} for select using (org_id = ${SHARED})`);
    await statements(runner, ...FUNCTIONS);
    await forEachOrganization(runner, () =>
      statements(runner, `select add_built_in_upstreams(id) from organization where id = current_org_id()`),
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}

const FUNCTIONS = [
  // The copy that everybody shares who names this URL and no credential.
  `create function shared_source(p_url text, p_verify_tls boolean) returns uuid
   language sql volatile security definer set search_path = pg_catalog, public as $$
     with made as (
       insert into public.source (org_id, id, url, verify_tls)
       values (${SHARED}, gen_random_uuid(), p_url, p_verify_tls)
       on conflict (url, verify_tls) where upstream_id is null do update set url = excluded.url
       returning id)
     select id from made
   $$`,
  // Every organization knows the official registry and reads nothing of it before it says so.
  `create function add_built_in_upstreams(p_org_id uuid) returns void
   language sql volatile set search_path = pg_catalog, public as $$
     insert into public.upstream (org_id, id, name, display_name, url, enabled, built_in, source_id)
     values (p_org_id, gen_random_uuid(), 'official', 'Official MCP Registry',
             'https://registry.modelcontextprotocol.io', false, true,
             public.shared_source('https://registry.modelcontextprotocol.io', true))
   $$`,
  `create function built_in_upstreams() returns trigger
   language plpgsql security definer set search_path = pg_catalog, public as $$
   begin
     perform public.add_built_in_upstreams(new.id);
     return null;
   end $$`,
  `create trigger organization_upstreams after insert on organization
     for each row execute function built_in_upstreams()`,
  // Copies that no upstream is read into any more. One that was just made may be about to be named.
  `create function list_unused_sources(p_limit integer) returns table (org_id uuid, id uuid)
   language sql stable security definer set search_path = pg_catalog, public as $$
     select s.org_id, s.id from public.source s
     where not exists (select from public.upstream u where u.source_id = s.id)
       and s.created_at < clock_timestamp() - interval '1 hour'
       and (s.lease_until is null or s.lease_until < clock_timestamp())
     order by s.created_at limit p_limit
   $$`,
  // With the documents it pointed at. Whoever names the copy at the same time waits, and then makes another one.
  `create function drop_unused_source(p_id uuid) returns setof bytea
   language plpgsql volatile security definer set search_path = pg_catalog, public as $$
   begin
     perform from public.source s where s.id = p_id for update;
     if exists (select from public.upstream u where u.source_id = p_id) then return; end if;
     return query delete from public.source_version v where v.source_id = p_id returning v.document_hash;
     return query delete from public.crawl_item i where i.source_id = p_id returning i.document_hash;
     delete from public.source s where s.id = p_id;
   end $$`,
  // Deletes what no version of any organization, nor any copy of an upstream, points at any more.
  `create or replace function sweep_documents(p_hashes bytea[]) returns integer
   language sql volatile security definer set search_path = pg_catalog, public as $$
     with swept as (
       delete from public.document d
       where d.hash = any (p_hashes)
         and not exists (select from public.server_version v where v.document_hash = d.hash)
         and not exists (select from public.source_version s where s.document_hash = d.hash)
         and not exists (select from public.crawl_item i where i.document_hash = d.hash)
       returning 1)
     select count(*)::integer from swept
   $$`,
];
