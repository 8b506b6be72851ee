import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, statements } from './support';

/**
 * Tells every process what has changed, with the commit that changes it: `o:<organization>` for what decides who may do
 * what there, `r:<registry>` for what a registry holds. docs/adr/0014 says what they do with it.
 */
export class ChangeNotes1764200000021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(runner, ...NOTES, ...TRIGGERS, ...LOOKUPS);
  }

  down(): Promise<void> {
    return noWayBack();
  }
}

// PostgreSQL sends equal notes of one transaction once.
const NOTES = [
  `create function note_organization_change() returns trigger
   language plpgsql set search_path = pg_catalog, pg_temp as $$
   begin
     perform pg_notify('portolan_changes', 'o:' || coalesce(new.org_id, old.org_id)::text);
     return null;
   end $$`,
  `create function note_organization_row_change() returns trigger
   language plpgsql set search_path = pg_catalog, pg_temp as $$
   begin
     perform pg_notify('portolan_changes', 'o:' || old.id::text);
     return null;
   end $$`,
  `create function note_registry_change() returns trigger
   language plpgsql set search_path = pg_catalog, pg_temp as $$
   begin
     perform pg_notify('portolan_changes', 'r:' || old.id::text);
     return null;
   end $$`,
];

// Not for what only says when something was used last: that would be a note a minute for each credential.
const TRIGGERS = [
  `create trigger organization_changed after update or delete on organization
     for each row execute function note_organization_row_change()`,
  ...[
    ['user_account', 'update or delete'],
    ['system_account', 'update or delete'],
    ['access_token', 'delete or update of expires_at, revoked_at, rotated_at'],
    ['user_session', 'delete or update of expires_at, ended_at'],
    ['capability_url', 'delete or update of expires_at, revoked_at, allowed_ips'],
    ['team', 'update or delete'],
    ['team_member', 'insert or update or delete'],
    ['role_assignment', 'insert or update or delete'],
    ['trusted_issuer', 'insert or update or delete'],
    ['issuer_subject', 'delete'],
    ['registry', 'insert or delete or update of name, visibility'],
  ].map(
    ([table, events]) =>
      `create trigger ${table}_changed after ${events} on ${table}
         for each row execute function note_organization_change()`,
  ),
  `create trigger registry_revised after delete or update of revision on registry
     for each row execute function note_registry_change()`,
];

// As before, and for how long the answer holds if nothing changes; null is for ever.
const LOOKUPS = [
  `drop function find_access_token(text, inet)`,
  `create function find_access_token(p_public_id text, p_address inet)
   returns table (org_id uuid, org_name text, org_state text, suspended_reason text, rate_limits jsonb,
                  address_allowed boolean, personal_tokens_enabled boolean, token_id uuid, hash bytea, expired boolean,
                  revoked boolean, use_is_old boolean, principal_type text, principal_id uuid, principal_name text,
                  active boolean, assignments jsonb, good_for_ms double precision)
   language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
     select t.org_id, o.name, o.state, o.suspended_reason, o.rate_limits,
            not o.ip_allow_list_enabled or coalesce(p_address <<= any (o.allowed_ips), false),
            o.personal_tokens_enabled, t.id, t.hash, t.expires_at <= now(), t.revoked_at is not null,
            t.last_used_at is null or t.last_used_at < now() - interval '1 minute',
            case when t.user_id is null then 'system_account' else 'user' end,
            coalesce(t.user_id, t.system_account_id), coalesce(u.email, s.name), coalesce(u.active, s.active),
            public.role_assignments_of(t.org_id, t.user_id, t.system_account_id),
            extract(epoch from t.expires_at - now())::float8 * 1000
     from public.access_token t
     join public.organization o on o.id = t.org_id
     left join public.user_account u on u.org_id = t.org_id and u.id = t.user_id
     left join public.system_account s on s.org_id = t.org_id and s.id = t.system_account_id
     where t.public_id = p_public_id
   $$`,
  `drop function find_user_session(text, inet)`,
  `create function find_user_session(p_public_id text, p_address inet)
   returns table (org_id uuid, org_name text, org_state text, suspended_reason text, rate_limits jsonb,
                  address_allowed boolean, session_id uuid, hash bytea, ended boolean, expired boolean,
                  seen_is_old boolean, user_id uuid, email text, active boolean, assignments jsonb,
                  good_for_ms double precision)
   language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
     select s.org_id, o.name, o.state, o.suspended_reason, o.rate_limits,
            not o.ip_allow_list_enabled or coalesce(p_address <<= any (o.allowed_ips), false),
            s.id, s.hash, s.ended_at is not null,
            s.expires_at <= now() or s.last_seen_at <= now() - interval '60 minutes',
            s.last_seen_at < now() - interval '1 minute', u.id, u.email, u.active,
            public.role_assignments_of(s.org_id, u.id, null),
            extract(epoch from least(s.expires_at, s.last_seen_at + interval '60 minutes') - now())::float8 * 1000
     from public.user_session s
     join public.organization o on o.id = s.org_id
     join public.user_account u on u.org_id = s.org_id and u.id = s.user_id
     where s.public_id = p_public_id
   $$`,
  `drop function find_capability_url(text, inet)`,
  `create function find_capability_url(p_public_id text, p_address inet)
   returns table (org_id uuid, org_name text, org_state text, rate_limits jsonb, capability_url_id uuid, name text,
                  registry_id uuid, registry_name text, visibility text, hash bytea, expired boolean,
                  revoked boolean, address_allowed boolean, use_is_old boolean, good_for_ms double precision)
   language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
     select c.org_id, o.name, o.state, o.rate_limits, c.id, c.name, r.id, r.name, r.visibility, c.hash,
            coalesce(c.expires_at <= now(), false), c.revoked_at is not null,
            (cardinality(c.allowed_ips) = 0 or coalesce(p_address <<= any (c.allowed_ips), false))
              and (not o.ip_allow_list_enabled or coalesce(p_address <<= any (o.allowed_ips), false)),
            c.last_used_at is null or c.last_used_at < now() - interval '1 minute',
            extract(epoch from c.expires_at - now())::float8 * 1000
     from public.capability_url c
     join public.organization o on o.id = c.org_id
     join public.registry r on r.org_id = c.org_id and r.id = c.registry_id
     where c.public_id = p_public_id
   $$`,
];
