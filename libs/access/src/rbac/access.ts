import type { Permission } from './permissions';
import { ORGANIZATIONS, REGISTRIES, ROLES } from './roles';

export interface RoleAssignment {
  readonly role_name: string;
  readonly entity_type_name: string;
  /** Id of the entity, or `*` for all of its type. */
  readonly entity_id: string;
}

/** What one principal may do inside its organization. Roles add up; there is no deny. */
export interface Access {
  /** `registryId` null asks about the organization itself. */
  can(permission: Permission, registryId: string | null): boolean;
  /** True when the principal holds any permission on the registry, so its existence is no secret. */
  knows(registryId: string): boolean;
  /** Registries that lists may show: all, or these ids. */
  listed(): 'all' | readonly string[];
}

export function accessOf(assignments: readonly RoleAssignment[]): Access {
  const everywhere = new Set<Permission>(['self:read']);
  const byRegistry = new Map<string, Set<Permission>>();
  for (const { role_name, entity_type_name, entity_id } of assignments) {
    const granted = permissionsOf(entity_type_name, role_name);
    if (entity_type_name === ORGANIZATIONS || (entity_type_name === REGISTRIES && entity_id === '*')) {
      for (const permission of granted) everywhere.add(permission);
    } else if (entity_type_name === REGISTRIES) {
      const permissions = byRegistry.get(entity_id) ?? new Set();
      for (const permission of granted) permissions.add(permission);
      byRegistry.set(entity_id, permissions);
    }
  }
  const listsAll = everywhere.has('registry:list');
  return {
    can: (permission, registryId) =>
      everywhere.has(permission) || (registryId !== null && byRegistry.get(registryId)?.has(permission) === true),
    knows: (registryId) => listsAll || byRegistry.has(registryId),
    listed: () =>
      listsAll
        ? 'all'
        : [...byRegistry]
            .filter(([, permissions]) => permissions.has('registry:list'))
            .map(([registryId]) => registryId),
  };
}

// Names come from rows: what every object has, such as `toString`, is no role.
function permissionsOf(entityType: string, role: string): readonly Permission[] {
  const roles = Object.hasOwn(ROLES, entityType) ? ROLES[entityType] : undefined;
  return (roles && Object.hasOwn(roles, role) ? roles[role] : undefined) ?? [];
}

export const NO_ACCESS: Access = { can: () => false, knows: () => false, listed: () => [] };
