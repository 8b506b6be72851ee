import type { MigrationInterface, QueryRunner } from 'typeorm';
import { forEachOrganization, noWayBack, statements } from './support';

/** What an organization decides about its own access, and what the operator decides about the organization. */
export class OrganizationSettings1763700000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      `alter table organization
         add column suspended_reason text check (length(suspended_reason) <= 500),
         add column login_path text collate "C",
         add column basic_auth_enabled boolean not null default true,
         add column oidc_auth_enabled boolean not null default false,
         add column idp_mapping_enabled boolean not null default false,
         add column personal_tokens_enabled boolean not null default true,
         add column token_lifetime_max_days integer not null default 365
           check (token_lifetime_max_days between 1 and 365),
         add column ip_allow_list_enabled boolean not null default false,
         add column allowed_ips cidr[] not null default '{}' check (cardinality(allowed_ips) <= 1000),
         add column rate_limits jsonb not null default '{}',
         add column quotas jsonb not null default '{}'`,
    );
    await forEachOrganization(runner, () =>
      runner.query(`update organization set login_path = name where id = current_org_id()`),
    );
    await statements(
      runner,
      `alter table organization alter column login_path set not null,
         add constraint organization_login_path_check
           check (login_path ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$' and length(login_path) <= 120),
         add constraint organization_login_path_key unique (login_path)`,
    );
    await statements(
      runner,
      // A token whose successor has been made goes on for a while; its name is the successor's.
      `alter table access_token add column rotated_at timestamptz`,
      `create index access_token_user_idx on access_token (org_id, user_id) where user_id is not null`,
      `create index access_token_account_idx on access_token (org_id, system_account_id)
         where system_account_id is not null`,
      // One row without an id, for the total, when the page is past the end.
      `create function list_organizations(p_names text[], p_states text[], p_descending boolean, p_limit integer,
                                          p_offset integer)
       returns table (total integer, id uuid, name text, display_name text, login_path text, state text,
                      suspended_reason text, rate_limits jsonb, quotas jsonb, created_at text, updated_at text)
       language sql stable security definer set search_path = pg_catalog, public as $$
         with found as (
           select * from public.organization o
           where (p_names is null or o.name ilike any (p_names)) and (p_states is null or o.state = any (p_states)))
         select counted.total, page.id, page.name, page.display_name, page.login_path, page.state,
                page.suspended_reason, page.rate_limits, page.quotas, public.rfc3339(page.created_at),
                public.rfc3339(page.updated_at)
         from (select count(*)::integer as total from found) counted
         left join (select * from found
                    order by case when p_descending then found.name end desc, found.name
                    limit p_limit offset p_offset) page on true
         order by case when p_descending then page.name end desc, page.name
       $$`,
      `create function find_login_path(p_login_path text) returns table (org_id uuid, org_state text)
       language sql stable security definer set search_path = pg_catalog, public as $$
         select o.id, o.state from public.organization o where o.login_path = p_login_path
       $$`,
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
