import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, openToDefiner, protect, statements } from './support';

/** Who acts: users, system accounts, their access tokens and the roles they hold. */
export class Principals1763600000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      `create table user_account (
         org_id uuid not null references organization (id) on delete cascade,
         id uuid not null,
         email text not null check (length(email) between 3 and 320),
         full_name text not null,
         active boolean not null default true,
         created_at timestamptz not null default clock_timestamp(),
         updated_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id)
       )`,
      `create unique index user_account_email_key on user_account (org_id, lower(email))`,
      `create table system_account (
         org_id uuid not null references organization (id) on delete cascade,
         id uuid not null,
         name text not null check (length(name) between 1 and 120),
         description text,
         active boolean not null default true,
         created_at timestamptz not null default clock_timestamp(),
         updated_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id),
         constraint system_account_name_key unique (org_id, name)
       )`,
      `create table access_token (
         org_id uuid not null references organization (id) on delete cascade,
         id uuid not null,
         public_id text collate "C" not null,
         user_id uuid,
         system_account_id uuid,
         name text not null,
         hash bytea not null check (length(hash) = 32),
         expires_at timestamptz not null,
         last_used_at timestamptz,
         revoked_at timestamptz,
         created_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id),
         constraint access_token_public_id_key unique (public_id),
         constraint access_token_one_owner check (num_nonnulls(user_id, system_account_id) = 1),
         foreign key (org_id, user_id) references user_account (org_id, id) on delete cascade,
         foreign key (org_id, system_account_id) references system_account (org_id, id) on delete cascade
       )`,
      // entity_id is the entity's uuid or '*', as Konnect has it.
      `create table role_assignment (
         org_id uuid not null references organization (id) on delete cascade,
         id uuid not null,
         user_id uuid,
         system_account_id uuid,
         role_name text not null,
         entity_type_name text not null,
         entity_id text collate "C" not null,
         entity_region text not null default '*',
         created_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id),
         constraint role_assignment_one_holder check (num_nonnulls(user_id, system_account_id) = 1),
         constraint role_assignment_key unique nulls not distinct
           (org_id, user_id, system_account_id, entity_type_name, entity_id, role_name),
         foreign key (org_id, user_id) references user_account (org_id, id) on delete cascade,
         foreign key (org_id, system_account_id) references system_account (org_id, id) on delete cascade
       )`,
      `create index role_assignment_entity_idx on role_assignment (org_id, entity_type_name, entity_id)`,
    );
    for (const table of ['user_account', 'system_account', 'access_token', 'role_assignment']) {
      await protect(runner, table);
      await openToDefiner(runner, table, 'select');
    }
    // The caller still has to show a secret whose hash this is: the public id alone opens nothing.
    await runner.query(`
      create function find_access_token(p_public_id text)
      returns table (org_id uuid, org_name text, org_state text, token_id uuid, hash bytea, expired boolean,
                     revoked boolean, use_is_old boolean, principal_type text, principal_id uuid, principal_name text,
                     active boolean, assignments jsonb)
      language sql stable security definer set search_path = pg_catalog, public as $$
        select t.org_id, o.name, o.state, t.id, t.hash, t.expires_at <= now(), t.revoked_at is not null,
               t.last_used_at is null or t.last_used_at < now() - interval '1 minute',
               case when t.user_id is null then 'system_account' else 'user' end,
               coalesce(t.user_id, t.system_account_id), coalesce(u.email, s.name), coalesce(u.active, s.active),
               coalesce((select jsonb_agg(jsonb_build_object('role_name', a.role_name,
                                'entity_type_name', a.entity_type_name, 'entity_id', a.entity_id))
                         from public.role_assignment a
                         where a.org_id = t.org_id
                           and (a.user_id = t.user_id or a.system_account_id = t.system_account_id)), '[]')
        from public.access_token t
        join public.organization o on o.id = t.org_id
        left join public.user_account u on u.org_id = t.org_id and u.id = t.user_id
        left join public.system_account s on s.org_id = t.org_id and s.id = t.system_account_id
        where t.public_id = p_public_id
      $$`);
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
