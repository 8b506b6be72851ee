/** Ids and names of the rows that a request is about, in the organization of its caller. */
export type Ids = Readonly<Record<string, string>>;

/** What each caller gets from operations that behave alike. */
export interface Expectation {
  /** Operations with the status of one that is permitted: `done` below. */
  readonly operations: Readonly<Record<string, number>>;
  /**
   * Statuses by callers. Without an id in the path there is one column. With one: the own, another organization's, a
   * deleted, a missing one, nonsense. With a parent and a child: the own, of another parent, of another organization,
   * deleted, missing, another organization's in its own parent, the own in a missing parent. With a grandparent: the same
   * five, then another parent's, another organization's and a deleted one below the own grandparent, another organization's
   * in its own, the own in a missing one. With an organization: `me`, its id, another's, a missing one; for the operator: two that are there, a missing one, nonsense. The last status of a
   * line stands for all columns that follow.
   */
  readonly rows: Readonly<Record<string, string>>;
}

/** Bodies with which a permitted call is refused or changes nothing that another one would notice. */
export const BODIES: Readonly<Record<string, (ids: Ids) => unknown>> = {
  'update-organization-me': () => ({}),
  'update-token-settings': () => ({}),
  'replace-ip-allow-list': () => ({ enabled: false, allowed_ips: [] }),
  'update-ip-allow-list': () => ({}),
  'create-organization': () => ({}),
  'update-organization': () => ({}),
  'update-user-me': () => ({}),
  'change-password': () => ({}),
  'update-user': () => ({}),
  'create-invite': () => ({}),
  'accept-invite': () => ({}),
  'start-invite-login': () => ({}),
  'create-team': () => ({}),
  'update-team': () => ({}),
  'add-team-user': ({ userId }) => ({ id: userId }),
  'add-team-system-account': ({ accountId }) => ({ id: accountId }),
  'create-system-account': () => ({}),
  'update-system-account': () => ({}),
  'create-user-token': () => ({ name: 'matrix' }),
  'update-user-token': () => ({ name: 'renamed' }),
  'rotate-user-token': () => ({}),
  'create-system-account-token': () => ({ name: 'matrix' }),
  'update-system-account-token': () => ({ name: 'renamed' }),
  'rotate-system-account-token': () => ({}),
  'assign-user-role': () => VIEWER,
  'assign-team-role': () => VIEWER,
  'assign-system-account-role': () => VIEWER,
  'create-issuer': () => ({}),
  'update-issuer': () => ({}),
  'log-in': () => ({}),
  'update-authentication-settings': () => ({}),
  'create-identity-provider': () => ({}),
  'update-identity-provider': () => ({}),
  'create-team-group-mapping': ({ teamId, group }) => ({ team_id: teamId, group }),
  'update-audit-settings': () => ({}),
  'create-audit-log-destination': () => ({}),
  'update-audit-log-destination': () => ({}),
  'create-audit-log-replay': () => ({ start_at: '2026-01-01T00:00:00Z', end_at: '2026-02-01T00:00:00Z' }),
  'create-upstream': () => ({}),
  'update-upstream': () => ({}),
  'test-new-upstream': () => ({}),
  'reserve-namespace': () => ({}),
  'update-mirror': () => ({}),
  'create-mirror-run': () => ({}),
};

const VIEWER = { role_name: 'Viewer', entity_type_name: 'Identity', entity_id: '*' };

const SUSPENDED = 'admin of a suspended organization';
const OTHER_SCOPE = 'JWT of an admin, another scope';
const NARROWED = `JWT of an admin, read scope;${OTHER_SCOPE}`;
const ACCOUNTS = 'viewer;publisher;creator;admin of another registry;admin';
const MEMBERS = `no role;auditor;${ACCOUNTS}`;
const ADMINS = 'administrators;JWT of an admin';
const READERS = `identity viewer;identity admin;read-only admin;${ADMINS}`;
const EDITORS = `identity admin;${ADMINS}`;
const READ_DENIED = `${MEMBERS};${NARROWED};${SUSPENDED}`;
const EDIT_DENIED = `${READ_DENIED};identity viewer;read-only admin`;
const FOREIGN = 'admin of globex';
const EVERYBODY = `nobody;${FOREIGN};${SUSPENDED};${MEMBERS};${READERS};${NARROWED}`;

const READ = { nobody: '401', [READ_DENIED]: '403', [`${READERS};${FOREIGN}`]: 'done' };
const EDIT = { nobody: '401', [EDIT_DENIED]: '403', [`${EDITORS};${FOREIGN}`]: 'done' };
const READ_ONE = { nobody: '401', [READ_DENIED]: '403', [READERS]: 'done 404', [FOREIGN]: '404 done 404' };
const EDIT_ONE = { nobody: '401', [EDIT_DENIED]: '403', [EDITORS]: 'done 404', [FOREIGN]: '404 done 404' };
const FOREIGN_CHILD = '404 404 404 404 404 done 404';
const READ_CHILD = { nobody: '401', [READ_DENIED]: '403', [READERS]: 'done 404', [FOREIGN]: FOREIGN_CHILD };
const EDIT_CHILD = { nobody: '401', [EDIT_DENIED]: '403', [EDITORS]: 'done 404', [FOREIGN]: FOREIGN_CHILD };
const FOREIGN_SETTINGS = 'done 404 done 404';
const READ_SETTINGS = { nobody: '401', [READ_DENIED]: '403', [READERS]: 'done done 404', [FOREIGN]: FOREIGN_SETTINGS };
const EDIT_SETTINGS = { nobody: '401', [EDIT_DENIED]: '403', [EDITORS]: 'done done 404', [FOREIGN]: FOREIGN_SETTINGS };
const AUDITORS = `${ADMINS};auditor;read-only admin`;
const AUDIT_READ_DENIED = `${READ_DENIED};identity viewer;identity admin`;
const AUDIT_EDIT_DENIED = `${EDIT_DENIED};identity admin`;
const AUDIT_READ = { nobody: '401', [AUDIT_READ_DENIED]: '403', [`${AUDITORS};${FOREIGN}`]: 'done' };
const AUDIT_EDIT = { nobody: '401', [AUDIT_EDIT_DENIED]: '403', [`${ADMINS};${FOREIGN}`]: 'done' };
const AUDIT_READ_ONE = { ...AUDIT_READ, [AUDITORS]: 'done 404', [FOREIGN]: '404 done 404' };
const AUDIT_EDIT_ONE = { ...AUDIT_EDIT, [ADMINS]: 'done 404', [FOREIGN]: '404 done 404' };
const AUDIT_READ_CHILD = { ...AUDIT_READ_ONE, [FOREIGN]: FOREIGN_CHILD };
const AUDIT_EDIT_CHILD = { ...AUDIT_EDIT_ONE, [FOREIGN]: FOREIGN_CHILD };
const UPSTREAM_READERS = `${ADMINS};read-only admin`;
const UPSTREAM_READ = { nobody: '401', [AUDIT_READ_DENIED]: '403', [`${UPSTREAM_READERS};${FOREIGN}`]: 'done' };
const UPSTREAM_READ_ONE = { ...UPSTREAM_READ, [UPSTREAM_READERS]: 'done 404', [FOREIGN]: '404 done 404' };
const UPSTREAM_EDIT = { nobody: '401', [AUDIT_EDIT_DENIED]: '403', [`${ADMINS};${FOREIGN}`]: 'done' };
const UPSTREAM_EDIT_ONE = { ...UPSTREAM_EDIT, [ADMINS]: 'done 404', [FOREIGN]: '404 done 404' };
const SIGNED_IN = `${MEMBERS};${READERS};${FOREIGN}`;

// Whoever may see a token but not change it is told so.
const SEES = 'identity viewer;read-only admin';
const OUTSIDERS = 'no role;auditor;admin of another registry;identity viewer;identity admin;read-only admin';

const MIRROR_READERS = `viewer;publisher;admin;read-only admin;${ADMINS}`;
const MIRROR_READ_DENIED = `creator;${NARROWED}`;
const MIRROR_EDIT_DENIED = `viewer;publisher;creator;read-only admin;${NARROWED}`;
const DENIED_CHILD = '403 403 403 403 403 404';
const DENIED_GRANDCHILD = '403 403 403 403 403 403 403 403 404';
const FOREIGN_GRANDCHILD = '404 404 404 404 404 404 404 404 done 404';
const MIRROR_READ = {
  [OUTSIDERS]: '404',
  nobody: '401',
  [MIRROR_READ_DENIED]: DENIED_CHILD,
  [MIRROR_READERS]: 'done 404',
  [FOREIGN]: FOREIGN_CHILD,
  [SUSPENDED]: '403',
};
const MIRROR_EDIT = {
  [OUTSIDERS]: '404',
  nobody: '401',
  [MIRROR_EDIT_DENIED]: DENIED_CHILD,
  [`admin;${ADMINS}`]: 'done 404',
  [FOREIGN]: FOREIGN_CHILD,
  [SUSPENDED]: '403',
};

export const EXPECTED: readonly Expectation[] = [
  {
    operations: { 'get-organization-me': 200, 'list-roles': 200 },
    rows: {
      nobody: '401',
      [`${SUSPENDED};${OTHER_SCOPE}`]: '403',
      [`${SIGNED_IN};JWT of an admin, read scope`]: 'done',
    },
  },
  {
    operations: { 'get-user-me': 200 },
    rows: {
      nobody: '401',
      [`${SIGNED_IN};${NARROWED};${SUSPENDED}`]: 'done',
      [`${ACCOUNTS};${NARROWED};${SUSPENDED};JWT of an admin`]: '403',
    },
  },
  {
    operations: { 'update-user-me': 200 },
    rows: {
      nobody: '401',
      [`${SIGNED_IN};${NARROWED};${SUSPENDED}`]: 'done',
      [`${ACCOUNTS};${NARROWED};${SUSPENDED};JWT of an admin`]: '403',
    },
  },
  {
    operations: { 'change-password': 400 },
    rows: { nobody: '401', [`${NARROWED};${SUSPENDED}`]: '403', [SIGNED_IN]: 'done' },
  },
  {
    operations: {
      'list-audit-logs': 200,
      'export-audit-logs': 200,
      'verify-audit-logs': 200,
      'list-audit-checkpoints': 200,
      'get-audit-settings': 200,
      'list-audit-log-destinations': 200,
    },
    rows: AUDIT_READ,
  },
  {
    operations: { 'update-audit-settings': 200, 'create-audit-log-destination': 400 },
    rows: AUDIT_EDIT,
  },
  {
    operations: {
      'get-audit-log-destination': 200,
      'get-audit-log-destination-status': 200,
      'list-audit-log-replays': 200,
    },
    rows: AUDIT_READ_ONE,
  },
  {
    operations: {
      'update-audit-log-destination': 200,
      'delete-audit-log-destination': 204,
      'test-audit-log-destination': 200,
      'create-audit-log-replay': 202,
    },
    rows: AUDIT_EDIT_ONE,
  },
  {
    operations: { 'get-audit-log-replay': 200 },
    rows: AUDIT_READ_CHILD,
  },
  {
    operations: { 'delete-audit-log-replay': 204 },
    rows: AUDIT_EDIT_CHILD,
  },
  {
    operations: { 'get-audit-jwks': 200 },
    rows: { [EVERYBODY]: 'done' },
  },
  {
    operations: {
      'list-users': 200,
      'list-invites': 200,
      'list-teams': 200,
      'list-system-accounts': 200,
      'list-issuers': 200,
      'list-identity-providers': 200,
      'get-authentication-settings': 200,
    },
    rows: READ,
  },
  {
    operations: {
      'create-invite': 400,
      'create-team': 400,
      'create-system-account': 400,
      'create-issuer': 400,
      'create-identity-provider': 400,
      'update-organization-me': 200,
    },
    rows: EDIT,
  },
  {
    // Whoever could shut administrators out has all that they have.
    operations: { 'update-authentication-settings': 200 },
    rows: { ...EDIT, 'identity admin': '403' },
  },
  {
    operations: {
      'get-user': 200,
      'list-user-teams': 200,
      'list-user-roles': 200,
      'list-user-tokens': 200,
      'list-sessions': 200,
      'get-team': 200,
      'list-team-users': 200,
      'list-team-system-accounts': 200,
      'list-team-roles': 200,
      'get-system-account': 200,
      'list-system-account-teams': 200,
      'list-system-account-roles': 200,
      'list-system-account-tokens': 200,
      'get-issuer': 200,
      'get-identity-provider': 200,
      'list-team-group-mappings': 200,
    },
    rows: READ_ONE,
  },
  {
    operations: {
      'update-user': 200,
      'delete-user': 204,
      'delete-invite': 204,
      'assign-user-role': 409,
      'end-sessions': 204,
      'update-team': 200,
      'delete-team': 204,
      'add-team-user': 409,
      'add-team-system-account': 409,
      'assign-team-role': 409,
      'update-system-account': 200,
      'delete-system-account': 204,
      'assign-system-account-role': 409,
      'update-issuer': 200,
      'delete-issuer': 204,
      'update-identity-provider': 200,
      'delete-identity-provider': 204,
      'create-team-group-mapping': 409,
    },
    rows: EDIT_ONE,
  },
  {
    operations: {
      'get-user-role': 200,
      'get-user-token': 200,
      'get-team-role': 200,
      'get-system-account-role': 200,
      'get-system-account-token': 200,
      'get-team-group-mapping': 200,
    },
    rows: READ_CHILD,
  },
  {
    operations: {
      'unassign-user-role': 204,
      'end-session': 204,
      'remove-team-user': 204,
      'remove-team-system-account': 204,
      'unassign-team-role': 204,
      'unassign-system-account-role': 204,
      'delete-team-group-mapping': 204,
    },
    rows: EDIT_CHILD,
  },
  {
    operations: {
      'get-token-settings': 200,
      'get-ip-allow-list': 200,
      'get-organization-limits': 200,
      'list-organization-tokens': 200,
    },
    rows: READ_SETTINGS,
  },
  {
    operations: { 'update-token-settings': 200, 'replace-ip-allow-list': 200, 'update-ip-allow-list': 200 },
    rows: { ...EDIT_SETTINGS, 'identity admin': '403 403 404' },
  },
  {
    operations: { 'list-organizations': 200, 'create-organization': 400 },
    rows: { [EVERYBODY]: '403', nobody: '401', operator: 'done' },
  },
  {
    operations: { 'get-organization': 200, 'update-organization': 200, 'delete-organization': 409 },
    rows: { [EVERYBODY]: '403', nobody: '401', operator: 'done done 404' },
  },
  {
    operations: { 'create-system-account-token': 201 },
    rows: { ...EDIT_ONE, [SEES]: '403 404' },
  },
  {
    operations: {
      'update-user-token': 200,
      'revoke-user-token': 200,
      'delete-user-token': 204,
      'update-system-account-token': 200,
      'revoke-system-account-token': 200,
      'rotate-system-account-token': 201,
      'delete-system-account-token': 204,
    },
    rows: { ...EDIT_CHILD, [SEES]: '403 404' },
  },
  {
    // Nobody makes personal tokens of another user, whatever he may do.
    operations: { 'create-user-token': 403 },
    rows: { ...READ_ONE },
  },
  {
    operations: { 'rotate-user-token': 403 },
    rows: { ...READ_CHILD },
  },
  {
    operations: { 'get-session-me': 200 },
    rows: {
      [EVERYBODY]: '404',
      nobody: '401',
      [`${OTHER_SCOPE};${SUSPENDED}`]: '403',
      'organization admin by session': 'done',
    },
  },
  {
    operations: { 'log-out': 204 },
    rows: {
      [EVERYBODY]: '404',
      nobody: '401',
      [`${NARROWED};${SUSPENDED}`]: '403',
      'organization admin by session': 'done',
    },
  },
  {
    operations: { 'get-capability-url': 200, 'revoke-capability-url': 204 },
    rows: {
      [OUTSIDERS]: '404',
      nobody: '401',
      [`viewer;publisher;creator;read-only admin;${NARROWED}`]: '403 403 403 403 403 404',
      [`admin;${ADMINS}`]: 'done 404',
      [FOREIGN]: FOREIGN_CHILD,
      [SUSPENDED]: '403',
    },
  },
  {
    operations: { 'list-upstreams': 200, 'list-reserved-namespaces': 200 },
    rows: UPSTREAM_READ,
  },
  {
    operations: { 'create-upstream': 400, 'test-new-upstream': 400, 'reserve-namespace': 400 },
    rows: UPSTREAM_EDIT,
  },
  {
    operations: { 'get-upstream': 200, 'get-reserved-namespace': 200 },
    rows: UPSTREAM_READ_ONE,
  },
  {
    // A mirror reads this one.
    operations: {
      'update-upstream': 200,
      'delete-upstream': 409,
      'test-upstream': 200,
      'free-reserved-namespace': 204,
    },
    rows: UPSTREAM_EDIT_ONE,
  },
  {
    operations: { 'get-mirror': 200, 'list-mirror-runs': 200 },
    rows: MIRROR_READ,
  },
  {
    operations: { 'update-mirror': 200, 'delete-mirror': 204, 'create-mirror-run': 202 },
    rows: MIRROR_EDIT,
  },
  {
    operations: { 'get-mirror-run': 200, 'list-mirror-run-items': 200 },
    rows: { ...MIRROR_READ, [MIRROR_READ_DENIED]: DENIED_GRANDCHILD, [FOREIGN]: FOREIGN_GRANDCHILD },
  },
  {
    operations: { 'cancel-mirror-run': 200, 'release-mirror-run': 200, 'refuse-mirror-run': 200 },
    rows: { ...MIRROR_EDIT, [MIRROR_EDIT_DENIED]: DENIED_GRANDCHILD, [FOREIGN]: FOREIGN_GRANDCHILD },
  },
  {
    // No provider is enabled; a third organization is not there.
    operations: { 'start-oidc-login': 403, 'finish-oidc-login': 401 },
    rows: { [EVERYBODY]: 'done done 404' },
  },
  {
    operations: { 'log-in': 400, 'accept-invite': 400, 'start-invite-login': 400 },
    rows: { [EVERYBODY]: 'done' },
  },
];
