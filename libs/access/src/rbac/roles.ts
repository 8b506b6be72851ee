import type { Permission } from './permissions';

export const REGISTRIES = 'MCP Registries';
export const AUDIT_LOGS = 'Audit Logs';
export const IDENTITY = 'Identity';
export const UPSTREAMS = 'Upstreams';
export const REGISTRY_ADMIN = 'Admin';

const VERSION_WRITES: readonly Permission[] = ['version:create', 'version:edit', 'version:list', 'version:read'];
const VERSION_READS: readonly Permission[] = ['version:list', 'version:read'];

export interface Role {
  readonly description: string;
  readonly permissions: readonly Permission[];
}

/** Konnect's roles by entity type and role name. */
export const ROLES: Readonly<Record<string, Readonly<Record<string, Role>>>> = {
  [REGISTRIES]: {
    [REGISTRY_ADMIN]: {
      description:
        'Does everything in a registry, and decides who reads it by capability URL and what is mirrored into it.',
      permissions: [
        'registry:list',
        'registry:read',
        'registry:edit',
        'registry:delete',
        'registry_access:read',
        'registry_audit_log:list',
        'capability_url:read',
        'capability_url:edit',
        'mirror:read',
        'mirror:edit',
        'mirror:run',
        ...VERSION_WRITES,
        'version:delete',
      ],
    },
    Creator: {
      description: 'Creates registries, becomes Admin of those, and publishes.',
      permissions: ['registry:create', 'registry:list', ...VERSION_WRITES],
    },
    Publisher: {
      description: 'Publishes and edits server versions; deletes none.',
      permissions: ['registry:list', 'registry:read', 'mirror:read', ...VERSION_WRITES],
    },
    Viewer: {
      description: 'Reads a registry and its server versions.',
      permissions: ['registry:list', 'registry:read', 'mirror:read', ...VERSION_READS],
    },
  },
  [UPSTREAMS]: {
    Admin: {
      description:
        'Manages upstreams and reserved namespaces; an Admin of a registry who has it may mirror them there.',
      permissions: ['upstream:read', 'upstream:edit', 'reserved_namespace:read', 'reserved_namespace:edit'],
    },
    Viewer: {
      description: 'Sees upstreams and reserved namespaces; an Admin of a registry who has it may mirror them there.',
      permissions: ['upstream:read', 'reserved_namespace:read'],
    },
  },
  [AUDIT_LOGS]: {
    Admin: {
      description: 'Reads the audit trail, decides how long it is kept and where it is sent.',
      permissions: ['audit_log:list', 'audit_log:edit', 'registry_audit_log:list'],
    },
    Viewer: {
      description: 'Reads, exports and verifies the audit trail.',
      permissions: ['audit_log:list', 'registry_audit_log:list'],
    },
  },
  [IDENTITY]: {
    Admin: {
      description: 'Manages users, teams, system accounts, their roles and tokens, and how the organization signs in.',
      permissions: ['identity:read', 'identity:edit', 'registry_access:read'],
    },
    Viewer: {
      description: 'Sees users, teams, system accounts, their roles and tokens.',
      permissions: ['identity:read', 'registry_access:read'],
    },
  },
};

/** Konnect's name of an entity type as a key: `mcp_registries`. */
export function entityTypeKey(entityType: string): string {
  return entityType.toLowerCase().replaceAll(' ', '_');
}

// Names come from rows and requests: what every object has, such as `toString`, is no role.
export function findRole(entityType: string, role: string): Role | undefined {
  const roles = Object.hasOwn(ROLES, entityType) ? ROLES[entityType] : undefined;
  return roles && Object.hasOwn(roles, role) ? roles[role] : undefined;
}
