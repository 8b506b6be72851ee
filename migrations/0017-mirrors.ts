import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, openToDefiner, protect, statements } from './support';

/** Mirrors, their runs, and what the catalogue knows of what it took from an upstream. */
export class Mirrors1764000000017 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      // source_id and applied_crawl: what the registry shows; what follows is a difference to it. Without them a run
      // compares everything. refused_crawl: what an administrator has refused, so that nobody asks him again.
      `create table mirror (
         org_id uuid not null,
         id uuid not null,
         registry_id uuid not null,
         upstream_id uuid not null,
         position integer not null check (position between 1 and 1000),
         schedule text collate "C" not null,
         include text[] not null default '{}',
         exclude text[] not null default '{}',
         registry_types text[] not null default '{}',
         transports text[] not null default '{}',
         latest_only boolean not null default false,
         statuses text[] not null default '{active,deprecated,deleted}',
         max_removed_percent integer not null default 10 check (max_removed_percent between 0 and 100),
         on_conflict text not null default 'skip' check (on_conflict in ('skip', 'hold')),
         enabled boolean not null default true,
         source_id uuid,
         applied_crawl bigint,
         refused_crawl bigint,
         compared_at timestamptz,
         data_as_of timestamptz,
         next_run_at timestamptz,
         created_at timestamptz not null default clock_timestamp(),
         updated_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id),
         foreign key (org_id, registry_id) references registry (org_id, id) on delete cascade,
         constraint mirror_upstream_fk foreign key (org_id, upstream_id) references upstream (org_id, id)
       )`,
      `create unique index mirror_upstream_key on mirror (registry_id, upstream_id)`,
      `create index mirror_registry_idx on mirror (org_id, registry_id, position)`,
      `create index mirror_upstream_idx on mirror (org_id, upstream_id)`,
      `create index mirror_due_idx on mirror (next_run_at) where enabled`,
      // The truth about work: the queue carries wake-up calls. A fence grows each time the run is handed out, so that one
      // who was thought dead changes nothing any more. fresh_from: a crawl that began before then is too old.
      `create table mirror_run (
         org_id uuid not null,
         id uuid not null,
         mirror_id uuid not null,
         mode text not null check (mode in ('incremental', 'full')),
         dry_run boolean not null,
         trigger text not null check (trigger in ('schedule', 'request', 'upstream', 'policy')),
         state text not null default 'waiting'
           check (state in ('waiting', 'running', 'held', 'succeeded', 'failed', 'cancelled', 'refused', 'superseded')),
         phase text check (phase in ('reading', 'applying')),
         requested_at timestamptz not null default clock_timestamp(),
         fresh_from timestamptz not null,
         due_at timestamptz not null default clock_timestamp(),
         started_at timestamptz,
         finished_at timestamptz,
         fence integer not null default 0,
         lease_until timestamptz,
         attempts integer not null default 0,
         crashes integer not null default 0,
         cancel_requested boolean not null default false,
         released boolean not null default false,
         source_id uuid,
         crawl_number bigint,
         applied_mode text check (applied_mode in ('incremental', 'full')),
         pages integer not null default 0,
         pages_at_setback integer not null default 0,
         bytes bigint not null default 0,
         fetched integer not null default 0,
         upstream_status integer,
         reading_ms integer not null default 0,
         applying_ms integer not null default 0,
         counts jsonb not null default '{}',
         reasons jsonb not null default '[]',
         items_truncated boolean not null default false,
         error_code text,
         error_detail text,
         primary key (org_id, id),
         constraint mirror_run_mirror_fk foreign key (org_id, mirror_id) references mirror (org_id, id)
           on delete cascade
       )`,
      `create unique index mirror_run_active_key on mirror_run (org_id, mirror_id) where state in ('waiting', 'running')`,
      `create index mirror_run_history_idx on mirror_run (org_id, mirror_id, requested_at desc, id desc)`,
      `create index mirror_run_waiting_idx on mirror_run (org_id, due_at) where state = 'waiting'`,
      `create index mirror_run_due_idx on mirror_run (due_at) where state = 'waiting'`,
      `create index mirror_run_running_idx on mirror_run (org_id) where state = 'running'`,
      `create index mirror_run_source_idx on mirror_run (source_id) where state in ('waiting', 'running', 'held')`,
      // What became of a version, where something did. Unchanged and filtered ones are counted only.
      `create table mirror_run_item (
         org_id uuid not null,
         run_id uuid not null,
         name text collate "C" not null,
         version text collate "C" not null,
         action text not null
           check (action in ('new', 'changed', 'tombstoned', 'removed', 'quarantined', 'conflict')),
         reason text not null,
         detail text,
         guard text,
         primary key (org_id, run_id, name, version),
         foreign key (org_id, run_id) references mirror_run (org_id, id) on delete cascade
       )`,
      // Null is a version that was published here. local_status is what somebody here has made of an upstream's version;
      // the heavier one of the two counts, and the upstream's is kept beside it as long as there is a local one. meta:
      // what the upstream says of the version beside its document and its status.
      `alter table server_version
         add column mirror_id uuid,
         add column run_id uuid,
         add column upstream_name text collate "C",
         add column upstream_updated_at timestamptz,
         add column meta text,
         add column local_status text collate "C" check (local_status in ('deprecated', 'deleted')),
         add column local_status_message text check (length(local_status_message) <= 500),
         add column upstream_status text collate "C" check (upstream_status in ('active', 'deprecated', 'deleted')),
         add column upstream_status_message text,
         add constraint server_version_origin_check check (
           (mirror_id is null) = (run_id is null) and (mirror_id is null) = (upstream_name is null)
           and (local_status is null) = (upstream_status is null) and (mirror_id is not null or local_status is null))`,
      // Each update moves updated_at, which is in an index: room that is left for it in the page is never used.
      `alter table server_version set (fillfactor = 100)`,
      `alter table server_name add column mirror_id uuid`,
      `create or replace view version_document as
         select v.org_id, v.registry_id, v.name, v.version, v.status, v.status_message, v.status_changed_at,
                v.published_at, v.updated_at, v.is_latest, v.document_hash, d.body, v.mirror_id, v.run_id,
                v.upstream_name, v.upstream_updated_at, v.meta
         from server_version v join document d on d.hash = v.document_hash
         where v.org_id = (select current_org_id())`,
    );
    for (const table of ['mirror', 'mirror_run', 'mirror_run_item']) await protect(runner, table);
    await openToDefiner(runner, 'mirror', 'select');
    await openToDefiner(runner, 'mirror_run', 'all');
    await openToDefiner(runner, 'reserved_namespace', 'select');
    await statements(runner, ...FUNCTIONS);
  }

  down(): Promise<void> {
    return noWayBack();
  }
}

const FUNCTIONS = [
  `create function heavier_status(p_one text, p_other text) returns text
   language sql immutable parallel safe set search_path = pg_catalog as $$
     select case when 'deleted' in (p_one, p_other) then 'deleted'
                 when 'deprecated' in (p_one, p_other) then 'deprecated' else 'active' end
   $$`,
  // Whether two documents say the same: the order of keys says nothing, and a repository without a URL is none.
  `create function same_content(p_one bytea, p_other bytea) returns boolean
   language sql stable security definer set search_path = pg_catalog, public as $$
     with said as (
       select d.hash, case when coalesce(d.body::jsonb #>> '{repository,url}', '') = '' then d.body::jsonb - 'repository'
                           else d.body::jsonb end as content
       from public.document d where d.hash in (p_one, p_other))
     select coalesce((select o.content = t.content from said o, said t where o.hash = p_one and t.hash = p_other), false)
   $$`,
  // A name is of one origin. Two that come at the same time wait here for each other; the second one repeats its work
  // and then sees the first one's.
  `create or replace function note_server_names() returns trigger
   language plpgsql security definer set search_path = pg_catalog, public as $$
   begin
     insert into public.server_name (registry_id, name, mirror_id)
     select distinct registry_id, name, mirror_id from added order by registry_id, name on conflict do nothing;
     if exists (
       select from added a join public.server_name s on s.registry_id = a.registry_id and s.name = a.name
       where s.mirror_id is distinct from a.mirror_id)
     then
       raise exception 'a server is of one origin' using errcode = 'serialization_failure';
     end if;
     return null;
   end $$`,
  // Mirrors take versions away; when a registry goes, its names go with it anyway.
  `create function forget_server_names() returns trigger
   language plpgsql security definer set search_path = pg_catalog, public as $$
   begin
     delete from public.server_name s
     using (select distinct g.registry_id, g.name from gone g
            where exists (select from public.registry r where r.id = g.registry_id)) g
     where s.registry_id = g.registry_id and s.name = g.name
       and not exists (
         select from public.server_version v where v.registry_id = s.registry_id and v.name = s.name);
     return null;
   end $$`,
  `create trigger server_version_names_gone after delete on server_version
     referencing old table as gone for each statement execute function forget_server_names()`,
  // What a mirror brought becomes the registry's own.
  `create function keep_mirrored(p_registry_id uuid, p_mirror_id uuid) returns bigint
   language sql volatile security definer set search_path = pg_catalog, public as $$
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
     select (select count(*) from kept) + 0 * (select count(*) from names)
   $$`,
  // Which names of its registry somebody else has than the mirror: published here (null), or another mirror.
  `create function names_of_others(p_registry_id uuid, p_mirror_id uuid, p_names text[])
   returns table (name text, mirror_id uuid)
   language sql stable security definer set search_path = pg_catalog, public as $$
     select s.name, s.mirror_id from public.server_name s
     where s.registry_id = p_registry_id and s.mirror_id is distinct from p_mirror_id
       and (p_names is null or s.name = any (p_names))
       and exists (select from public.registry r
                   where r.id = p_registry_id and r.org_id = (select public.current_org_id()))
   $$`,
  `create or replace function search_versions(p_registry_id uuid, p_pattern text, p_after_name text,
     p_after_version text, p_version text, p_latest boolean, p_updated_since timestamptz,
     p_include_deleted boolean, p_limit integer)
   returns setof version_document
   language sql stable security definer
   set search_path = pg_catalog, public set plan_cache_mode = force_custom_plan as $$
     select p.org_id, p.registry_id, p.name, p.version, p.status, p.status_message, p.status_changed_at,
            p.published_at, p.updated_at, p.is_latest, p.document_hash, d.body, p.mirror_id, p.run_id,
            p.upstream_name, p.upstream_updated_at, p.meta
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
  // A bulk load is followed by statements whose plans depend on it, and autovacuum comes a minute later.
  `create function analyze_mirrored(p_table text) returns void
   language plpgsql volatile security definer set search_path = pg_catalog, public as $$
   begin
     case p_table
       when 'crawl_item' then analyze public.crawl_item;
       when 'source_version' then analyze public.source_version;
       when 'server_version' then analyze public.server_version;
     end case;
   end $$`,
  `create function list_due_mirrors(p_limit integer) returns table (org_id uuid, id uuid)
   language sql stable security definer set search_path = pg_catalog, public as $$
     select m.org_id, m.id from public.mirror m
     where m.enabled and m.next_run_at <= clock_timestamp()
     order by m.next_run_at limit p_limit
   $$`,
  // Mirrors that follow this copy and do not show its head yet.
  `create function list_mirrors_behind(p_source_id uuid) returns table (org_id uuid, id uuid)
   language sql stable security definer set search_path = pg_catalog, public as $$
     select m.org_id, m.id
     from public.source s
     join public.upstream u on u.source_id = s.id and u.enabled
     join public.mirror m on m.org_id = u.org_id and m.upstream_id = u.id and m.enabled
     where s.id = p_source_id
       and (m.source_id is distinct from s.id or m.applied_crawl is null or m.applied_crawl < s.head)
   $$`,
  // The oldest crawl of a copy that a run may still be applied by; the head when there is none. A mirror that is behind needs
  // none: what has changed since shows in the states that are valid now. Held runs come to their end before their copy does.
  `create function oldest_needed_crawl(p_source_id uuid) returns bigint
   language sql stable set search_path = pg_catalog, public as $$
     select least(s.head, (
       select min(r.crawl_number) from public.mirror_run r
       where r.source_id = s.id and r.state in ('waiting', 'running', 'held')
         and r.requested_at > clock_timestamp() - interval '31 days'))
     from public.source s where s.id = p_source_id
   $$`,
  `create function list_sources_to_tidy(p_limit integer) returns table (org_id uuid, id uuid, oldest bigint)
   language sql stable security definer set search_path = pg_catalog, public as $$
     select s.org_id, s.id, n.oldest
     from public.source s cross join lateral (select public.oldest_needed_crawl(s.id) as oldest) n
     where exists (select from public.source_version v where v.source_id = s.id and v.to_crawl <= n.oldest)
        or exists (select from public.source_version v
                   where v.source_id = s.id and v.missing and v.to_crawl is null and v.from_crawl <= n.oldest)
     limit p_limit
   $$`,
  // Runs that wait for a crawl of this copy need to wait no longer.
  `create function wake_mirror_runs(p_source_id uuid) returns integer
   language sql volatile security definer set search_path = pg_catalog, public as $$
     with woken as (
       update public.mirror_run r set due_at = clock_timestamp()
       where r.source_id = p_source_id and r.state = 'waiting' and r.due_at > clock_timestamp() and r.phase = 'reading'
       returning 1)
     select count(*)::integer from woken
   $$`,
  // Nobody holds a run, and so an old state of a copy, for ever: what nobody has decided in 30 days is judged anew.
  `create function expire_held_mirror_runs() returns integer
   language sql volatile security definer set search_path = pg_catalog, public as $$
     with expired as (
       update public.mirror_run r set state = 'superseded', finished_at = clock_timestamp()
       where (r.org_id, r.id) in (
         select h.org_id, h.id from public.mirror_run h
         where h.state = 'held' and h.requested_at < clock_timestamp() - interval '30 days' for update skip locked)
       returning 1)
     select count(*)::integer from expired
   $$`,
  // How many runs are due: whoever has lost its wake-up call is called again.
  `create function count_due_mirror_runs(p_limit integer) returns integer
   language sql stable security definer set search_path = pg_catalog, public as $$
     select count(*)::integer from (
       select from public.mirror_run r where r.state = 'waiting' and r.due_at <= clock_timestamp() limit p_limit) due
   $$`,
  // Gives back what its worker has lost. One that is lost again and again takes its worker along, and is ended.
  `create function return_lost_mirror_runs(p_crashes_max integer) returns integer
   language sql volatile security definer set search_path = pg_catalog, public as $$
     with lost as (
       update public.mirror_run r
       set state = case when r.crashes >= p_crashes_max then 'failed' else 'waiting' end,
           finished_at = case when r.crashes >= p_crashes_max then clock_timestamp() end,
           error_code = case when r.crashes >= p_crashes_max then 'worker_lost' end,
           error_detail = case when r.crashes >= p_crashes_max then
             'The worker ended again and again while it was at this run' end,
           crashes = r.crashes + 1, lease_until = null, due_at = clock_timestamp()
       where (r.org_id, r.id) in (
         select l.org_id, l.id from public.mirror_run l
         where l.state = 'running' and l.lease_until < clock_timestamp() for update skip locked)
       returning 1)
     select count(*)::integer from lost
   $$`,
  // Hands out the run whose turn it is: of the organization that has the fewest under way, and not yet its share, the
  // one that has been due for longest. One claim at a time, or two would count alike.
  `create function claim_mirror_run(p_lease interval, p_share integer)
   returns table (org_id uuid, id uuid, fence integer)
   language plpgsql volatile security definer set search_path = pg_catalog, public as $$
   #variable_conflict use_column
   begin
     perform pg_advisory_xact_lock(hashtextextended('portolan mirror_run claim', 0));
     return query
       with recursive waiting (org_id) as (
         (select r.org_id from public.mirror_run r where r.state = 'waiting' order by r.org_id limit 1)
         union all
         select (select r.org_id from public.mirror_run r
                 where r.state = 'waiting' and r.org_id > w.org_id order by r.org_id limit 1)
         from waiting w where w.org_id is not null),
       first as (
         select c.org_id, c.id, c.due_at,
                (select count(*) from public.mirror_run u where u.state = 'running' and u.org_id = c.org_id) as running
         from waiting w
         cross join lateral (
           select r.org_id, r.id, r.due_at from public.mirror_run r
           where r.org_id = w.org_id and r.state = 'waiting' and r.due_at <= clock_timestamp()
           order by r.due_at limit 1) c),
       chosen as (
         select f.org_id, f.id from first f where f.running < p_share order by f.running, f.due_at limit 1)
       update public.mirror_run r
       set state = 'running', fence = r.fence + 1, lease_until = clock_timestamp() + p_lease,
           started_at = coalesce(r.started_at, clock_timestamp())
       from chosen c where r.org_id = c.org_id and r.id = c.id
       returning r.org_id, r.id, r.fence;
   end $$`,
];
