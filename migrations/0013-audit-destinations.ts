import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, openToDefiner, protect, statements } from './support';

/** Something is to be delivered; the index of those is all that a worker looks at. */
const IS_BEHIND = `(position < head or checkpoint_position < checkpoint_head) and not paused and ended_at is null`;

const IS_DUE = `${IS_BEHIND} and w.next_attempt_at <= clock_timestamp()
  and (w.claimed_until is null or w.claimed_until < clock_timestamp())
  and (w.attempts > 0 or w.last_success_at is null) = p_unproven and w.org_id <> all (p_busy)`;

/** Where an organization's trail is sent, and how far each delivery has come. */
export class AuditDestinations1763900000013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      `create table audit_destination (
         org_id uuid not null references organization (id) on delete cascade,
         id uuid not null,
         name text not null,
         endpoint text not null,
         authorization_sealed text,
         format text not null check (format in ('json', 'cef', 'ocsf')),
         enabled boolean not null,
         created_at timestamptz not null default clock_timestamp(),
         updated_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id),
         constraint audit_destination_name_key unique (org_id, name)
       )`,
      // Numbers of the chain: position is the last that was delivered, head the last that there is to deliver. The row
      // with kind 'live' follows the chain; one with kind 'replay' ends at its head.
      `create table audit_delivery (
         org_id uuid not null,
         id uuid not null,
         destination_id uuid not null,
         kind text not null check (kind in ('live', 'replay')),
         start_at timestamptz,
         end_at timestamptz,
         first bigint not null,
         position bigint not null,
         head bigint not null,
         checkpoint_position bigint not null,
         checkpoint_head bigint not null,
         entries_max integer not null default 500 check (entries_max between 1 and 500),
         delivered bigint not null default 0,
         missed bigint not null default 0,
         paused boolean not null,
         attempts integer not null default 0,
         next_attempt_at timestamptz not null default clock_timestamp(),
         claimed_at timestamptz,
         claimed_until timestamptz,
         last_attempt_at timestamptz,
         last_success_at timestamptz,
         last_response_code integer,
         last_response_message text,
         failing_since timestamptz,
         created_at timestamptz not null default clock_timestamp(),
         ended_at timestamptz,
         primary key (org_id, id),
         foreign key (org_id, destination_id) references audit_destination (org_id, id) on delete cascade,
         check ((kind = 'replay') = (start_at is not null and end_at is not null))
       )`,
      `create unique index audit_delivery_live_key on audit_delivery (org_id, destination_id) where kind = 'live'`,
      `create unique index audit_delivery_replay_key on audit_delivery (org_id, destination_id)
         where kind = 'replay' and ended_at is null`,
      `create index audit_delivery_destination_idx on audit_delivery (org_id, destination_id, created_at)`,
      `create index audit_delivery_due_idx on audit_delivery (next_attempt_at) where ${IS_BEHIND}`,
      // When an organization was last served.
      `create index audit_delivery_claimed_idx on audit_delivery (org_id, claimed_at)`,
      // A replay names times and goes by numbers.
      `create index audit_seal_occurred_idx on audit_seal (org_id, occurred_at, sequence)`,
    );
    await protect(runner, 'audit_destination');
    await protect(runner, 'audit_delivery');
    await openToDefiner(runner, 'audit_delivery', 'all');
    await statements(
      runner,
      // One that dies after its claim loses nothing: the claim runs out and the next one takes the delivery. Those whose
      // last attempt failed, or that have never succeeded, are asked for by themselves: they hold up no others. It is the
      // turn of the organization that was served the longest time ago, however much others have to send.
      `create function claim_audit_deliveries(p_limit integer, p_lease interval, p_unproven boolean, p_busy uuid[])
       returns table (org_id uuid, id uuid, claimed_until timestamptz)
       language sql volatile security definer set search_path = pg_catalog, public as $$
         with due as (
           select distinct on (w.org_id) w.org_id, w.id from public.audit_delivery w
           where ${IS_DUE}
           order by w.org_id, w.next_attempt_at),
         chosen as (
           select w.org_id, w.id from due join public.audit_delivery w on w.org_id = due.org_id and w.id = due.id
           where ${IS_DUE}
           order by (select max(s.claimed_at) from public.audit_delivery s where s.org_id = w.org_id) nulls first,
                    w.next_attempt_at
           limit p_limit for update of w skip locked)
         update public.audit_delivery d
         set claimed_at = clock_timestamp(), claimed_until = clock_timestamp() + p_lease
         from chosen c where d.org_id = c.org_id and d.id = c.id
         returning d.org_id, d.id, d.claimed_until
       $$`,
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
