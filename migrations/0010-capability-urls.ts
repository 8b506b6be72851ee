import type { MigrationInterface, QueryRunner } from 'typeorm';
import { forEachOrganization, noWayBack, openToDefiner, protect, statements } from './support';

/** URLs that carry their own right to read one registry, and what a registry holds, for its quotas. */
export class CapabilityUrls1763700000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      `create table capability_url (
         org_id uuid not null,
         id uuid not null,
         registry_id uuid not null,
         name text not null check (length(name) between 1 and 120),
         public_id text collate "C" not null,
         hash bytea not null check (length(hash) = 32),
         allowed_ips cidr[] not null default '{}' check (cardinality(allowed_ips) <= 100),
         expires_at timestamptz,
         revoked_at timestamptz,
         last_used_at timestamptz,
         created_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id),
         constraint capability_url_public_id_key unique (public_id),
         foreign key (org_id, registry_id) references registry (org_id, id) on delete cascade
       )`,
      // A name is free again once its URL is revoked.
      `create unique index capability_url_name_key on capability_url (org_id, registry_id, name)
         where revoked_at is null`,
      // Counted with each publication in the row that it changes anyway: no other row is shared by all servers.
      `alter table registry
         add column version_count bigint not null default 0,
         add column server_count bigint not null default 0`,
    );
    await protect(runner, 'capability_url');
    await openToDefiner(runner, 'capability_url', 'select');
    await this.countExisting(runner);
    await statements(
      runner,
      `drop function find_registry_by_names(text, text)`,
      `drop function find_registry_by_id(uuid)`,
      // Which organization a path without a credential means; the caller decides by visibility what it may know.
      `create function find_registry_by_id(p_id uuid)
       returns table (org_id uuid, org_name text, id uuid, name text, visibility text, org_state text)
       language sql stable security definer set search_path = pg_catalog, public as $$
         select r.org_id, o.name, r.id, r.name, r.visibility, o.state
         from public.registry r join public.organization o on o.id = r.org_id where r.id = p_id
       $$`,
      `create function find_registry_by_names(p_organization text, p_registry text)
       returns table (org_id uuid, org_name text, id uuid, name text, visibility text, org_state text)
       language sql stable security definer set search_path = pg_catalog, public as $$
         select r.org_id, o.name, r.id, r.name, r.visibility, o.state
         from public.organization o join public.registry r on r.org_id = o.id
         where o.name = p_organization and r.name = p_registry
       $$`,
      // The caller still has to show a secret whose hash this is.
      `create function find_capability_url(p_public_id text, p_address inet)
       returns table (org_id uuid, org_name text, org_state text, rate_limits jsonb, capability_url_id uuid, name text,
                      registry_id uuid, registry_name text, visibility text, hash bytea, expired boolean,
                      revoked boolean, address_allowed boolean, use_is_old boolean)
       language sql stable security definer set search_path = pg_catalog, public as $$
         select c.org_id, o.name, o.state, o.rate_limits, c.id, c.name, r.id, r.name, r.visibility, c.hash,
                coalesce(c.expires_at <= now(), false), c.revoked_at is not null,
                (cardinality(c.allowed_ips) = 0 or coalesce(p_address <<= any (c.allowed_ips), false))
                  and (not o.ip_allow_list_enabled or coalesce(p_address <<= any (o.allowed_ips), false)),
                c.last_used_at is null or c.last_used_at < now() - interval '1 minute'
         from public.capability_url c
         join public.organization o on o.id = c.org_id
         join public.registry r on r.org_id = c.org_id and r.id = c.registry_id
         where c.public_id = p_public_id
       $$`,
    );
  }

  private async countExisting(runner: QueryRunner): Promise<void> {
    await forEachOrganization(runner, () =>
      runner.query(
        `update registry r set version_count = held.versions, server_count = held.servers
         from (select registry_id, count(*) as versions, count(distinct name) as servers from server_version
               where org_id = current_org_id() group by registry_id) held
         where r.org_id = current_org_id() and r.id = held.registry_id`,
      ),
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
