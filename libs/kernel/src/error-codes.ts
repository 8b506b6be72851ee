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
  route_not_found: {
    status: 404,
    title: 'Not Found',
    detail: 'Endpoint not found. See /docs for the API documentation.',
  },
  registry_not_found: { status: 404, title: 'Not Found', detail: 'Registry not found' },
  server_not_found: { status: 404, title: 'Not Found', detail: 'Server not found' },
  version_not_found: { status: 404, title: 'Not Found', detail: 'Server version not found' },
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
  internal: { status: 500, title: 'Internal Server Error', detail: 'An unexpected error occurred' },
  database_busy: {
    status: 503,
    title: 'Service Unavailable',
    detail: 'The database is too busy for this at the moment. Nothing was changed; try again in a few seconds',
  },
  database_unavailable: {
    status: 503,
    title: 'Service Unavailable',
    detail: 'The database cannot be reached at the moment. Try again in a few seconds',
  },
} as const satisfies Record<string, ErrorCode>;

export type ErrorCodeName = keyof typeof ERROR_CODES;
