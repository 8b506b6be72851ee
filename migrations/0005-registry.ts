import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, openToDefiner, protect, statements } from './support';

/** The named catalogues of an organization. */
export class Registry1763600000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      `create table registry (
         org_id uuid not null references organization (id) on delete cascade,
         id uuid not null,
         name text collate "C" not null check (name ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$' and length(name) <= 120),
         display_name text not null check (length(display_name) between 1 and 120),
         description text check (length(description) <= 2048),
         labels jsonb not null default '{}',
         visibility text not null default 'private' check (visibility in ('private', 'public')),
         revision bigint not null default 0,
         created_at timestamptz not null default clock_timestamp(),
         updated_at timestamptz not null default clock_timestamp(),
         primary key (id),
         constraint registry_org_key unique (org_id, id),
         constraint registry_name_key unique (org_id, name)
       )`,
    );
    await protect(runner, 'registry');
    await openToDefiner(runner, 'registry', 'select');
    await statements(
      runner,
      // Which organization a path without a credential means; the caller decides by visibility what it may know.
      `create function find_registry_by_id(p_id uuid)
       returns table (org_id uuid, id uuid, name text, visibility text, org_state text)
       language sql stable security definer set search_path = pg_catalog, public as $$
         select r.org_id, r.id, r.name, r.visibility, o.state
         from public.registry r join public.organization o on o.id = r.org_id where r.id = p_id
       $$`,
      `create function find_registry_by_names(p_organization text, p_registry text)
       returns table (org_id uuid, id uuid, name text, visibility text, org_state text)
       language sql stable security definer set search_path = pg_catalog, public as $$
         select r.org_id, r.id, r.name, r.visibility, o.state
         from public.organization o join public.registry r on r.org_id = o.id
         where o.name = p_organization and r.name = p_registry
       $$`,
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
