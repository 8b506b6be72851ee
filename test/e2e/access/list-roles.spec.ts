import { ROLES } from '@portolan/access';
import { aWorld, type World } from '../../support/world';

interface Described {
  readonly name: string;
  readonly roles: Readonly<Record<string, { readonly name: string; readonly description: string }>>;
}

describe('list-roles: GET /v0/roles', () => {
  let world: World;

  const list = (token?: string) => world.call('GET', '/v0/roles', token === undefined ? {} : { token });

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with every role by entity type', async () => {
      const answer = await list(world.acme.admin);
      expect(answer.status).toBe(200);
      const types = answer.json<Record<string, Described>>();
      expect(Object.keys(types)).toEqual(['mcp_registries', 'upstreams', 'audit_logs', 'identity']);
      expect(types.mcp_registries).toEqual({
        name: 'MCP Registries',
        roles: {
          admin: { name: 'Admin', description: expect.any(String) as string },
          creator: { name: 'Creator', description: expect.any(String) as string },
          publisher: { name: 'Publisher', description: expect.any(String) as string },
          viewer: { name: 'Viewer', description: expect.any(String) as string },
        },
      });
    });

    it('names exactly what can be assigned', async () => {
      const user = await world.call('GET', '/v0/users/me', { token: world.acme.admin });
      const types = (await list(world.acme.admin)).json<Record<string, Described>>();
      const named = Object.values(types).flatMap(({ name, roles }) =>
        Object.values(roles).map((role) => ({ entity_type_name: name, role_name: role.name })),
      );
      expect(named).toHaveLength(Object.values(ROLES).flatMap((roles) => Object.keys(roles)).length);
      for (const role of named) {
        const path = `/v0/users/${String(user.json().id)}/assigned-roles`;
        const answer = await world.call('POST', path, { token: world.acme.admin, body: { ...role, entity_id: '*' } });
        expect([role, answer.status]).toEqual([role, 201]);
      }
    });
  });

  describe('rejects bad input', () => {
    it('answers 405 with Allow to POST: roles are predefined', async () => {
      const answer = await world.call('POST', '/v0/roles', { token: world.acme.admin, body: { name: 'Mine' } });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 with WWW-Authenticate', async () => {
      const answer = await list();
      expect([answer.status, answer.challenge]).toEqual([401, 'Bearer realm="portolan"']);
    });
  });

  describe('requires the permission', () => {
    it('needs no role', async () => {
      for (const token of [await world.aUser(world.acme), await world.aSystemAccount(world.acme)])
        expect((await list(token)).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers every organization alike', async () => {
      expect((await list(world.globex.admin)).text).toBe((await list(world.acme.admin)).text);
    });
  });
});
