import { v7 as uuidv7 } from 'uuid';
import { aWorld, type Organization, type World } from '../../support/world';
import {
  aHolder,
  anAccountWith,
  anIdentityViewer,
  aTeam,
  grant,
  idOf,
  join,
  MISSING,
  problems,
  refusal,
  shown,
  trailOf,
} from './support/identity';

type Given = Readonly<Record<string, unknown>>;

interface RegistryAccess {
  readonly principal: Given;
  readonly registry: Given;
  readonly permissions: readonly { readonly permission: string; readonly granted_by: readonly Given[] }[];
}

const READS = ['mirror:read', 'registry:list', 'registry:read', 'version:list', 'version:read'];
const REGISTRIES = 'MCP Registries';

describe('get-registry-access: GET /v0/registries/{registryIdentifier}/access', () => {
  let world: World;
  let registryId: string;
  let sibling: string;
  let foreignRegistry: string;

  const ask = (principal: string, token = world.acme.admin, registry = 'tools') =>
    world.call('GET', `/v0/registries/${registry}/access?principal=${encodeURIComponent(principal)}`, { token });
  const access = async (principal: string, registry?: string) => {
    const answer = await ask(principal, world.acme.admin, registry);
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.json<RegistryAccess>();
  };
  const permissionsOf = async (principal: string, registry?: string) =>
    (await access(principal, registry)).permissions.map(({ permission }) => permission);
  const aSubject = async ({ id: orgId }: Organization, subject: string) => {
    const [issuerId, id] = [uuidv7(), uuidv7()];
    await world.db.query(
      `insert into trusted_issuer (org_id, id, name, issuer_url, audiences)
       values ($1, $2, $3, 'https://issuer.example.com', '{portolan}')`,
      [orgId, issuerId, `issuer ${issuerId}`],
    );
    await world.db.query(`insert into issuer_subject (org_id, id, issuer_id, subject) values ($1, $2, $3, $4)`, [
      orgId,
      id,
      issuerId,
      subject,
    ]);
    return { id, issuerId };
  };

  beforeAll(async () => {
    world = await aWorld();
    registryId = await world.aRegistry(world.acme, 'tools');
    sibling = await world.aRegistry(world.acme, 'others');
    foreignRegistry = await world.aRegistry(world.globex, 'tools');
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with each permission and everything that gives it', async () => {
      const id = await aHolder(world, world.acme, 'user');
      const readers = await aTeam(world, world.acme, { name: 'Readers' });
      const viewer = await grant(world, world.acme, { type: 'team', id: readers.id }, ['Viewer', REGISTRIES]);
      const publisher = await grant(world, world.acme, { type: 'user', id }, ['Publisher', REGISTRIES, registryId]);
      await join(world, world.acme, readers.id, { type: 'user', id });
      const answer = await ask(id);
      expect(answer.status).toBe(200);
      const own = {
        assignment_id: publisher,
        role_name: 'Publisher',
        entity_type_name: REGISTRIES,
        entity_id: registryId,
        team: null,
      };
      const byTeam = {
        assignment_id: viewer,
        role_name: 'Viewer',
        entity_type_name: REGISTRIES,
        entity_id: '*',
        team: { id: readers.id, name: 'Readers' },
      };
      const both = [own, byTeam];
      expect(answer.json()).toEqual({
        principal: { id, type: 'user', name: `${id}@example.com`, active: true },
        registry: { id: registryId, name: 'tools', visibility: 'private' },
        permissions: [
          { permission: 'mirror:read', granted_by: both },
          { permission: 'registry:list', granted_by: both },
          { permission: 'registry:read', granted_by: both },
          { permission: 'version:create', granted_by: [own] },
          { permission: 'version:edit', granted_by: [own] },
          { permission: 'version:list', granted_by: both },
          { permission: 'version:read', granted_by: both },
        ],
      });
    });

    it('answers alike by id and email in capitals, at the id of the registry and at the alias', async () => {
      const id = await aHolder(world, world.acme, 'user');
      await grant(world, world.acme, { type: 'user', id }, ['Viewer', REGISTRIES]);
      const { text } = await ask(id);
      const query = `access?principal=${id}`;
      for (const answer of [
        await ask(id.toUpperCase()),
        await ask(`${id}@example.com`),
        await ask(`${id}@EXAMPLE.com`.toUpperCase()),
        await ask(id, world.acme.admin, registryId),
        await world.call('GET', `/v0/mcp-registries/tools/${query}`, { token: world.acme.admin }),
      ])
        expect([answer.status, answer.text]).toEqual([200, text]);
    });

    it('tells what the administrator has by his team', async () => {
      const { permissions, principal } = await access('admin@acme.invalid');
      expect(principal).toMatchObject({ type: 'user', name: 'admin@acme.invalid' });
      expect(permissions.map(({ permission }) => permission)).toEqual([
        'capability_url:edit',
        'capability_url:read',
        'mirror:edit',
        'mirror:read',
        'mirror:run',
        'registry:delete',
        'registry:edit',
        'registry:list',
        'registry:read',
        'registry_access:read',
        'registry_audit_log:list',
        'version:create',
        'version:delete',
        'version:edit',
        'version:list',
        'version:read',
      ]);
      const reads = permissions.find(({ permission }) => permission === 'registry_access:read');
      const teams = reads?.granted_by.map(({ role_name: role, entity_type_name: type, team }) => [role, type, team]);
      const admins = { id: expect.any(String) as string, name: 'Organization Admin' };
      // By the roles of the predefined team, and as creator of the registry.
      expect(teams).toEqual([
        ['Admin', REGISTRIES, null],
        ['Admin', 'Identity', admins],
        ['Admin', REGISTRIES, admins],
      ]);
    });

    it('tells what a system account has, and that it is inactive', async () => {
      const id = await aHolder(world, world.acme, 'system_account');
      await grant(world, world.acme, { type: 'system_account', id }, ['Viewer', REGISTRIES, registryId]);
      await world.db.query(`update system_account set active = false where id = $1`, [id]);
      const { principal, permissions } = await access(id);
      expect(principal).toEqual({ id, type: 'system_account', name: `account ${id}`, active: false });
      expect(permissions.map(({ permission }) => permission)).toEqual(READS);
    });

    it('tells what a subject of an issuer has, active while the issuer is trusted', async () => {
      const { id, issuerId } = await aSubject(world.acme, 'repo:example/tools');
      await world.db.query(
        `insert into role_assignment (org_id, id, issuer_subject_id, role_name, entity_type_name, entity_id)
         values ($1, $2, $3, 'Viewer', $4, $5)`,
        [world.acme.id, uuidv7(), id, REGISTRIES, registryId],
      );
      expect((await access(id)).principal).toEqual({
        id,
        type: 'jwt_subject',
        name: 'repo:example/tools',
        active: true,
      });
      expect(await permissionsOf(id)).toEqual(READS);
      await world.db.query(`update trusted_issuer set enabled = false where id = $1`, [issuerId]);
      expect((await access(id)).principal.active).toBe(false);
    });

    it('counts neither roles on a sibling nor roles that are about something else', async () => {
      const id = await aHolder(world, world.acme, 'user');
      await grant(world, world.acme, { type: 'user', id }, ['Admin', REGISTRIES, sibling]);
      expect(await permissionsOf(id)).toEqual([]);
      await grant(world, world.acme, { type: 'user', id }, ['Admin', 'Audit Logs']);
      expect(await permissionsOf(id)).toEqual(['registry_audit_log:list']);
      await grant(world, world.acme, { type: 'user', id }, ['Viewer', 'Identity']);
      expect(await permissionsOf(id)).toEqual(['registry_access:read', 'registry_audit_log:list']);
      expect(await permissionsOf(id, 'others')).toHaveLength(16);
    });

    it('names the visibility of a public registry beside the roles', async () => {
      await world.aRegistry(world.acme, 'open', { visibility: 'public' });
      const id = await aHolder(world, world.acme, 'user');
      const open = { visibility: 'public' };
      expect((await access(id, 'open')).permissions).toEqual([
        { permission: 'version:list', granted_by: [open] },
        { permission: 'version:read', granted_by: [open] },
      ]);
      await grant(world, world.acme, { type: 'user', id }, ['Viewer', REGISTRIES]);
      const { permissions } = await access(id, 'open');
      const [viewer, visibility] =
        permissions.find(({ permission }) => permission === 'version:read')?.granted_by ?? [];
      expect([viewer?.role_name, visibility]).toEqual(['Viewer', open]);
    });

    it.each(['Admin', 'Creator', 'Publisher', 'Viewer'])('says of a %s what the guard does', async (role) => {
      const token = await anAccountWith(world, world.acme, [role, REGISTRIES, registryId]);
      const said = await permissionsOf(await idOf(world, token));
      const may = async (method: string, path: string) =>
        (await world.call(method, path, { token, ...(method === 'GET' ? {} : { body: {} }) })).status !== 403;
      expect({
        'registry:read': await may('GET', '/v0/registries/tools'),
        'registry:edit': await may('PATCH', '/v0/registries/tools'),
        'registry_access:read': await may('GET', '/v0/registries/tools/access'),
        'version:list': await may('GET', '/registries/tools/v0.1/servers'),
        'version:create': await may('POST', '/registries/tools/v0.1/publish'),
      }).toEqual({
        'registry:read': said.includes('registry:read'),
        'registry:edit': said.includes('registry:edit'),
        'registry_access:read': said.includes('registry_access:read'),
        'version:list': said.includes('version:list'),
        'version:create': said.includes('version:create'),
      });
    });

    it('leaves no audit row', async () => {
      expect(await trailOf(world, world.acme, () => ask('admin@acme.invalid'))).toEqual([]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['', 'principal', 'required'],
      ['?principal=', 'principal', 'required'],
      ['?principal=a&principal=b', 'principal', 'is_string'],
      ['?user=x&principal=a', 'user', 'unknown_property'],
    ])('%j names the parameter and the rule', async (query, field, rule) => {
      const answer = await world.call('GET', `/v0/registries/tools/access${query}`, { token: world.acme.admin });
      expect(answer.status).toBe(400);
      expect(problems(answer)).toEqual([expect.objectContaining({ field, rule, source: 'query' })]);
    });

    it.each(['nobody@example.com', '%', '_', "'--", 'Organization Admin', `${MISSING}0`])(
      'answers 404 for %s, which is nobody',
      async (principal) => {
        expect(refusal(await ask(principal))).toEqual([404, 'principal_not_found']);
      },
    );

    it('answers 404 for a team, which is no principal', async () => {
      expect((await ask((await aTeam(world, world.acme)).id)).status).toBe(404);
    });
  });

  describe('requires sign-in', () => {
    it('answers the same 401 for a private and a missing registry', async () => {
      const [one, other] = await Promise.all(
        ['tools', 'missing'].map((name) => world.call('GET', `/v0/registries/${name}/access?principal=x`)),
      );
      expect([one?.status, one?.masked]).toEqual([401, other?.masked]);
    });

    it('answers 401 for a public registry, too', async () => {
      await world.call('PATCH', '/v0/registries/others', { token: world.acme.admin, body: { visibility: 'public' } });
      expect((await world.call('GET', `/v0/registries/${sibling}/access?principal=x`)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it.each(['Creator', 'Publisher', 'Viewer'])('answers 403 to a %s and writes that down', async (role) => {
      const token = await anAccountWith(world, world.acme, [role, REGISTRIES]);
      const trail = await trailOf(world, world.acme, async () => {
        expect(refusal(await ask('admin@acme.invalid', token))).toEqual([403, 'forbidden']);
      });
      expect(trail).toEqual([expect.objectContaining({ action: 'permission.deny', reason: 'registry_access:read' })]);
    });

    it('answers 404 to somebody who may not know the registry', async () => {
      const token = await world.aUser(world.acme);
      const missing = await ask('admin@acme.invalid', token, 'missing');
      expect(missing.status).toBe(404);
      expect(shown(await ask('admin@acme.invalid', token))).toEqual(shown(missing));
    });

    it('answers an Admin of this registry and an Identity Viewer', async () => {
      const admin = await anAccountWith(world, world.acme, ['Admin', REGISTRIES, registryId]);
      for (const token of [admin, await anIdentityViewer(world, world.acme)])
        expect((await ask('admin@acme.invalid', token)).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers for a foreign principal and a missing one alike', async () => {
      const missing = await ask(MISSING);
      expect(refusal(missing)).toEqual([404, 'principal_not_found']);
      const foreign = [
        await aHolder(world, world.globex, 'user'),
        await aHolder(world, world.globex, 'system_account'),
        (await aSubject(world.globex, 'repo:example/tools')).id,
        'admin@globex.invalid',
      ];
      for (const principal of foreign) expect(shown(await ask(principal))).toEqual(shown(missing));
    });

    it('answers for a foreign registry and a missing one alike, whoever is asked for', async () => {
      const missing = await ask('admin@acme.invalid', world.acme.admin, MISSING);
      expect(refusal(missing)).toEqual([404, 'registry_not_found']);
      for (const principal of ['admin@acme.invalid', 'admin@globex.invalid'])
        expect(shown(await ask(principal, world.acme.admin, foreignRegistry))).toEqual(shown(missing));
    });

    it('means the user of the own organization by an address that both know', async () => {
      for (const { id } of [world.acme, world.globex])
        await world.db.query(
          `insert into user_account (org_id, id, email, full_name) values ($1, $2, 'both@example.com', 'Both')`,
          [id, uuidv7()],
        );
      const mine = (await ask('both@example.com')).json<RegistryAccess>();
      const theirs = (await ask('both@example.com', world.globex.admin)).json<RegistryAccess>();
      expect([mine.registry.id, theirs.registry.id]).toEqual([registryId, foreignRegistry]);
      const rows = await world.db.query(`select id from user_account where org_id = $1 and id = $2`, [
        world.acme.id,
        mine.principal.id,
      ]);
      expect([rows.length, mine.principal.id === theirs.principal.id]).toEqual([1, false]);
    });
  });
});
