import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, openToDefiner, statements } from './support';

const DEFINER = 'security definer set search_path = pg_catalog, public';
const BATCH_ROWS = 5_000;
// The first month of the last 90 days, and not those days themselves: no partition has to be searched for older rows.
const KEPT_BY_ALL = `date_trunc('month', now() - interval '90 days', 'UTC')`;
// Who keeps less than before is not believed at once: others have this long to see it and to undo it.
const IS_PAUSED = `coalesce(s.loosened_at >= now() - interval '7 days', false)`;

/**
 * The end of old rows. The application role cannot delete; these functions do, and only what the organization's own
 * settings let go and a boundary of its chain says is gone.
 */
export class AuditRetention1763900000014 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['audit_log', 'audit_seal', 'audit_person', 'audit_personal', 'audit_checkpoint'])
      await openToDefiner(runner, table, 'all');
    for (const table of ['audit_boundary', 'audit_settings']) await openToDefiner(runner, table, 'select');
    await statements(
      runner,
      // Whether rows of an organization that are older than a time may go. Nobody may call it but the functions below.
      `create function may_purge_audit(p_org uuid, p_before timestamptz) returns boolean
       language sql stable set search_path = pg_catalog, public as $$
         select not coalesce(s.legal_hold, false) and not ${IS_PAUSED}
           and exists (select from public.audit_boundary b
                       where b.org_id = p_org and b.purged_before >= p_before
                         and b.purged_before <= now() - make_interval(days => coalesce(s.retention_days, 400)))
           and not exists (select from public.audit_unsealed u where u.org_id = p_org and u.occurred_at < p_before)
         from (select) one left join public.audit_settings s on s.org_id = p_org
       $$`,
      // False when changes of settings or other purges take too long. The queue is fair: nobody is kept from it for ever.
      `create function take_audit_purge_lock() returns boolean
       language plpgsql volatile set search_path = pg_catalog, public set lock_timeout = '2s' as $$
       begin
         perform pg_advisory_xact_lock(hashtextextended('portolan audit purge', 0));
         return true;
       exception when lock_not_available then
         return false;
       end $$`,
      // A number of rows that went, 1 for a partition that went as a whole, 0 when nothing of it can go, -2 when it could
      // not be dropped. Each organization is looked up in the index once: counting would cost what the month is large.
      `create function purge_audit_partition(p_table text, p_time text, p_begin timestamptz, p_end timestamptz,
                                             p_may_drop boolean) returns integer
       language plpgsql volatile set search_path = pg_catalog, public set enable_sort = off as $$
       declare
         v_partition text := p_table || to_char(p_begin at time zone 'UTC', '_YYYY_MM');
         v_through uuid[];
         v_is_all boolean;
         v_rows integer;
       begin
         if to_regclass('audit_partition.' || v_partition) is null then return 0; end if;
         execute format(
           'with recursive o as (
              (select t.org_id from public.%1$I t where t.%2$I >= $1 and t.%2$I < $2 order by t.org_id limit 1)
              union all
              select (select t.org_id from public.%1$I t where t.org_id > o.org_id and t.%2$I >= $1 and t.%2$I < $2
                      order by t.org_id limit 1)
              from o where o.org_id is not null)
            select coalesce(array_agg(x.org_id) filter (where x.may), ''{}''), coalesce(bool_and(x.may), true)
            from (select o.org_id, public.may_purge_audit(o.org_id, $2) as may from o where o.org_id is not null) x',
           p_table, p_time) into v_through, v_is_all using p_begin, p_end;
         if p_table = 'audit_log' then
           -- Beside the rows, so before them.
           delete from public.audit_personal p where p.ctid = any (array(
             select d.ctid from public.audit_personal d
             where d.org_id = any (v_through) and d.occurred_at >= p_begin and d.occurred_at < p_end
             limit ${BATCH_ROWS}));
           get diagnostics v_rows = row_count;
           -- A transaction that deletes waits for no table: whoever waits for its rows may hold that one.
           if v_rows > 0 then return v_rows; end if;
         end if;
         if v_is_all then
           if not p_may_drop then return -2; end if;
           begin
             execute format('drop table audit_partition.%I', v_partition);
             return 1;
           exception when lock_not_available or deadlock_detected then
             return -2;
           end;
         end if;
         execute format(
           'delete from public.%1$I t
            where t.%2$I >= $1 and t.%2$I < $2 and t.ctid = any (array(
              select d.ctid from public.%1$I d where d.org_id = any ($3) and d.%2$I >= $1 and d.%2$I < $2
              limit ${BATCH_ROWS}))',
           p_table, p_time) using p_begin, p_end, v_through;
         get diagnostics v_rows = row_count;
         return v_rows;
       end $$`,
      // What can go of a month, a step at a time: 0 when nothing is left that can, -1 when somebody else is at it, -2 when
      // a whole partition has to go that is in use, or that may not be dropped now.
      `create function purge_audit_month(p_month date, p_may_drop boolean) returns integer
       language plpgsql volatile ${DEFINER} set lock_timeout = '2s' as $$
       declare
         v_begin timestamptz := date_trunc('month', p_month::timestamp) at time zone 'UTC';
         v_end timestamptz := (date_trunc('month', p_month::timestamp) + interval '1 month') at time zone 'UTC';
         v_done integer;
       begin
         if v_end > ${KEPT_BY_ALL} then return 0; end if;
         if not public.take_audit_purge_lock() then return -1; end if;
         v_done := public.purge_audit_partition('audit_log', 'occurred_at', v_begin, v_end, p_may_drop);
         if v_done <> 0 then return v_done; end if;
         -- Its rows are at least as old.
         return public.purge_audit_partition('audit_seal', 'sealed_at', v_begin, v_end, p_may_drop);
       end $$`,
      // Checkpoints of rows that are gone, but for the last one; a step at a time, 0 when nothing is left, -1 when somebody
      // else is at it. A boundary may say any number, so those of a time that is kept stay as well.
      `create function purge_audit_checkpoints() returns integer
       language plpgsql volatile ${DEFINER} set enable_sort = off as $$
       declare
         v_rows integer;
       begin
         if not public.take_audit_purge_lock() then return -1; end if;
         delete from public.audit_checkpoint c where c.ctid = any (array(
           with recursive o as (
             (select b.org_id from public.audit_boundary b order by b.org_id limit 1)
             union all
             select (select b.org_id from public.audit_boundary b where b.org_id > o.org_id order by b.org_id limit 1)
             from o where o.org_id is not null)
           select d.ctid
           from o
           cross join lateral (select b.purged_before, b.sequence from public.audit_boundary b
                               where b.org_id = o.org_id and public.may_purge_audit(b.org_id, b.purged_before)
                               order by b.purged_before desc limit 1) gone
           cross join lateral (select max(k.sequence) as sequence from public.audit_checkpoint k
                               where k.org_id = o.org_id and k.sequence <= gone.sequence) kept
           join public.audit_checkpoint d on d.org_id = o.org_id and d.sequence < kept.sequence
             and d.created_at < gone.purged_before
           limit ${BATCH_ROWS}));
         get diagnostics v_rows = row_count;
         return v_rows;
       end $$`,
      // Months of which something may be there that a boundary has given up, oldest first.
      `create function list_audit_months() returns table (month date)
       language sql stable ${DEFINER} as $$
         select distinct m.month
         from pg_class c, to_date(right(c.relname, 7), 'YYYY_MM') as m(month),
              lateral (select (m.month + interval '1 month') at time zone 'UTC' as past) e
         where c.relnamespace = 'audit_partition'::regnamespace and c.relkind = 'r'
           and c.relname ~ '^audit_(log|seal)_[0-9]{4}_[0-9]{2}$'
           and e.past <= ${KEPT_BY_ALL}
           and exists (select from public.audit_boundary b where b.purged_before >= e.past)
         order by m.month
       $$`,
      // Organizations, also deleted ones, that have rows or seals beyond what they keep, and no boundary that says so.
      `create function list_audit_organizations_due() returns table (org_id uuid)
       language sql stable ${DEFINER} set enable_sort = off as $$
         with recursive logged as (
           (select a.org_id from public.audit_log a where a.occurred_at < ${KEPT_BY_ALL}
            order by a.org_id limit 1)
           union all
           select (select a.org_id from public.audit_log a
                   where a.org_id > l.org_id and a.occurred_at < ${KEPT_BY_ALL} order by a.org_id limit 1)
           from logged l where l.org_id is not null),
         sealed as (
           (select s.org_id from public.audit_seal s where s.sealed_at < ${KEPT_BY_ALL}
            order by s.org_id limit 1)
           union all
           select (select s.org_id from public.audit_seal s
                   where s.org_id > l.org_id and s.sealed_at < ${KEPT_BY_ALL} order by s.org_id limit 1)
           from sealed l where l.org_id is not null)
         select o.org_id
         from (select l.org_id from logged l union select l.org_id from sealed l) o
         left join public.audit_settings s on s.org_id = o.org_id,
         lateral (select date_trunc('month', now() - make_interval(days => coalesce(s.retention_days, 400)), 'UTC') as at) cut
         where o.org_id is not null and not coalesce(s.legal_hold, false) and not ${IS_PAUSED}
           and (exists (select from public.audit_log a where a.org_id = o.org_id and a.occurred_at < cut.at)
                or exists (select from public.audit_seal l where l.org_id = o.org_id and l.sealed_at < cut.at))
           and not exists (select from public.audit_boundary b where b.org_id = o.org_id and b.purged_before >= cut.at)
       $$`,
      // Names that no row of a deleted organization needs any more.
      `create function purge_audit_people() returns integer
       language plpgsql volatile ${DEFINER} as $$
       declare
         v_rows integer;
       begin
         with recursive o as (
           (select p.org_id from public.audit_person p order by p.org_id limit 1)
           union all
           select (select p.org_id from public.audit_person p where p.org_id > o.org_id order by p.org_id limit 1)
           from o where o.org_id is not null)
         delete from public.audit_person p using o
         where p.org_id = o.org_id
           and not exists (select from public.organization g where g.id = o.org_id)
           and not exists (select from public.audit_log a where a.org_id = o.org_id);
         get diagnostics v_rows = row_count;
         return v_rows;
       end $$`,
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
