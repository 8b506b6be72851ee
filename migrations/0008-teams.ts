import type { MigrationInterface, QueryRunner } from 'typeorm';
import { forEachOrganization, noWayBack, openToDefiner, protect, statements } from './support';

/** Teams, and roles that a team or a JWT subject holds. */
export class Teams1763700000008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      `create table team (
         org_id uuid not null references organization (id) on delete cascade,
         id uuid not null,
         name text not null check (length(name) between 1 and 250),
         description text check (length(description) <= 250),
         labels jsonb not null default '{}',
         system_team boolean not null default false,
         created_at timestamptz not null default clock_timestamp(),
         updated_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id)
       )`,
      // Names of teams may repeat, those of the predefined ones may not.
      `create unique index team_predefined_key on team (org_id, name) where system_team`,
      `create table team_member (
         org_id uuid not null,
         id uuid not null,
         team_id uuid not null,
         user_id uuid,
         system_account_id uuid,
         source text not null default 'manual' check (source in ('manual', 'identity_provider')),
         created_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id),
         constraint team_member_one_principal check (num_nonnulls(user_id, system_account_id) = 1),
         constraint team_member_key unique nulls not distinct (org_id, team_id, user_id, system_account_id),
         foreign key (org_id, team_id) references team (org_id, id) on delete cascade,
         foreign key (org_id, user_id) references user_account (org_id, id) on delete cascade,
         foreign key (org_id, system_account_id) references system_account (org_id, id) on delete cascade
       )`,
      `create index team_member_user_idx on team_member (org_id, user_id)`,
      `create index team_member_account_idx on team_member (org_id, system_account_id)`,
      `alter table user_account
         add column preferred_name text check (length(preferred_name) <= 250),
         add column invited boolean not null default false`,
      // Whoever a trusted issuer vouches for; made when it is first seen.
      `create table trusted_issuer (
         org_id uuid not null references organization (id) on delete cascade,
         id uuid not null,
         name text not null check (length(name) between 1 and 120),
         issuer_url text collate "C" not null check (length(issuer_url) <= 2000),
         audiences text[] not null check (cardinality(audiences) between 1 and 20),
         claim_rules jsonb not null default '[]',
         max_lifetime_seconds integer not null default 3600 check (max_lifetime_seconds between 60 and 86400),
         enabled boolean not null default true,
         created_at timestamptz not null default clock_timestamp(),
         updated_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id),
         constraint trusted_issuer_name_key unique (org_id, name)
       )`,
      `create index trusted_issuer_url_idx on trusted_issuer (org_id, issuer_url)`,
      `create table issuer_subject (
         org_id uuid not null,
         id uuid not null,
         issuer_id uuid not null,
         subject text not null check (length(subject) between 1 and 1000),
         created_at timestamptz not null default clock_timestamp(),
         primary key (org_id, id),
         constraint issuer_subject_key unique (org_id, issuer_id, subject),
         foreign key (org_id, issuer_id) references trusted_issuer (org_id, id) on delete cascade
       )`,
      `alter table role_assignment
         add column team_id uuid,
         add column issuer_subject_id uuid,
         drop constraint role_assignment_one_holder,
         drop constraint role_assignment_key,
         add constraint role_assignment_one_holder
           check (num_nonnulls(user_id, system_account_id, team_id, issuer_subject_id) = 1),
         add constraint role_assignment_key unique nulls not distinct
           (org_id, user_id, system_account_id, team_id, issuer_subject_id, entity_type_name, entity_id, role_name),
         add foreign key (org_id, team_id) references team (org_id, id) on delete cascade,
         add foreign key (org_id, issuer_subject_id) references issuer_subject (org_id, id) on delete cascade`,
      `create index role_assignment_account_idx on role_assignment (org_id, system_account_id)
         where system_account_id is not null`,
      `create index role_assignment_team_idx on role_assignment (org_id, team_id) where team_id is not null`,
      `create index role_assignment_subject_idx on role_assignment (org_id, issuer_subject_id)
         where issuer_subject_id is not null`,
    );
    for (const table of ['team', 'team_member', 'trusted_issuer', 'issuer_subject']) {
      await protect(runner, table);
      await openToDefiner(runner, table, 'select');
    }
    await this.fillExistingOrganizations(runner);
    await statements(runner, ...FUNCTIONS);
  }

  // Administrators held a role on the organization itself until there were teams.
  private async fillExistingOrganizations(runner: QueryRunner): Promise<void> {
    await forEachOrganization(runner, () =>
      statements(
        runner,
        `insert into team (org_id, id, name, description, system_team)
         select current_org_id(), gen_random_uuid(), name, description, true from (values ${PREDEFINED})
           as predefined (name, description)`,
        `insert into role_assignment (org_id, id, team_id, role_name, entity_type_name, entity_id)
         select t.org_id, gen_random_uuid(), t.id, r.role_name, r.entity_type_name, '*'
         from team t join (values ${PREDEFINED_ROLES}) as r (team_name, role_name, entity_type_name)
           on r.team_name = t.name
         where t.org_id = current_org_id()`,
        `insert into team_member (org_id, id, team_id, user_id, system_account_id)
         select a.org_id, gen_random_uuid(), t.id, a.user_id, a.system_account_id
         from role_assignment a join team t on t.org_id = a.org_id and t.name = 'Organization Admin'
         where a.org_id = current_org_id() and a.entity_type_name = 'Organizations'`,
        `delete from role_assignment where org_id = current_org_id() and entity_type_name = 'Organizations'`,
      ),
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}

const PREDEFINED = `
  ('Organization Admin', 'May do everything in the organization.'),
  ('Organization Admin (Read Only)', 'May see everything in the organization and change nothing.'),
  ('MCP Registry Admin', 'May create registries and do everything in all of them.'),
  ('MCP Registry Viewer', 'May read all registries.'),
  ('Auditor', 'May read the audit trail.')`;

const PREDEFINED_ROLES = `
  ('Organization Admin', 'Admin', 'MCP Registries'),
  ('Organization Admin', 'Creator', 'MCP Registries'),
  ('Organization Admin', 'Admin', 'Audit Logs'),
  ('Organization Admin', 'Admin', 'Identity'),
  ('Organization Admin (Read Only)', 'Viewer', 'MCP Registries'),
  ('Organization Admin (Read Only)', 'Viewer', 'Audit Logs'),
  ('Organization Admin (Read Only)', 'Viewer', 'Identity'),
  ('MCP Registry Admin', 'Admin', 'MCP Registries'),
  ('MCP Registry Admin', 'Creator', 'MCP Registries'),
  ('MCP Registry Viewer', 'Viewer', 'MCP Registries'),
  ('Auditor', 'Viewer', 'Audit Logs')`;

const FUNCTIONS = [
  `drop function find_access_token(text)`,
  // For the functions below, each of which has found the principal by a secret; nobody else may call it.
  `create function role_assignments_of(p_org_id uuid, p_user_id uuid, p_system_account_id uuid) returns jsonb
   language sql stable as $$
     select coalesce(jsonb_agg(jsonb_build_object('role_name', a.role_name, 'entity_type_name', a.entity_type_name,
                                                  'entity_id', a.entity_id)), '[]')
     from public.role_assignment a
     where a.org_id = p_org_id
       and (a.user_id = p_user_id or a.system_account_id = p_system_account_id
            or a.team_id in (select m.team_id from public.team_member m
                             where m.org_id = p_org_id
                               and (m.user_id = p_user_id or m.system_account_id = p_system_account_id)))
   $$`,
  // The caller still has to show a secret whose hash this is: the public id alone opens nothing.
  `create function find_access_token(p_public_id text, p_address inet)
   returns table (org_id uuid, org_name text, org_state text, suspended_reason text, rate_limits jsonb,
                  address_allowed boolean, personal_tokens_enabled boolean, token_id uuid, hash bytea, expired boolean,
                  revoked boolean, use_is_old boolean, principal_type text, principal_id uuid, principal_name text,
                  active boolean, assignments jsonb)
   language sql stable security definer set search_path = pg_catalog, public as $$
     select t.org_id, o.name, o.state, o.suspended_reason, o.rate_limits,
            not o.ip_allow_list_enabled or coalesce(p_address <<= any (o.allowed_ips), false),
            o.personal_tokens_enabled, t.id, t.hash, t.expires_at <= now(), t.revoked_at is not null,
            t.last_used_at is null or t.last_used_at < now() - interval '1 minute',
            case when t.user_id is null then 'system_account' else 'user' end,
            coalesce(t.user_id, t.system_account_id), coalesce(u.email, s.name), coalesce(u.active, s.active),
            public.role_assignments_of(t.org_id, t.user_id, t.system_account_id)
     from public.access_token t
     join public.organization o on o.id = t.org_id
     left join public.user_account u on u.org_id = t.org_id and u.id = t.user_id
     left join public.system_account s on s.org_id = t.org_id and s.id = t.system_account_id
     where t.public_id = p_public_id
   $$`,
  // The issuer of an organization that could have made a token, by what it says of itself; nothing of it is verified yet.
  // One that takes the audience goes first: a token for the URL of a registry is for none that is written down.
  `create function find_trusted_issuer(p_organization text, p_issuer_url text, p_audience text, p_address inet)
   returns table (org_id uuid, org_name text, org_state text, suspended_reason text, rate_limits jsonb,
                  address_allowed boolean, issuer_id uuid, issuer_name text, audiences text[], claim_rules jsonb,
                  max_lifetime_seconds integer)
   language sql stable security definer set search_path = pg_catalog, public as $$
     select i.org_id, o.name, o.state, o.suspended_reason, o.rate_limits,
            not o.ip_allow_list_enabled or coalesce(p_address <<= any (o.allowed_ips), false),
            i.id, i.name, i.audiences, i.claim_rules, i.max_lifetime_seconds
     from public.trusted_issuer i
     join public.organization o on o.id = i.org_id
     where o.name = p_organization and i.enabled and i.issuer_url = p_issuer_url
     order by p_audience = any (i.audiences) desc, i.created_at, i.id
     limit 1
   $$`,
  // Where a client of an organization's registries gets a token: by the organization's name, or by a registry's id.
  `create function find_authorization_servers(p_organization text, p_registry_id uuid) returns table (issuer_url text)
   language sql stable security definer set search_path = pg_catalog, public as $$
     select distinct i.issuer_url from public.trusted_issuer i
     join public.organization o on o.id = i.org_id
     where i.enabled
       and (o.name = p_organization
            or o.id = (select r.org_id from public.registry r where r.id = p_registry_id))
     order by 1 limit 20
   $$`,
];
