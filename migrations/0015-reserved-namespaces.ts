import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, protect, statements } from './support';

/** Namespaces of which an organization takes servers from nobody else. */
export class ReservedNamespaces1764000000015 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      // Names differ by case, and those who would confuse them are whom this is for.
      `create table reserved_namespace (
         org_id uuid not null references organization (id) on delete cascade,
         id uuid not null,
         namespace text collate "C" not null
           check (namespace ~ '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$' and length(namespace) <= 198),
         created_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id),
         constraint reserved_namespace_key unique (org_id, namespace)
       )`,
    );
    await protect(runner, 'reserved_namespace');
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
