import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, openToDefiner, protect, statements } from './support';

/** The tenant, and the setting that binds a transaction to one. */
export class Organization1763600000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      `create extension if not exists pg_trgm`,
      `create extension if not exists btree_gin`,
      // An ended local setting reads as empty text, which no uuid is.
      `create function current_org_id() returns uuid language sql stable parallel safe
         as $$ select nullif(current_setting('app.org_id', true), '')::uuid $$`,
      // Microseconds end to end: a JavaScript Date would lose them.
      `create function rfc3339(timestamptz) returns text language sql stable parallel safe
         as $$ select to_char($1 at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$`,
      `create table organization (
         id uuid primary key,
         name text collate "C" not null check (name ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$' and length(name) <= 120),
         display_name text not null,
         state text not null default 'active' check (state in ('active', 'suspended')),
         created_at timestamptz not null default clock_timestamp(),
         updated_at timestamptz not null default clock_timestamp(),
         constraint organization_name_key unique (name)
       )`,
    );
    await protect(runner, 'organization', 'id');
    await openToDefiner(runner, 'organization', 'select');
    await runner.query(`
      create function find_organization_id(p_name text) returns uuid
      language sql stable security definer set search_path = pg_catalog, public as $$
        select id from public.organization where name = p_name
      $$`);
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
