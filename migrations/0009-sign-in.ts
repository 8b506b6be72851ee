import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, openToDefiner, protect, statements } from './support';

/** Passwords, invites, identity providers, logins and the sessions that come of them. */
export class SignIn1763700000009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      // Beside the account, so that no list of users can come to show it.
      `create table user_password (
         org_id uuid not null,
         user_id uuid not null,
         hash text not null,
         changed_at timestamptz not null default clock_timestamp(),
         primary key (org_id, user_id),
         foreign key (org_id, user_id) references user_account (org_id, id) on delete cascade
       )`,
      // The link was shown to the inviter, unless it went by mail.
      `create table invite (
         org_id uuid not null,
         id uuid not null,
         user_id uuid not null,
         public_id text collate "C" not null,
         hash bytea not null check (length(hash) = 32),
         expires_at timestamptz not null,
         accepted_at timestamptz,
         revoked_at timestamptz,
         shown_to uuid,
         shown_to_type text,
         created_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id),
         constraint invite_shown_to_check check ((shown_to is null) = (shown_to_type is null)),
         constraint invite_public_id_key unique (public_id),
         foreign key (org_id, user_id) references user_account (org_id, id) on delete cascade
       )`,
      `create index invite_user_idx on invite (org_id, user_id)`,
      `create table identity_provider (
         org_id uuid not null references organization (id) on delete cascade,
         id uuid not null,
         type text not null check (type in ('oidc')),
         enabled boolean not null default false,
         config jsonb not null,
         client_secret_sealed text,
         created_at timestamptz not null default clock_timestamp(),
         updated_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id)
       )`,
      `create unique index identity_provider_enabled_key on identity_provider (org_id) where enabled`,
      `create table team_group_mapping (
         org_id uuid not null,
         id uuid not null,
         identity_provider_id uuid not null,
         team_id uuid not null,
         group_name text collate "C" not null check (length(group_name) between 1 and 1000),
         created_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id),
         constraint team_group_mapping_key unique (org_id, identity_provider_id, team_id, group_name),
         foreign key (org_id, identity_provider_id) references identity_provider (org_id, id) on delete cascade,
         foreign key (org_id, team_id) references team (org_id, id) on delete cascade
       )`,
      `create table user_identity (
         org_id uuid not null,
         identity_provider_id uuid not null,
         subject text collate "C" not null check (length(subject) between 1 and 1000),
         user_id uuid not null,
         created_at timestamptz not null default clock_timestamp(),
         primary key (org_id, identity_provider_id, subject),
         foreign key (org_id, identity_provider_id) references identity_provider (org_id, id) on delete cascade,
         foreign key (org_id, user_id) references user_account (org_id, id) on delete cascade
       )`,
      `create index user_identity_user_idx on user_identity (org_id, user_id)`,
      // What a browser that was sent to its identity provider has to bring back; taken once.
      `create table login_attempt (
         org_id uuid not null,
         id uuid not null,
         identity_provider_id uuid not null,
         state_hash bytea not null check (length(state_hash) = 32),
         sealed text not null,
         expires_at timestamptz not null,
         created_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id),
         constraint login_attempt_state_key unique (org_id, state_hash),
         foreign key (org_id, identity_provider_id) references identity_provider (org_id, id) on delete cascade
       )`,
      `create index login_attempt_expires_idx on login_attempt (org_id, expires_at)`,
      `create table user_session (
         org_id uuid not null,
         id uuid not null,
         user_id uuid not null,
         public_id text collate "C" not null,
         hash bytea not null check (length(hash) = 32),
         method text not null check (method in ('password', 'oidc')),
         address inet,
         user_agent text,
         created_at timestamptz not null default clock_timestamp(),
         last_seen_at timestamptz not null default clock_timestamp(),
         expires_at timestamptz not null,
         ended_at timestamptz,
         primary key (org_id, id),
         constraint user_session_public_id_key unique (public_id),
         foreign key (org_id, user_id) references user_account (org_id, id) on delete cascade
       )`,
      `create index user_session_user_idx on user_session (org_id, user_id)`,
    );
    for (const table of ['user_password', 'identity_provider', 'team_group_mapping', 'user_identity', 'login_attempt'])
      await protect(runner, table);
    for (const table of ['invite', 'user_session']) {
      await protect(runner, table);
      await openToDefiner(runner, table, 'select');
    }
    await statements(
      runner,
      // The caller still has to show a secret whose hash this is.
      `create function find_user_session(p_public_id text, p_address inet)
       returns table (org_id uuid, org_name text, org_state text, suspended_reason text, rate_limits jsonb,
                      address_allowed boolean, session_id uuid, hash bytea, ended boolean, expired boolean,
                      seen_is_old boolean, user_id uuid, email text, active boolean, assignments jsonb)
       language sql stable security definer set search_path = pg_catalog, public as $$
         select s.org_id, o.name, o.state, o.suspended_reason, o.rate_limits,
                not o.ip_allow_list_enabled or coalesce(p_address <<= any (o.allowed_ips), false),
                s.id, s.hash, s.ended_at is not null,
                s.expires_at <= now() or s.last_seen_at <= now() - interval '60 minutes',
                s.last_seen_at < now() - interval '1 minute', u.id, u.email, u.active,
                public.role_assignments_of(s.org_id, u.id, null)
         from public.user_session s
         join public.organization o on o.id = s.org_id
         join public.user_account u on u.org_id = s.org_id and u.id = s.user_id
         where s.public_id = p_public_id
       $$`,
      `create function find_invite(p_public_id text) returns table (org_id uuid, id uuid, hash bytea)
       language sql stable security definer set search_path = pg_catalog, public as $$
         select i.org_id, i.id, i.hash from public.invite i where i.public_id = p_public_id
       $$`,
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
