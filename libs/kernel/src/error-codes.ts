export interface ErrorCode {
  /** HTTP status. */
  readonly status: number;
  readonly title: string;
  /** The sentence a caller reads when the thrower gives no better one. */
  readonly detail: string;
}

/** Every error Portolan answers with. `docs/reference/errors.md` is generated from this table. */
export const ERROR_CODES = {
  invalid_parameters: { status: 400, title: 'Invalid Request', detail: 'Invalid Parameters' },
  malformed_request: { status: 400, title: 'Bad Request', detail: 'This is not a valid HTTP request' },
  malformed_path: { status: 400, title: 'Bad Request', detail: 'The path is not valid percent-encoded UTF-8' },
  malformed_body: { status: 400, title: 'Bad Request', detail: 'The body is not valid JSON' },
  request_body_required: { status: 400, title: 'Bad Request', detail: 'request body is required' },
  unauthenticated: { status: 401, title: 'Unauthorized', detail: 'A valid credential is required' },
  forbidden: { status: 403, title: 'Forbidden', detail: 'You do not have permission to perform this action' },
  organization_suspended: { status: 403, title: 'Forbidden', detail: 'The organization is suspended' },
  privilege_ceiling: {
    status: 403,
    title: 'Forbidden',
    detail: 'You cannot give to others, or take from them, more than you may do yourself',
  },
  address_not_allowed: {
    status: 403,
    title: 'Forbidden',
    detail: 'Your address is not in the list of addresses from which this may be used',
  },
  insufficient_scope: { status: 403, title: 'Forbidden', detail: 'The token lacks the scope that this needs' },
  csrf_token_invalid: {
    status: 403,
    title: 'Forbidden',
    detail: 'A request of a browser session that changes something needs its own origin and the header [X-CSRF-Token]',
  },
  current_password_wrong: { status: 403, title: 'Forbidden', detail: 'The current password is wrong' },
  personal_tokens_disabled: {
    status: 403,
    title: 'Forbidden',
    detail: 'The organization does not allow personal access tokens',
  },
  login_disabled: { status: 403, title: 'Forbidden', detail: 'The organization does not allow this way to sign in' },
  quota_exceeded: { status: 403, title: 'Quota Exceeded', detail: 'A quota of the organization is used up' },
  login_failed: { status: 401, title: 'Unauthorized', detail: 'The email address or the password is wrong' },
  sso_failed: { status: 401, title: 'Unauthorized', detail: 'The identity provider did not sign you in' },
  route_not_found: {
    status: 404,
    title: 'Not Found',
    detail: 'Endpoint not found. See /docs for the API documentation.',
  },
  registry_not_found: { status: 404, title: 'Not Found', detail: 'Registry not found' },
  organization_not_found: { status: 404, title: 'Not Found', detail: 'Organization not found' },
  user_not_found: { status: 404, title: 'Not Found', detail: 'User not found' },
  invite_not_found: { status: 404, title: 'Not Found', detail: 'Invite not found' },
  team_not_found: { status: 404, title: 'Not Found', detail: 'Team not found' },
  member_not_found: { status: 404, title: 'Not Found', detail: 'Member not found' },
  system_account_not_found: { status: 404, title: 'Not Found', detail: 'System account not found' },
  access_token_not_found: { status: 404, title: 'Not Found', detail: 'Access token not found' },
  role_assignment_not_found: { status: 404, title: 'Not Found', detail: 'Role assignment not found' },
  principal_not_found: { status: 404, title: 'Not Found', detail: 'Principal not found' },
  issuer_not_found: { status: 404, title: 'Not Found', detail: 'Issuer not found' },
  identity_provider_not_found: { status: 404, title: 'Not Found', detail: 'Identity provider not found' },
  team_mapping_not_found: { status: 404, title: 'Not Found', detail: 'Team mapping not found' },
  session_not_found: { status: 404, title: 'Not Found', detail: 'Session not found' },
  login_path_not_found: { status: 404, title: 'Not Found', detail: 'Nobody signs in at this path' },
  capability_url_not_found: { status: 404, title: 'Not Found', detail: 'Capability URL not found' },
  audit_destination_not_found: { status: 404, title: 'Not Found', detail: 'Audit log destination not found' },
  audit_replay_not_found: { status: 404, title: 'Not Found', detail: 'Replay not found' },
  server_not_found: { status: 404, title: 'Not Found', detail: 'Server not found' },
  version_not_found: { status: 404, title: 'Not Found', detail: 'Server version not found' },
  upstream_not_found: { status: 404, title: 'Not Found', detail: 'Upstream not found' },
  reserved_namespace_not_found: { status: 404, title: 'Not Found', detail: 'Reserved namespace not found' },
  mirror_not_found: { status: 404, title: 'Not Found', detail: 'Mirror not found' },
  mirror_run_not_found: { status: 404, title: 'Not Found', detail: 'Run not found' },
  method_not_allowed: {
    status: 405,
    title: 'Method Not Allowed',
    detail: 'This resource does not support that method. See the Allow header.',
  },
  request_timeout: {
    status: 408,
    title: 'Request Timeout',
    detail: 'The request did not arrive within 30 seconds',
  },
  registry_name_taken: {
    status: 409,
    title: 'Conflict',
    detail: 'A registry with this name already exists in the organization',
  },
  registry_not_empty: {
    status: 409,
    title: 'Conflict',
    detail: 'The registry still holds server versions. Delete it with [force=true] to delete them too',
  },
  organization_name_taken: { status: 409, title: 'Conflict', detail: 'An organization with this name already exists' },
  deletion_not_confirmed: {
    status: 409,
    title: 'Conflict',
    detail: 'This deletes everything that the organization has. Repeat its name as [confirm] to do it',
  },
  login_path_taken: { status: 409, title: 'Conflict', detail: 'This login path is taken' },
  user_already_active: { status: 409, title: 'Conflict', detail: 'The user is already active' },
  user_disabled: {
    status: 409,
    title: 'Conflict',
    detail: 'The user is disabled. Make it active instead of inviting it',
  },
  user_not_joined: {
    status: 409,
    title: 'Conflict',
    detail: 'The user has not accepted an invitation yet and becomes active by doing so. Invite it again instead',
  },
  user_without_password: {
    status: 409,
    title: 'Conflict',
    detail: 'The user has no password and signs in by the identity provider',
  },
  already_member: { status: 409, title: 'Conflict', detail: 'Already a member of the team' },
  membership_managed: {
    status: 409,
    title: 'Conflict',
    detail:
      'The identity provider decides about this membership. Change the groups of the user there, or turn ' +
      '[idp_mapping_enabled] off',
  },
  predefined_team: { status: 409, title: 'Conflict', detail: 'Predefined teams and their roles cannot be changed' },
  role_already_assigned: { status: 409, title: 'Conflict', detail: 'The role is already assigned' },
  last_organization_admin: {
    status: 409,
    title: 'Conflict',
    detail: 'The organization would have no active member of the team [Organization Admin] any more',
  },
  would_lock_out: {
    status: 409,
    title: 'Conflict',
    detail: 'This would lock you out yourself. Repeat it with [force=true] if that is what you want',
  },
  system_account_name_taken: {
    status: 409,
    title: 'Conflict',
    detail: 'A system account with this name already exists in the organization',
  },
  access_token_name_taken: { status: 409, title: 'Conflict', detail: 'The owner already has a token of this name' },
  access_token_ended: { status: 409, title: 'Conflict', detail: 'The token is revoked or has expired' },
  issuer_name_taken: { status: 409, title: 'Conflict', detail: 'An issuer with this name already exists' },
  identity_provider_exists: {
    status: 409,
    title: 'Conflict',
    detail: 'The organization has an enabled identity provider already. Disable it first',
  },
  identity_provider_in_use: {
    status: 409,
    title: 'Conflict',
    detail: 'The organization signs in by this identity provider. Turn [oidc_auth_enabled] off first',
  },
  team_mapping_exists: { status: 409, title: 'Conflict', detail: 'This group is already mapped to this team' },
  capability_url_name_taken: {
    status: 409,
    title: 'Conflict',
    detail: 'The registry already has a capability URL of this name',
  },
  audit_destination_name_taken: {
    status: 409,
    title: 'Conflict',
    detail: 'An audit log destination with this name already exists in the organization',
  },
  audit_replay_running: {
    status: 409,
    title: 'Conflict',
    detail: 'A replay to this destination is under way. Wait until it has ended, or delete it',
  },
  retention_not_confirmed: {
    status: 409,
    title: 'Conflict',
    detail: 'This deletes audit rows that are kept now. Repeat it with [force=true] if that is what you want',
  },
  upstream_name_taken: {
    status: 409,
    title: 'Conflict',
    detail: 'An upstream with this name already exists in the organization',
  },
  upstream_in_use: {
    status: 409,
    title: 'Conflict',
    detail: 'Registries mirror this upstream. Delete those mirrors first',
  },
  upstream_built_in: {
    status: 409,
    title: 'Conflict',
    detail: 'This upstream is built in: it can be enabled and disabled, and nothing else of it be changed',
  },
  upstream_disabled: { status: 409, title: 'Conflict', detail: 'The upstream is disabled. Enable it first' },
  reserved_namespace_exists: {
    status: 409,
    title: 'Conflict',
    detail: 'This namespace is reserved already',
  },
  mirror_exists: { status: 409, title: 'Conflict', detail: 'The registry has a mirror of this upstream already' },
  mirror_disabled: { status: 409, title: 'Conflict', detail: 'The mirror is disabled. Enable it first' },
  mirror_run_active: {
    status: 409,
    title: 'Conflict',
    detail: 'A run of this mirror is waiting or under way. Wait until it has ended, or cancel it',
  },
  mirror_run_ended: { status: 409, title: 'Conflict', detail: 'The run has ended already' },
  mirror_run_not_held: { status: 409, title: 'Conflict', detail: 'The run is not held' },
  invite_invalid: { status: 410, title: 'Gone', detail: 'This invitation is used, revoked or older than 7 days' },
  body_too_large: {
    status: 413,
    title: 'Request Entity Too Large',
    detail: 'request body is too large limit=1048576 bytes',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported Media Type',
    detail: 'This API only supports requests with `Content-Type: application/json`',
  },
  header_too_large: {
    status: 431,
    title: 'Request Header Fields Too Large',
    detail: 'The request line and headers may hold 16384 bytes together',
  },
  cursor_invalid: { status: 400, title: 'Bad Request', detail: 'Invalid cursor' },
  updated_since_invalid: {
    status: 400,
    title: 'Bad Request',
    detail: 'Invalid updated_since format: expected RFC3339 timestamp (e.g., 2025-08-07T13:15:04.280Z)',
  },
  include_deleted_conflict: {
    status: 400,
    title: 'Bad Request',
    detail: 'Cannot set include_deleted=false when using updated_since (incremental sync requires deleted servers)',
  },
  null_bytes: { status: 400, title: 'Bad Request', detail: 'Invalid request: URL path contains null bytes' },
  publish_failed: { status: 400, title: 'Bad Request', detail: 'Failed to publish server' },
  edit_failed: { status: 400, title: 'Bad Request', detail: 'Failed to edit server' },
  status_update_failed: { status: 400, title: 'Bad Request', detail: 'Failed to update server status' },
  server_renamed: { status: 400, title: 'Bad Request', detail: 'Cannot rename server' },
  version_mismatch: {
    status: 400,
    title: 'Bad Request',
    detail: 'Version in request body must match URL path parameter',
  },
  status_message_with_active: {
    status: 400,
    title: 'Bad Request',
    detail: 'status_message cannot be provided when setting status to active',
  },
  status_unchanged: {
    status: 400,
    title: 'Bad Request',
    detail: 'No changes to apply: status and message are already set to the provided values',
  },
  statuses_unchanged: {
    status: 400,
    title: 'Bad Request',
    detail: 'No changes to apply: all versions already have the requested status and message',
  },
  validation_failed: { status: 422, title: 'Unprocessable Entity', detail: 'validation failed' },
  publish_rules_failed: {
    status: 422,
    title: 'Unprocessable Entity',
    detail: 'Failed to publish server, invalid schema: call /validate for details',
  },
  edit_rules_failed: {
    status: 422,
    title: 'Unprocessable Entity',
    detail: 'Failed to edit server, invalid schema: call /validate for details',
  },
  forbidden_address: {
    status: 422,
    title: 'Unprocessable Entity',
    detail: 'This address may not be reached: expected https to a public host on port 443 or 8443',
  },
  rate_limited: { status: 429, title: 'Rate Limited', detail: 'Too many requests. See the Retry-After header' },
  internal: { status: 500, title: 'Internal Server Error', detail: 'An unexpected error occurred' },
  upstream_unreachable: {
    status: 502,
    title: 'Bad Gateway',
    detail: 'The other server could not be reached or did not answer',
  },
  encryption_not_configured: {
    status: 503,
    title: 'Service Unavailable',
    detail: 'Secrets cannot be stored until the operator has set SECRETS_KEY',
  },
  database_busy: {
    status: 503,
    title: 'Service Unavailable',
    detail: 'The database is too busy for this at the moment. Nothing was changed; try again in a few seconds',
  },
  server_busy: {
    status: 503,
    title: 'Service Unavailable',
    detail: 'Too many passwords wait to be checked at the moment. Nothing was changed; try again in a few seconds',
  },
  database_unavailable: {
    status: 503,
    title: 'Service Unavailable',
    detail: 'The database cannot be reached at the moment. Try again in a few seconds',
  },
} as const satisfies Record<string, ErrorCode>;

export type ErrorCodeName = keyof typeof ERROR_CODES;
