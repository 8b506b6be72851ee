import { accessOf, NO_ACCESS, type RoleAssignment } from './access';
import { PERMISSIONS, PUBLIC_READS, type Permission } from './permissions';
import { ORGANIZATION_ADMIN, ORGANIZATIONS, REGISTRIES, ROLES } from './roles';

const ONE = '00000000-0000-7000-8000-000000000001';
const TWO = '00000000-0000-7000-8000-000000000002';
const ALL = Object.keys(PERMISSIONS) as Permission[];

const on = (entity_id: string, role_name: string, entity_type_name = REGISTRIES): RoleAssignment => ({
  role_name,
  entity_type_name,
  entity_id,
});

describe('Access of a principal', () => {
  it.each(Object.entries(ROLES[REGISTRIES] ?? {}))(
    'with the role %s is what the table gives it, on that registry only',
    (role, granted) => {
      const access = accessOf([on(ONE, role)]);
      for (const permission of ALL) {
        const self = permission === 'self:read';
        expect([permission, access.can(permission, ONE)]).toEqual([permission, self || granted.includes(permission)]);
        expect([permission, access.can(permission, TWO)]).toEqual([permission, self]);
        expect([permission, access.can(permission, null)]).toEqual([permission, self]);
      }
      expect([access.knows(ONE), access.knows(TWO), access.listed()]).toEqual([true, false, [ONE]]);
    },
  );

  it.each(Object.entries(ROLES[REGISTRIES] ?? {}))(
    'with the role %s on * holds for every registry and the organization',
    (role, granted) => {
      const access = accessOf([on('*', role)]);
      for (const id of [ONE, TWO, null])
        for (const permission of ALL)
          expect(access.can(permission, id)).toBe(permission === 'self:read' || granted.includes(permission));
      expect([access.knows(TWO), access.listed()]).toEqual([true, 'all']);
    },
  );

  it('of the organization admin is everything', () => {
    const access = accessOf([on(ONE, ORGANIZATION_ADMIN, ORGANIZATIONS)]);
    for (const permission of ALL) expect([permission, access.can(permission, TWO)]).toEqual([permission, true]);
    expect(access.listed()).toBe('all');
  });

  it('adds up over roles, and never takes away', () => {
    const access = accessOf([on(ONE, 'Admin'), on(ONE, 'Viewer'), on(TWO, 'Viewer'), on('*', 'Creator')]);
    expect(access.can('version:delete', ONE)).toBe(true);
    expect(access.can('version:delete', TWO)).toBe(false);
    expect(access.can('registry:read', TWO)).toBe(true);
    expect(access.can('registry:create', null)).toBe(true);
  });

  it.each([
    ['MCP Registries', 'Owner'],
    ['MCP Registries', 'admin'],
    ['MCP Registries', 'toString'],
    ['Portals', 'Admin'],
    ['Organizations', 'Admin'],
    ['MCP Registries', 'Organization Admin'],
    ['constructor', 'name'],
    ['__proto__', 'toString'],
  ])('of %s %s, which is no role, is nothing', (type, role) => {
    const access = accessOf([on('*', role, type)]);
    expect(ALL.filter((permission) => access.can(permission, ONE))).toEqual(['self:read']);
    expect([access.knows(ONE), access.listed()]).toEqual([false, []]);
  });

  it('without a role knows and lists nothing', () => {
    const access = accessOf([]);
    expect([access.can('self:read', null), access.knows(ONE), access.listed()]).toEqual([true, false, []]);
    expect([NO_ACCESS.can('self:read', null), NO_ACCESS.knows(ONE), NO_ACCESS.listed()]).toEqual([false, false, []]);
  });

  it('is made of known permissions, and strangers may only read versions', () => {
    for (const roles of Object.values(ROLES))
      for (const granted of Object.values(roles)) for (const permission of granted) expect(ALL).toContain(permission);
    expect([...PUBLIC_READS].sort()).toEqual(['version:list', 'version:read']);
  });
});
