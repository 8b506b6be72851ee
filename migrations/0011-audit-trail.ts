import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, openToDefiner, protect, statements } from './support';

// Rows of the first releases hold mail addresses and names among other fields; this is whose they are, and where.
const PERSONAL_KEYS = `array['email', 'full_name', 'preferred_name', 'name', 'subject']`;
const DETAILS = `coalesce(after, before)`;
const PERSON = `(case
  when target_type = 'user' then target_id
  when target_type = 'session' or action like 'invite.%' then ${DETAILS} ->> 'user_id'
  when action like 'team.member.%' then
    case when ${DETAILS} ->> 'type' = 'user' then ${DETAILS} ->> 'id' else ${DETAILS} ->> 'user_id' end
  when action like 'role.%' and ${DETAILS} #>> '{holder,type}' = 'user' then ${DETAILS} #>> '{holder,id}'
  when action = 'token.create' and ${DETAILS} ? 'email' then ${DETAILS} ->> 'owner_id'
end)::uuid`;
const PARENT_TYPE = `(case
  when action like 'role.%' then ${DETAILS} #>> '{holder,type}'
  when target_type = 'access_token' then ${DETAILS} ->> 'owner_type'
  when target_type = 'session' and person_id is not null then 'user'
  when target_type <> 'registry' and registry_id is not null then 'registry'
end)`;
const IS_PERSONS_NAME = `(target_type in ('user', 'session', 'invite', 'role_assignment'))`;

/**
 * The trail in monthly partitions, so that cost and purge do not depend on what came before, and what tells who somebody
 * is beside it, so that it can be erased.
 */
export class AuditTrail1763900000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      `alter table audit_log rename to audit_log_before`,
      `alter table audit_log_before rename constraint audit_log_pkey to audit_log_before_pkey`,
      `alter table audit_log_before no force row level security`,
      // Nobody has a right on what is in it: rows are reached through their table and its policies.
      `create schema audit_partition`,
      `create table audit_log (
         org_id uuid not null,
         id uuid not null,
         occurred_at timestamptz not null default clock_timestamp(),
         format smallint not null default 1,
         kind text not null check (kind in ('authentication', 'authorization', 'access', 'change')),
         action text not null,
         result text not null check (result in ('success', 'denied', 'failure')),
         reason text,
         principal_type text not null,
         principal_id uuid,
         principal_name text,
         on_behalf_of_type text,
         on_behalf_of_id uuid,
         credential_id uuid,
         request_id text not null,
         trace_id text,
         address inet,
         user_agent text,
         target_type text,
         target_id text,
         target_name text,
         parent_type text,
         parent_id text,
         registry_id uuid,
         person_id uuid,
         before jsonb,
         after jsonb,
         primary key (org_id, occurred_at, id)
       ) partition by range (occurred_at)`,
      `create index audit_log_kind_idx on audit_log (org_id, kind, occurred_at, id)`,
      `create index audit_log_action_idx on audit_log (org_id, action, occurred_at, id)`,
      `create index audit_log_result_idx on audit_log (org_id, occurred_at, id) where result <> 'success'`,
      `create index audit_log_principal_idx on audit_log (org_id, principal_id, occurred_at, id)
         where principal_id is not null`,
      `create index audit_log_credential_idx on audit_log (org_id, credential_id, occurred_at, id)
         where credential_id is not null`,
      `create index audit_log_target_idx on audit_log (org_id, target_id, occurred_at, id) where target_id is not null`,
      `create index audit_log_registry_idx on audit_log (org_id, registry_id, occurred_at, id)
         where registry_id is not null`,
      `create index audit_log_request_idx on audit_log (org_id, request_id, occurred_at, id)`,
      // Which rows are not in the chain yet.
      `create table audit_unsealed (
         org_id uuid not null,
         occurred_at timestamptz not null,
         id uuid not null,
         primary key (org_id, occurred_at, id)
       )`,
      `create index audit_unsealed_time_idx on audit_unsealed (occurred_at)`,
      // Who a principal or a target is. Without name and salt: erased, and it stays so.
      `create table audit_person (
         org_id uuid not null,
         id uuid not null,
         name text,
         -- Behind a policy no index on an expression is used.
         name_key text generated always as (lower(name)) stored,
         salt bytea,
         primary key (org_id, id),
         check ((name is null) = (salt is null))
       )`,
      `create index audit_person_name_idx on audit_person (org_id, name_key) where name_key is not null`,
      // What of the before and after of a row tells who somebody is.
      `create table audit_personal (
         org_id uuid not null,
         audit_id uuid not null,
         occurred_at timestamptz not null,
         person_id uuid not null,
         salt bytea not null,
         data jsonb not null,
         primary key (org_id, audit_id)
       )`,
      `create index audit_personal_person_idx on audit_personal (org_id, person_id)`,
      `create index audit_personal_time_idx on audit_personal (org_id, occurred_at)`,
    );
    await this.createFunctions(runner);
    await runner.query(
      `select add_audit_partitions('audit_log', least((select min(occurred_at) from audit_log_before),
                                                       now() - interval '1 month'))`,
    );
    await this.moveRows(runner);
    for (const table of ['audit_log', 'audit_unsealed', 'audit_person', 'audit_personal']) await protect(runner, table);
    await openToDefiner(runner, 'audit_unsealed', 'all');
    await statements(
      runner,
      `drop table audit_log_before`,
      `create trigger audit_log_unsealed after insert on audit_log
         referencing new table as added for each statement execute function queue_audit_rows()`,
    );
  }

  private async createFunctions(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      // Attached ready-made: creating a partition in place would lock everybody out.
      `create function add_audit_partitions(p_table text, p_first timestamptz) returns integer
       language plpgsql volatile set search_path = pg_catalog, public set lock_timeout = '2s' as $$
       declare
         v_month timestamp;
         v_name text;
         v_made integer := 0;
       begin
         perform pg_advisory_xact_lock(hashtextextended('portolan audit partitions', 0));
         for v_month in
           select generate_series(date_trunc('month', p_first at time zone 'UTC'),
                                  date_trunc('month', now() at time zone 'UTC') + interval '3 months', interval '1 month')
         loop
           v_name := p_table || to_char(v_month, '_YYYY_MM');
           continue when to_regclass('audit_partition.' || v_name) is not null;
           execute format('create table audit_partition.%I (like public.%I including defaults including constraints including indexes)',
                          v_name, p_table);
           execute format('alter table audit_partition.%I enable row level security, force row level security', v_name);
           execute format('alter table public.%I attach partition audit_partition.%I for values from (%L) to (%L)', p_table,
                          v_name, v_month at time zone 'UTC', (v_month + interval '1 month') at time zone 'UTC');
           v_made := v_made + 1;
         end loop;
         return v_made;
       end $$`,
      `create function queue_audit_rows() returns trigger
       language plpgsql security definer set search_path = pg_catalog, public as $$
       begin
         insert into public.audit_unsealed (org_id, occurred_at, id) select org_id, occurred_at, id from added;
         return null;
       end $$`,
      // Bound to the organization of the transaction by row security, like everybody. Who is still a user keeps his name:
      // nobody may act and then be nobody.
      `create function erase_audit_person(p_id uuid) returns void
       language plpgsql volatile security definer set search_path = pg_catalog, public as $$
       begin
         if exists (select from public.user_account u where u.org_id = public.current_org_id() and u.id = p_id) then
           raise insufficient_privilege using message = 'a user is deleted before the audit trail forgets him';
         end if;
         delete from public.audit_personal where org_id = public.current_org_id() and person_id = p_id;
         insert into public.audit_person (org_id, id) values (public.current_org_id(), p_id)
         on conflict (org_id, id) do update set name = null, salt = null;
       end $$`,
      `create function audit_organizations_waiting(p_after uuid, p_limit integer) returns table (org_id uuid)
       language sql stable security definer set search_path = pg_catalog, public as $$
         with recursive waiting as (
           (select u.org_id from public.audit_unsealed u where u.org_id > p_after order by u.org_id limit 1)
           union all
           select (select u.org_id from public.audit_unsealed u where u.org_id > w.org_id order by u.org_id limit 1)
           from waiting w where w.org_id is not null)
         select w.org_id from waiting w where w.org_id is not null limit p_limit
       $$`,
      `create function audit_unsealed_since() returns timestamptz
       language sql stable security definer set search_path = pg_catalog, public as $$
         select min(occurred_at) from public.audit_unsealed
       $$`,
    );
  }

  private async moveRows(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      `create temporary table moving on commit drop as select *, ${PERSON} as person_id from audit_log_before`,
      // Refused sign-ins and refused subjects tell the name alone. An id that is made of it would tell it, too.
      `update moving m set person_id = u.id from user_account u
       where m.target_type = 'session' and m.person_id is null
         and u.org_id = m.org_id and lower(u.email) = lower(m.target_name)`,
      `update moving m set person_id = n.id
       from (select org_id, lower(target_name) as name, gen_random_uuid() as id from moving
             where target_type = 'session' and person_id is null group by org_id, lower(target_name)) n
       where m.target_type = 'session' and m.person_id is null and m.org_id = n.org_id and lower(m.target_name) = n.name`,
      `update moving m set principal_id = n.id
       from (select org_id, principal_name as name, gen_random_uuid() as id from moving
             where principal_type = 'jwt_subject' and principal_id is null group by org_id, principal_name) n
       where m.principal_type = 'jwt_subject' and m.principal_id is null
         and m.org_id = n.org_id and m.principal_name = n.name`,
      // Filters of a list hold names and addresses.
      `update moving set target_name = split_part(target_name, '?', 1)
       where target_type = 'route' and target_name like '%?%'`,
      `insert into audit_person (org_id, id, name, salt)
       select distinct on (org_id, id) org_id, id, name, uuid_send(gen_random_uuid())
       from (select org_id, principal_id as id, principal_name as name, occurred_at from moving
             where principal_type in ('user', 'jwt_subject') and principal_id is not null
             union all
             select org_id, person_id, target_name, occurred_at from moving
             where person_id is not null and ${IS_PERSONS_NAME} and target_name is not null) known
       order by org_id, id, occurred_at desc`,
      // Of others only details tell. Without their names here the chain would be sealed without these, and not fit any more
      // as soon as one of them acts; those who are gone are erased.
      `insert into audit_person (org_id, id, name, salt)
       select distinct on (m.org_id, m.person_id) m.org_id, m.person_id, u.email,
              case when u.id is not null then uuid_send(gen_random_uuid()) end
       from moving m left join user_account u on u.org_id = m.org_id and u.id = m.person_id
       where m.person_id is not null
       on conflict do nothing`,
      `insert into audit_personal (org_id, audit_id, occurred_at, person_id, salt, data)
       select org_id, id, occurred_at, person_id, uuid_send(gen_random_uuid()),
              case when was is null then '{}' else jsonb_build_object('before', was) end
                || case when became is null then '{}' else jsonb_build_object('after', became) end
       from moving, lateral (select ${personalOf('before')} as was, ${personalOf('after')} as became) p
       where person_id is not null and (was is not null or became is not null)`,
      `insert into audit_log (org_id, id, occurred_at, kind, action, result, reason, principal_type, principal_id,
                              principal_name, credential_id, request_id, address, user_agent, target_type, target_id,
                              target_name, parent_type, parent_id, registry_id, person_id, before, after)
       select org_id, id, occurred_at, kind, action, result, reason, principal_type, principal_id,
              case when principal_type in ('user', 'jwt_subject') and principal_id is not null then null
                   else principal_name end,
              token_id, trace_id, address, user_agent, target_type, target_id,
              case when person_id is null or not ${IS_PERSONS_NAME} then target_name end,
              ${PARENT_TYPE},
              case ${PARENT_TYPE}
                when 'registry' then registry_id::text
                when ${DETAILS} #>> '{holder,type}' then ${DETAILS} #>> '{holder,id}'
                when ${DETAILS} ->> 'owner_type' then ${DETAILS} ->> 'owner_id'
                when 'user' then person_id::text
              end,
              registry_id, person_id, ${withoutPersonal('before')}, ${withoutPersonal('after')}
       from moving`,
      `insert into audit_unsealed (org_id, occurred_at, id) select org_id, occurred_at, id from audit_log`,
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}

function personalOf(column: string): string {
  return `(select jsonb_object_agg(key, value)
           from jsonb_each(case jsonb_typeof(${column}) when 'object' then ${column} else '{}' end)
           where key = any (${PERSONAL_KEYS}))`;
}

function withoutPersonal(column: string): string {
  return `case when person_id is null or jsonb_typeof(${column}) <> 'object' then ${column}
               else ${column} - ${PERSONAL_KEYS} #- '{holder,name}' end`;
}
