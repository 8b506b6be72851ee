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
    audit_unsealed: 'select, delete',
    audit_person: 'select, insert',
    audit_personal: 'select, insert',
    audit_seal: 'select, insert',
    audit_checkpoint: 'select, insert',
    audit_boundary: 'select, insert',
    audit_settings:
      'select, insert (org_id, retention_days, legal_hold, log_grants, access_sample_percent, updated_at), ' +
      'update (retention_days, legal_hold, log_grants, access_sample_percent, updated_at)',
    audit_destination:
      'select, insert, delete, update (name, endpoint, authorization_sealed, format, enabled, updated_at)',
    audit_delivery:
      'select, insert, delete, update (position, head, checkpoint_position, checkpoint_head, entries_max, delivered, ' +
      'missed, paused, attempts, next_attempt_at, claimed_until, last_attempt_at, last_success_at, ' +
      'last_response_code, last_response_message, failing_since, ended_at)',
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
    'erase_audit_person(uuid)',
    'audit_organizations_waiting(uuid, integer)',
    'audit_unsealed_since()',
    'create_audit_partitions()',
    'list_audit_organizations_due()',
    'list_audit_months()',
    'purge_audit_month(date, boolean)',
    'purge_audit_checkpoints()',
    'purge_audit_people()',
    'list_audit_keys()',
    'add_audit_key(text, bytea, text, text, text)',
    'attest_audit_key(text, text)',
    'claim_audit_deliveries(integer, interval, boolean, uuid[])',
    'finish_outbox(uuid[])',
    'search_versions(uuid, text, text, text, text, boolean, timestamptz, boolean, integer)',
    'sweep_documents(bytea[])',
  ],
  schemas: ['bullmq'],
};
