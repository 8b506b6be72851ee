import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, protect, statements } from './support';

/** What happened, who did it and who was refused. The application role may insert and read, nothing else. */
export class AuditLog1763600000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      `create table audit_log (
         org_id uuid not null,
         id uuid not null,
         occurred_at timestamptz not null default clock_timestamp(),
         kind text not null check (kind in ('authentication', 'authorization', 'access', 'change')),
         action text not null,
         result text not null check (result in ('success', 'denied')),
         reason text,
         principal_type text not null,
         principal_id uuid,
         principal_name text not null,
         token_id uuid,
         trace_id text not null,
         address inet,
         user_agent text,
         target_type text,
         target_id text,
         target_name text,
         registry_id uuid,
         before jsonb,
         after jsonb,
         primary key (org_id, id)
       )`,
      `create index audit_log_time_idx on audit_log (org_id, occurred_at desc, id desc)`,
    );
    await protect(runner, 'audit_log');
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
