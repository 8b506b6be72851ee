import { SCOPES, SELF, type Permission } from './permissions';
import { findRole, REGISTRIES } from './roles';

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
  /** True when everything that these assignments give is held already: nobody gives more than he has. */
  covers(assignments: readonly RoleAssignment[]): boolean;
}

/** How far a credential narrows what its principal may do. */
export interface Narrowing {
  /** Scopes of the credential; null: it has none that narrow. */
  readonly scopes: readonly string[] | null;
  /** The only registry for which it is good; null: all. */
  readonly registryId: string | null;
}

export function accessOf(
  assignments: readonly RoleAssignment[],
  narrowing: Narrowing = { scopes: null, registryId: null },
): Access {
  const everywhere = new Set<Permission>();
  const byRegistry = new Map<string, Set<Permission>>();
  const { registryId: only } = narrowing;
  const grant = (registryId: string, permissions: readonly Permission[]) => {
    const granted = byRegistry.get(registryId) ?? new Set();
    for (const permission of permissions) granted.add(permission);
    byRegistry.set(registryId, granted);
  };
  for (const assignment of [...assignments, null]) {
    const granted = (assignment === null ? SELF : permissionsOf(assignment)).filter((one) => within(narrowing, one));
    if (granted.length === 0) continue;
    if (assignment?.entity_type_name === REGISTRIES && assignment.entity_id !== '*') {
      if (only === null || only === assignment.entity_id) grant(assignment.entity_id, granted);
    } else if (only === null) for (const permission of granted) everywhere.add(permission);
    else if (assignment !== null) grant(only, granted);
  }
  const can = (permission: Permission, registryId: string | null) =>
    everywhere.has(permission) || (registryId !== null && byRegistry.get(registryId)?.has(permission) === true);
  const listsAll = everywhere.has('registry:list');
  return {
    can,
    knows: (registryId) => listsAll || byRegistry.has(registryId),
    listed: () =>
      listsAll
        ? 'all'
        : [...byRegistry]
            .filter(([, permissions]) => permissions.has('registry:list'))
            .map(([registryId]) => registryId),
    covers: (others) =>
      others.every((other) =>
        permissionsOf(other).every((permission) => can(permission, other.entity_id === '*' ? null : other.entity_id)),
      ),
  };
}

function permissionsOf({ entity_type_name, role_name }: RoleAssignment): readonly Permission[] {
  return findRole(entity_type_name, role_name)?.permissions ?? [];
}

function within({ scopes }: Narrowing, permission: Permission): boolean {
  if (scopes === null) return true;
  return scopes.some((scope) => Object.hasOwn(SCOPES, scope) && SCOPES[scope]?.has(permission) === true);
}

export const NO_ACCESS: Access = { can: () => false, knows: () => false, listed: () => [], covers: () => false };
