import type { SignedIn } from './authentication/signed-in';
import { decide, type Decision } from './decide';
import type { FoundRegistry } from './find-registry.query';
import { accessOf } from './rbac/access';
import type { Permission } from './rbac/permissions';
import { REGISTRIES } from './rbac/roles';

const REGISTRY = '00000000-0000-7000-8000-000000000001';

const registry = (
  org_id: string,
  visibility: FoundRegistry['visibility'],
  org_state: FoundRegistry['org_state'] = 'active',
): FoundRegistry => ({ org_id, org_name: org_id, id: REGISTRY, name: 'tools', visibility, org_state });

const caller = (role: string | null, orgState: SignedIn['orgState'] = 'active'): SignedIn => ({
  outcome: 'signed-in',
  orgId: 'acme',
  orgName: 'acme',
  orgState,
  suspendedReason: null,
  rateLimits: {},
  principal: { type: 'user', id: 'u', name: 'u', tokenId: 't' },
  access: accessOf(role === null ? [] : [{ role_name: role, entity_type_name: REGISTRIES, entity_id: REGISTRY }]),
});

const OWN_PRIVATE = registry('acme', 'private');
const OWN_PUBLIC = registry('acme', 'public');
const FOREIGN_PRIVATE = registry('globex', 'private');
const FOREIGN_PUBLIC = registry('globex', 'public');
const SUSPENDED = 'suspended';

type Row = readonly [SignedIn | null, Permission, FoundRegistry | undefined | null, Decision];

const TABLE: Readonly<Record<string, Row>> = {
  'nobody reads a public registry': [null, 'version:read', FOREIGN_PUBLIC, 'allow-as-public'],
  'nobody lists a public registry': [null, 'version:list', FOREIGN_PUBLIC, 'allow-as-public'],
  'nobody reads the settings of a public one': [null, 'registry:read', FOREIGN_PUBLIC, 'sign-in'],
  'nobody writes to a public one': [null, 'version:create', FOREIGN_PUBLIC, 'sign-in'],
  'nobody reads a private one': [null, 'version:read', FOREIGN_PRIVATE, 'sign-in'],
  'nobody reads a missing one': [null, 'version:read', undefined, 'sign-in'],
  'nobody asks for a list of registries': [null, 'self:read', null, 'sign-in'],
  'nobody reads a public one of a suspended organization': [
    null,
    'version:read',
    registry('globex', 'public', SUSPENDED),
    'suspended',
  ],
  'nobody reads a private one of a suspended organization': [
    null,
    'version:read',
    registry('globex', 'private', SUSPENDED),
    'sign-in',
  ],
  'a stranger reads a public one': [caller('Admin'), 'version:read', FOREIGN_PUBLIC, 'allow-as-public'],
  'a stranger reads the settings of a public one': [caller('Admin'), 'registry:read', FOREIGN_PUBLIC, 'hide'],
  'a stranger writes to a public one': [caller('Admin'), 'version:create', FOREIGN_PUBLIC, 'hide'],
  'a stranger reads a private one, whatever he holds on its id': [
    caller('Admin'),
    'version:read',
    FOREIGN_PRIVATE,
    'hide',
  ],
  'a member without a role reads a private one': [caller(null), 'version:read', OWN_PRIVATE, 'hide'],
  'a member without a role reads a missing one': [caller(null), 'version:read', undefined, 'hide'],
  'a member without a role reads a public one': [caller(null), 'version:read', OWN_PUBLIC, 'allow-as-public'],
  'a member without a role writes to a public one': [caller(null), 'version:create', OWN_PUBLIC, 'deny'],
  'a member without a role asks who he is': [caller(null), 'self:read', null, 'allow'],
  'a member without a role creates a registry': [caller(null), 'registry:create', null, 'deny'],
  'a Viewer reads': [caller('Viewer'), 'version:read', OWN_PRIVATE, 'allow'],
  'a Viewer reads a public one as himself': [caller('Viewer'), 'version:read', OWN_PUBLIC, 'allow'],
  'a Viewer writes': [caller('Viewer'), 'version:create', OWN_PRIVATE, 'deny'],
  'a Viewer reads a missing one': [caller('Viewer'), 'version:read', undefined, 'hide'],
  'an Admin of a registry creates another': [caller('Admin'), 'registry:create', null, 'deny'],
  'a member of a suspended organization reads its own': [
    caller('Admin', SUSPENDED),
    'version:read',
    OWN_PRIVATE,
    'suspended',
  ],
  'a member of a suspended organization asks who he is': [caller('Admin', SUSPENDED), 'self:read', null, 'suspended'],
  'a member of a suspended organization reads a missing one': [
    caller('Admin', SUSPENDED),
    'version:read',
    undefined,
    'suspended',
  ],
  'a member of a suspended organization reads a public foreign one': [
    caller('Admin', SUSPENDED),
    'version:read',
    FOREIGN_PUBLIC,
    'allow-as-public',
  ],
};

describe('The decision about a request', () => {
  it.each(Object.entries(TABLE))('%s', (_, [who, permission, what, decision]) => {
    expect(decide(who, permission, what)).toBe(decision);
  });

  it('never tells a foreign private registry from a missing one', () => {
    for (const who of [null, caller(null), caller('Admin'), caller('Admin', SUSPENDED)])
      for (const permission of ['registry:read', 'registry:delete', 'version:list', 'version:create'] as const)
        expect(decide(who, permission, FOREIGN_PRIVATE)).toBe(decide(who, permission, undefined));
  });
});
