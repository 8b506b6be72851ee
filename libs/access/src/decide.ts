import type { SignedIn } from './authentication/signed-in';
import type { FoundRegistry } from './find-registry.query';
import { PUBLIC_READS, type Permission } from './rbac/permissions';

export type Decision = 'allow' | 'allow-as-public' | 'sign-in' | 'suspended' | 'hide' | 'deny';

/**
 * Whether a caller may do something, and what it may know when it may not. `registry` is undefined for a registry that
 * is not there, null for a route that names none. What a caller may not know of is answered like what is not there.
 */
export function decide(
  caller: SignedIn | null,
  permission: Permission,
  registry: FoundRegistry | undefined | null,
): Decision {
  const own = registry && caller?.orgId === registry.org_id;
  if (
    registry?.visibility === 'public' &&
    PUBLIC_READS.has(permission) &&
    !(own && caller.access.can(permission, registry.id))
  )
    return registry.org_state === 'active' ? 'allow-as-public' : 'suspended';
  if (!caller) return 'sign-in';
  if (caller.orgState !== 'active') return 'suspended';
  if (registry === null) return caller.access.can(permission, null) ? 'allow' : 'deny';
  if (!registry || !own) return 'hide';
  if (caller.access.can(permission, registry.id)) return 'allow';
  return caller.access.knows(registry.id) || registry.visibility === 'public' ? 'deny' : 'hide';
}
