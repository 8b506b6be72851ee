import type { Permission } from './permissions';

export const REGISTRIES = 'MCP Registries';
export const ORGANIZATIONS = 'Organizations';
export const ORGANIZATION_ADMIN = 'Organization Admin';
export const REGISTRY_ADMIN = 'Admin';

const VERSION_WRITES: readonly Permission[] = ['version:create', 'version:edit', 'version:list', 'version:read'];
const VERSION_READS: readonly Permission[] = ['version:list', 'version:read'];

/** Konnect's roles: permissions by entity type and role name. */
export const ROLES: Readonly<Record<string, Readonly<Record<string, readonly Permission[]>>>> = {
  [REGISTRIES]: {
    [REGISTRY_ADMIN]: [
      'registry:list',
      'registry:read',
      'registry:edit',
      'registry:delete',
      ...VERSION_WRITES,
      'version:delete',
    ],
    Creator: ['registry:create', 'registry:list', ...VERSION_WRITES],
    Publisher: ['registry:list', 'registry:read', ...VERSION_WRITES],
    Viewer: ['registry:list', 'registry:read', ...VERSION_READS],
  },
  [ORGANIZATIONS]: {
    [ORGANIZATION_ADMIN]: [
      'registry:create',
      'registry:list',
      'registry:read',
      'registry:edit',
      'registry:delete',
      ...VERSION_WRITES,
      'version:delete',
      'audit_log:list',
    ],
  },
};
