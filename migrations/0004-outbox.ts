import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, openToDefiner, protect, statements } from './support';

/** Jobs that commit with the change that asks for them; the worker hands them to the queue. */
export class Outbox1763600000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      `create table outbox (
         org_id uuid not null,
         id uuid not null,
         name text not null,
         payload jsonb not null,
         created_at timestamptz not null default clock_timestamp(),
         claimed_until timestamptz,
         primary key (org_id, id)
       )`,
      `create index outbox_waiting_idx on outbox (created_at)`,
    );
    await protect(runner, 'outbox');
    await openToDefiner(runner, 'outbox', 'all');
    await statements(
      runner,
      // A relay that dies after its claim loses nothing: the claim runs out and the next relay takes the row.
      `create function claim_outbox(p_limit integer, p_lease interval)
       returns table (org_id uuid, id uuid, name text, payload jsonb)
       language sql volatile security definer set search_path = pg_catalog, public as $$
         update public.outbox o set claimed_until = now() + p_lease
         where (o.org_id, o.id) in (
           select w.org_id, w.id from public.outbox w
           where w.claimed_until is null or w.claimed_until < now()
           order by w.created_at limit p_limit for update skip locked)
         returning o.org_id, o.id, o.name, o.payload
       $$`,
      `create function finish_outbox(p_ids uuid[]) returns void
       language sql volatile security definer set search_path = pg_catalog, public as $$
         delete from public.outbox where id = any (p_ids)
       $$`,
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
