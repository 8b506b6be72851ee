import { mintSecret, PERMISSIONS, ROLES, SELF, type Permission } from '@portolan/access';
import { v7 as uuidv7 } from 'uuid';
import type { Answer } from '../support/http';
import { aServer, aWorld, type World } from '../support/world';
import { ACTORS } from './actors';
import { aLeakWorld, MISSING, type LeakWorld } from './fixture';

interface Attempt {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** What a permitted call answers; nothing of it changes the next attempt. */
  readonly done: number;
}

const SERVER = '/registries/tools/v0.1/servers/com.example%2Fweather';

/** One route for each permission. */
const ATTEMPTS: Readonly<Record<Permission, Attempt>> = {
  'registry:create': { method: 'POST', path: '/v0/registries', body: { name: 'tools' }, done: 409 },
  'registry:list': { method: 'GET', path: '/v0/registries', done: 200 },
  'registry:read': { method: 'GET', path: '/v0/registries/tools', done: 200 },
  'registry:edit': { method: 'PATCH', path: '/v0/registries/tools', body: {}, done: 200 },
  'registry:delete': { method: 'DELETE', path: '/v0/registries/tools', done: 409 },
  'version:create': { method: 'POST', path: '/registries/tools/v0.1/publish', body: aServer(), done: 400 },
  'version:edit': { method: 'PUT', path: `${SERVER}/versions/1.0.0`, body: aServer(), done: 200 },
  'version:list': { method: 'GET', path: `${SERVER}/versions`, done: 200 },
  'version:read': { method: 'GET', path: `${SERVER}/versions/1.0.0`, done: 200 },
  'version:delete': { method: 'DELETE', path: `${SERVER}/versions/0.5.0`, done: 400 },
  'registry_access:read': {
    method: 'GET',
    path: '/v0/registries/tools/access?principal=admin@acme.invalid',
    done: 200,
  },
  'capability_url:read': { method: 'GET', path: '/v0/registries/tools/capability-urls', done: 200 },
  'capability_url:edit': { method: 'POST', path: '/v0/registries/tools/capability-urls', body: {}, done: 400 },
  'mirror:read': { method: 'GET', path: '/v0/registries/tools/mirrors', done: 200 },
  'mirror:edit': { method: 'POST', path: '/v0/registries/tools/mirrors', body: {}, done: 400 },
  'mirror:run': { method: 'POST', path: `/v0/registries/tools/mirrors/${MISSING}/runs`, body: { mode: '' }, done: 400 },
  'upstream:read': { method: 'GET', path: '/v0/upstreams', done: 200 },
  'upstream:edit': { method: 'POST', path: '/v0/upstreams', body: {}, done: 400 },
  'reserved_namespace:read': { method: 'GET', path: '/v0/reserved-namespaces', done: 200 },
  'reserved_namespace:edit': { method: 'POST', path: '/v0/reserved-namespaces', body: {}, done: 400 },
  'audit_log:list': { method: 'GET', path: '/v0/audit-logs', done: 200 },
  'audit_log:edit': { method: 'PATCH', path: '/v0/audit-logs/settings', body: {}, done: 200 },
  'registry_audit_log:list': { method: 'GET', path: '/v0/registries/tools/audit-logs', done: 200 },
  'identity:read': { method: 'GET', path: '/v0/teams', done: 200 },
  'identity:edit': { method: 'POST', path: '/v0/teams', body: {}, done: 400 },
  'self:read': { method: 'GET', path: '/v0/organizations/me', done: 200 },
  'self:edit': { method: 'DELETE', path: '/v0/sessions/me', done: 404 },
  'platform:operate': { method: 'GET', path: '/v0/organizations', done: 200 },
};

const CASES = Object.entries(ROLES).flatMap(([type, roles]) =>
  Object.entries(roles).flatMap(([role, { permissions: granted }]) =>
    (Object.keys(PERMISSIONS) as Permission[]).map((permission) => ({
      type,
      role,
      permission,
      outcome: SELF.includes(permission) || granted.includes(permission) ? 'may' : 'may not',
    })),
  ),
);

describe('A role gives what the table of roles says, and nothing else', () => {
  let world: World;
  const tokens = new Map<string, string>();

  beforeAll(async () => {
    world = await aWorld();
    for (const organization of [world.acme, world.globex]) {
      const id = await world.aRegistry(organization, 'tools');
      await world.publish(organization, id, aServer());
      await world.publish(organization, id, aServer({ version: '0.5.0' }));
      await world.call('DELETE', `${SERVER}/versions/0.5.0`, { token: organization.admin });
    }
    for (const [type, roles] of Object.entries(ROLES))
      for (const role of Object.keys(roles)) tokens.set(`${role} of ${type}`, await holder(type, role));
  });

  afterAll(() => world.close());

  async function holder(type: string, role: string): Promise<string> {
    const token = await world.aSystemAccount(world.acme);
    await world.db.query(
      `insert into role_assignment (org_id, id, system_account_id, role_name, entity_type_name, entity_id)
       select org_id, $1, system_account_id, $2, $3, '*' from access_token where public_id = $4`,
      [uuidv7(), role, type, token.slice(8, 20)],
    );
    return token;
  }

  async function attempt(permission: Permission, token: string): Promise<string> {
    const { method, path, body, done } = ATTEMPTS[permission];
    const answer = await world.call(method, path, { token, ...(body === undefined ? {} : { body }) });
    if (permission === 'registry:list') return total(answer) === 1 ? 'may' : 'may not';
    if (answer.status === done) return 'may';
    // A registry that the role does not reach is hidden.
    return answer.status === 403 || answer.status === 404 ? 'may not' : `${answer.status}`;
  }

  it.each(CASES)('$role of $type $outcome: $permission', async ({ type, role, permission, outcome }) => {
    expect(await attempt(permission, tokens.get(`${role} of ${type}`) ?? '')).toBe(outcome);
  });

  it('gives nothing for a role that there is not, on an entity that there is not', async () => {
    for (const [type, role] of [
      ['MCP Registries', 'Owner'],
      ['MCP Registries', 'toString'],
      ['Portals', 'Admin'],
      ['constructor', 'name'],
    ] as const) {
      const answer = await world.call('GET', '/v0/registries/tools', { token: await holder(type, role) });
      expect([type, role, answer.status]).toEqual([type, role, 404]);
    }
  });

  it('takes effect on the next request, and ends with it', async () => {
    const token = await world.aUser(world.acme);
    const read = async () => (await world.call('GET', '/v0/registries/tools', { token })).status;
    expect(await read()).toBe(404);
    await world.db.query(
      `insert into role_assignment (org_id, id, user_id, role_name, entity_type_name, entity_id)
       select org_id, $1, user_id, 'Viewer', 'MCP Registries', '*' from access_token where public_id = $2`,
      [uuidv7(), token.slice(8, 20)],
    );
    expect(await read()).toBe(200);
    await world.db.query(`delete from role_assignment where role_name = 'Viewer' and user_id is not null`);
    expect(await read()).toBe(404);
    await world.db.query(`update access_token set revoked_at = now() where public_id = $1`, [token.slice(8, 20)]);
    expect(await read()).toBe(401);
  });

  it('bringing a deleted version back needs the right to delete', async () => {
    const path = `${SERVER}/versions/0.5.0/status`;
    for (const [role, status] of [
      ['Publisher', 403],
      ['Creator', 403],
      ['Viewer', 403],
    ] as const) {
      const answer = await world.call('PATCH', path, {
        token: tokens.get(`${role} of MCP Registries`) ?? '',
        body: { status: 'active' },
      });
      expect([role, answer.status]).toEqual([role, status]);
    }
    const answer = await world.call('PATCH', `${SERVER}/versions/1.0.0/status`, {
      token: tokens.get('Publisher of MCP Registries') ?? '',
      body: { status: 'deleted' },
    });
    expect(answer.status).toBe(403);
  });
});

describe('On a public registry a credential does no harm to reads', () => {
  let fixture: LeakWorld;

  beforeAll(async () => {
    fixture = await aLeakWorld();
  });

  afterAll(() => fixture.close());

  it.each(ACTORS)('%s reads what an anonymous caller reads', async (actor) => {
    const { world, ids, headers } = fixture;
    const server = 'servers/com.example%2Fweather/versions';
    for (const base of [`/registries/${ids.acme.public}`, '/o/acme/registries/public'])
      for (const path of [
        'v0.1/servers',
        `v0/${server}`,
        `v0.1/${server}/1.0.0`,
        `${server}/latest`,
        'v0/servers/com.example%2Fweather',
      ]) {
        const answer = await world.call('GET', `${base}/${path}`, { headers: headers[actor] });
        const anonymous = await world.call('GET', `${base}/${path}`);
        expect([path, answer.status, answer.text]).toEqual([path, 200, anonymous.text]);
        expect(answer.headers.etag).toBe(anonymous.headers.etag);
        expect(answer.headers['cache-control']).toBe('public, max-age=1, must-revalidate');
      }
  });

  it('any other kind of credential does none either', async () => {
    const { world, ids } = fixture;
    for (const authorization of [
      'Basic Zm9vOmJhcg==',
      'Bearer',
      'Bearer a b',
      'x',
      `Bearer ${mintSecret('sat').text}`,
    ]) {
      const answer = await world.call('GET', `/registries/${ids.globex.public}/v0.1/servers`, {
        headers: { authorization },
      });
      expect([authorization, answer.status]).toEqual([authorization, 200]);
    }
  });

  it('a private registry is never kept for others', async () => {
    const { world, ids } = fixture;
    const answer = await world.call('GET', `/registries/${ids.acme.private}/v0.1/servers`, { token: world.acme.admin });
    expect([answer.headers['cache-control'], answer.headers.vary]).toEqual([
      'private, no-cache',
      'Authorization, Accept-Encoding',
    ]);
    const etag = String(answer.headers.etag);
    const headers = { 'if-none-match': etag };
    const stranger = await world.call('GET', `/registries/${ids.acme.private}/v0.1/servers`, {
      token: world.globex.admin,
      headers,
    });
    expect(stranger.status).toBe(404);
  });
});

function total(answer: Answer): number {
  return answer.json<{ meta: { page: { total: number } } }>().meta.page.total;
}
