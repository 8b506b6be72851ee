import type { Grants } from '@portolan/db';

/** All that the application role may do. Applied after every migration run; what is not here is revoked. */
export const GRANTS: Grants = {
  tables: {
    organization:
      'select, insert, delete, update (display_name, state, suspended_reason, login_path, basic_auth_enabled, ' +
      'oidc_auth_enabled, idp_mapping_enabled, personal_tokens_enabled, token_lifetime_max_days, ' +
      'ip_allow_list_enabled, allowed_ips, rate_limits, quotas, updated_at)',
    user_account: 'select, insert, delete, update (full_name, preferred_name, active, invited, updated_at)',
    user_password: 'select, insert, update, delete',
    user_identity: 'select, insert',
    user_session: 'select, insert, delete, update (last_seen_at, ended_at)',
    invite: 'select, insert, delete, update (accepted_at, revoked_at)',
    login_attempt: 'select, insert, delete',
    identity_provider: 'select, insert, delete, update (enabled, config, client_secret_sealed, updated_at)',
    team_group_mapping: 'select, insert, delete',
    team: 'select, insert, delete, update (name, description, labels, updated_at)',
    team_member: 'select, insert, delete',
    system_account: 'select, insert, delete, update (name, description, active, updated_at)',
    access_token: 'select, insert, delete, update (name, last_used_at, expires_at, revoked_at, rotated_at)',
    role_assignment: 'select, insert, delete',
    trusted_issuer:
      'select, insert, delete, update (name, audiences, claim_rules, max_lifetime_seconds, enabled, updated_at)',
    issuer_subject: 'select, insert',
    capability_url: 'select, insert, update (last_used_at, revoked_at)',
    audit_log: 'select, insert',
    outbox: 'insert',
    registry: 'select, insert, update, delete',
    document: 'insert, select (hash)',
    server_version: 'select, insert, update, delete',
    remote_url_claim: 'select, insert, delete',
    version_document: 'select',
  },
  functions: [
    'current_org_id()',
    'rfc3339(timestamptz)',
    'find_organization_id(text)',
    'list_organizations(text[], text[], boolean, integer, integer)',
    'find_login_path(text)',
    'find_access_token(text, inet)',
    'find_user_session(text, inet)',
    'find_invite(text)',
    'find_trusted_issuer(text, text, text, inet)',
    'find_authorization_servers(text, uuid)',
    'find_capability_url(text, inet)',
    'find_registry_by_id(uuid)',
    'find_registry_by_names(text, text)',
    'claim_outbox(integer, interval)',
    'finish_outbox(uuid[])',
    'search_versions(uuid, text, text, text, text, boolean, timestamptz, boolean, integer)',
    'sweep_documents(bytea[])',
  ],
  schemas: ['bullmq'],
};
