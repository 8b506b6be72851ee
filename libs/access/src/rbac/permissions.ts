/** What may be asked of the guard, and what each means. `docs/reference/permissions.md` is generated from here. */
export const PERMISSIONS = {
  'registry:create': 'Create a registry',
  'registry:list': 'See a registry in lists',
  'registry:read': 'Read the settings of a registry',
  'registry:edit': 'Change the settings of a registry',
  'registry:delete': 'Delete a registry',
  'registry_access:read': 'See who may do what in a registry',
  'capability_url:read': 'See the capability URLs of a registry, without their secrets',
  'capability_url:edit': 'Create and revoke capability URLs of a registry',
  'version:create': 'Publish a server version',
  'version:edit': 'Edit a server version and its status',
  'version:list': 'List server versions',
  'version:read': 'Read a server version',
  'version:delete': 'Delete a server version, or bring a deleted one back',
  'mirror:read': 'See the mirrors of a registry, their runs and what became of each version',
  'mirror:edit': 'Create, change and delete mirrors of a registry',
  'mirror:run': 'Start, cancel, release and refuse runs of mirrors',
  'upstream:read': 'See upstreams, without their credentials, and mirror them into a registry',
  'upstream:edit': 'Create, change, test and delete upstreams',
  'reserved_namespace:read': 'See the namespaces that the organization has reserved',
  'reserved_namespace:edit': 'Reserve namespaces, which are then never taken from an upstream, and free them',
  'audit_log:list': "Read, export and verify the organization's audit trail, and see how it is kept",
  'audit_log:edit': 'Change how the audit trail is kept and where it is sent',
  'registry_audit_log:list': 'Read the audit trail of a registry',
  'identity:read': 'See users, teams, system accounts, their roles and tokens, and how the organization signs in',
  'identity:edit': 'Change users, teams, system accounts, their roles and tokens, and how the organization signs in',
  'self:read': "Read one's own account, tokens, sessions and organization",
  'self:edit': "Change one's own account, tokens and sessions",
  'platform:operate': 'Create, suspend and delete organizations; only the operator of the platform may',
} as const;

export type Permission = keyof typeof PERMISSIONS;

/** Reads that everybody has on a public registry, and the holder of a capability URL on its registry. */
export const PUBLIC_READS: ReadonlySet<Permission> = new Set(['version:list', 'version:read']);

/** What every principal may. */
export const SELF: readonly Permission[] = ['self:read', 'self:edit'];

/** What a scope of a JWT leaves of the permissions that its subject has. A scope never adds any. */
export const SCOPES: Readonly<Record<string, ReadonlySet<Permission>>> = {
  'mcp-registry:read': new Set<Permission>([
    'registry:list',
    'registry:read',
    'version:list',
    'version:read',
    'self:read',
  ]),
  'mcp-registry:write': new Set<Permission>([
    'registry:create',
    'registry:edit',
    'registry:delete',
    'version:create',
    'version:edit',
    'version:delete',
  ]),
};
