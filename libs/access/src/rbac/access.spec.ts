import { accessOf, NO_ACCESS, type RoleAssignment } from './access';
import { PERMISSIONS, PUBLIC_READS, SCOPES, SELF, type Permission } from './permissions';
import { ORGANIZATION_ADMIN, PREDEFINED_TEAMS } from './predefined-teams';
import { AUDIT_LOGS, IDENTITY, REGISTRIES, ROLES } from './roles';

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
    (role, { permissions: granted }) => {
      const access = accessOf([on(ONE, role)]);
      for (const permission of ALL) {
        const self = SELF.includes(permission);
        expect([permission, access.can(permission, ONE)]).toEqual([permission, self || granted.includes(permission)]);
        expect([permission, access.can(permission, TWO)]).toEqual([permission, self]);
        expect([permission, access.can(permission, null)]).toEqual([permission, self]);
      }
      expect([access.knows(ONE), access.knows(TWO), access.listed()]).toEqual([true, false, [ONE]]);
    },
  );

  it.each(Object.entries(ROLES[REGISTRIES] ?? {}))(
    'with the role %s on * holds for every registry and the organization',
    (role, { permissions: granted }) => {
      const access = accessOf([on('*', role)]);
      for (const id of [ONE, TWO, null])
        for (const permission of ALL)
          expect(access.can(permission, id)).toBe(SELF.includes(permission) || granted.includes(permission));
      expect([access.knows(TWO), access.listed()]).toEqual([true, 'all']);
    },
  );

  it('of the organization admin is everything', () => {
    const team = PREDEFINED_TEAMS.find(({ name }) => name === ORGANIZATION_ADMIN);
    const access = accessOf((team?.roles ?? []).map((role) => ({ ...role, entity_id: '*' })));
    for (const permission of ALL)
      expect([permission, access.can(permission, TWO)]).toEqual([permission, permission !== 'platform:operate']);
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
    ['Organizations', 'Organization Admin'],
    ['MCP Registries', 'Organization Admin'],
    ['constructor', 'name'],
    ['__proto__', 'toString'],
  ])('of %s %s, which is no role, is nothing', (type, role) => {
    const access = accessOf([on('*', role, type)]);
    expect(ALL.filter((permission) => access.can(permission, ONE))).toEqual(SELF);
    expect([access.knows(ONE), access.listed()]).toEqual([false, []]);
  });

  it('covers what it has, and nothing wider', () => {
    const access = accessOf([on(ONE, 'Admin'), on('*', 'Publisher'), on('*', 'Admin', IDENTITY)]);
    for (const held of [
      on(ONE, 'Admin'),
      on(ONE, 'Viewer'),
      on(TWO, 'Viewer'),
      on('*', 'Viewer'),
      on('*', 'Publisher'),
      on('*', 'Viewer', IDENTITY),
      on('*', 'Owner'),
    ])
      expect([held, access.covers([held])]).toEqual([held, true]);
    for (const wider of [
      on(TWO, 'Admin'),
      on('*', 'Admin'),
      on('*', 'Creator'),
      on(ONE, 'Creator'),
      on('*', 'Viewer', AUDIT_LOGS),
    ])
      expect([wider, access.covers([on(ONE, 'Viewer'), wider])]).toEqual([wider, false]);
    expect([access.covers([]), NO_ACCESS.covers([on(ONE, 'Viewer')])]).toEqual([true, false]);
  });

  it('is narrowed by scopes, and never widened', () => {
    const scoped = (role: string, ...scopes: string[]) => accessOf([on(ONE, role)], { scopes, registryId: null });
    const left = (role: string, ...scopes: string[]) => ALL.filter((one) => scoped(role, ...scopes).can(one, ONE));
    expect(left('Viewer', 'mcp-registry:read')).toEqual([
      'registry:list',
      'registry:read',
      'version:list',
      'version:read',
      'self:read',
    ]);
    expect(left('Viewer', 'mcp-registry:write')).toEqual([]);
    expect(left('Admin', 'openid', 'toString')).toEqual([]);
    const all = accessOf([on(ONE, 'Publisher')]);
    for (const scopes of [['mcp-registry:read'], ['mcp-registry:write'], Object.keys(SCOPES)])
      for (const permission of left('Publisher', ...scopes)) expect(all.can(permission, ONE)).toBe(true);
  });

  it('of a credential for one registry is nothing anywhere else', () => {
    const narrowed = { scopes: null, registryId: ONE };
    const access = accessOf([on('*', 'Admin'), on(TWO, 'Admin'), on('*', 'Admin', IDENTITY)], narrowed);
    expect([access.can('version:delete', ONE), access.can('version:read', TWO), access.knows(TWO)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(ALL.filter((permission) => access.can(permission, null))).toEqual([]);
    expect(access.listed()).toEqual([ONE]);
    expect(accessOf([], narrowed).knows(ONE)).toBe(false);
  });

  it('without a role knows and lists nothing', () => {
    const access = accessOf([]);
    expect([access.can('self:read', null), access.knows(ONE), access.listed()]).toEqual([true, false, []]);
    expect([NO_ACCESS.can('self:read', null), NO_ACCESS.knows(ONE), NO_ACCESS.listed()]).toEqual([false, false, []]);
  });

  it('is made of known permissions, and strangers may only read versions', () => {
    for (const roles of Object.values(ROLES))
      for (const { permissions } of Object.values(roles))
        for (const permission of permissions) expect(ALL).toContain(permission);
    expect([...PUBLIC_READS].sort()).toEqual(['version:list', 'version:read']);
  });
});
