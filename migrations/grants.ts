import type { Grants } from '@portolan/db';

/** All that the application role may do. Applied after every migration run; what is not here is revoked. */
export const GRANTS: Grants = {
  tables: {
    organization: 'select, insert',
    user_account: 'select, insert',
    system_account: 'select, insert',
    access_token: 'select, insert, update (last_used_at)',
    role_assignment: 'select, insert, delete',
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
    'find_access_token(text)',
    'find_registry_by_id(uuid)',
    'find_registry_by_names(text, text)',
    'claim_outbox(integer, interval)',
    'finish_outbox(uuid[])',
    'search_versions(uuid, text, text, text, text, boolean, timestamptz, boolean, integer)',
    'sweep_documents(bytea[])',
  ],
  schemas: ['bullmq'],
};
