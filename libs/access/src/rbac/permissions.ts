/** What may be asked of the guard, and what each means. `docs/reference/permissions.md` is generated from here. */
export const PERMISSIONS = {
  'registry:create': 'Create a registry',
  'registry:list': 'See a registry in lists',
  'registry:read': 'Read the settings of a registry',
  'registry:edit': 'Change the settings of a registry',
  'registry:delete': 'Delete a registry',
  'version:create': 'Publish a server version',
  'version:edit': 'Edit a server version and its status',
  'version:list': 'List server versions',
  'version:read': 'Read a server version',
  'version:delete': 'Delete a server version, or bring a deleted one back',
  'audit_log:list': "Read the organization's audit trail",
  'self:read': "Read one's own account and organization",
} as const;

export type Permission = keyof typeof PERMISSIONS;

/** Reads that everybody has on a public registry. */
export const PUBLIC_READS: ReadonlySet<Permission> = new Set(['version:list', 'version:read']);
