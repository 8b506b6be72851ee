import { aServer, aWorld, type World } from '../../support/world';
import { aCapabilityUrl } from './capability-url';

const MISSING = '00000000-0000-7000-8000-000000000000';

interface Listed {
  readonly data: readonly Record<string, unknown>[];
  readonly meta: { readonly page: { number: number; size: number; total: number } };
}

describe('list-capability-urls: GET /v0/registries/{registryIdentifier}/capability-urls', () => {
  let world: World;
  let id: string;
  let foreign: string;
  let secrets: readonly string[];

  const list = (query = '', registry = id, token: string | null = world.acme.admin) =>
    world.call('GET', `/v0/registries/${registry}/capability-urls${query}`, token === null ? {} : { token });
  const names = async (query: string) => (await list(query)).json<Listed>().data.map(({ name }) => name);

  beforeAll(async () => {
    world = await aWorld();
    const { acme, globex } = world;
    id = await world.aRegistry(acme, 'tools');
    foreign = await world.aRegistry(globex, 'tools');
    const sibling = await world.aRegistry(acme, 'sibling');
    await world.publish(acme, id, aServer());
    const made = [
      await aCapabilityUrl(world, acme, id, { name: 'b', expires_at: '2999-01-01T00:00:00Z' }),
      await aCapabilityUrl(world, acme, id, { name: 'a', allowed_ips: ['127.0.0.0/8', '::1'] }),
      await aCapabilityUrl(world, acme, id, { name: 'c' }),
      await aCapabilityUrl(world, acme, sibling, { name: 'a' }),
      await aCapabilityUrl(world, globex, foreign, { name: 'a' }),
    ];
    secrets = made.map(({ secret }) => secret);
    await world.call('DELETE', `/v0/registries/${id}/capability-urls/${made[2]?.id ?? ''}`, { token: acme.admin });
    await world.call('GET', `${made[1]?.base ?? ''}/v0.1/servers`);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('lists the capability URLs of the registry by name, revoked ones too, and no other', async () => {
      const answer = await list();
      expect(answer.status).toBe(200);
      const time = expect.any(String) as string;
      const shared = { id: time, created_at: time };
      expect(answer.json()).toEqual({
        data: [
          {
            ...shared,
            name: 'a',
            allowed_ips: ['127.0.0.0/8', '::1/128'],
            expires_at: null,
            last_used_at: time,
            revoked_at: null,
          },
          {
            ...shared,
            name: 'b',
            allowed_ips: [],
            expires_at: '2999-01-01T00:00:00.000000Z',
            last_used_at: null,
            revoked_at: null,
          },
          { ...shared, name: 'c', allowed_ips: [], expires_at: null, last_used_at: null, revoked_at: time },
        ],
        meta: { page: { number: 1, size: 10, total: 3 } },
      });
    });

    it('shows no secret and nothing that finds one', async () => {
      const { text } = await list();
      expect(text).not.toContain('ptl_');
      for (const secret of secrets) for (const part of secret.split('_').slice(2)) expect(text).not.toContain(part);
    });

    it.each([
      ['?sort=name desc', ['c', 'b', 'a']],
      ['?sort=created_at', ['b', 'a', 'c']],
      ['?filter[name]=b', ['b']],
      ['?filter[name][contains]=A', ['a']],
      ['?filter[name][oeq]=a,c', ['a', 'c']],
      ['?filter[revoked_at]', ['c']],
      ['?filter[expires_at][gt]=2998-01-01T00:00:00Z', ['b']],
      ['?filter[last_used_at]', ['a']],
      ['?page[size]=1&page[number]=2', ['b']],
      ['?page[number]=9', []],
    ])('filters, sorts and pages: %s', async (query, expected) => {
      expect(await names(encodeURI(query))).toEqual(expected);
    });

    it('answers by the name of the registry and at the alias', async () => {
      const byId = (await list()).text;
      expect((await list('', 'tools')).text).toBe(byId);
      const alias = await world.call('GET', `/v0/mcp-registries/${id}/capability-urls`, { token: world.acme.admin });
      expect(alias.text).toBe(byId);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['?page[size]=101', 'page[size]', 'max'],
      ['?page[size]=0', 'page[size]', 'min'],
      ['?page[number]=x', 'page[number]', 'is_integer'],
      ['?sort=hash', 'sort', 'enum'],
      ['?filter[public_id]=x', 'filter[public_id]', 'enum'],
      ['?filter[hash]=x', 'filter[hash]', 'enum'],
      ['?filter[created_at]=yesterday', 'filter[created_at]', 'is_date_time'],
      ['?filter[id]=1', 'filter[id]', 'is_uuid'],
      ['?secret=x', 'secret', 'unknown_property'],
    ])('%s names the parameter and the rule', async (query, field, rule) => {
      const answer = await list(query);
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({ invalid_parameters: [{ field, rule, source: 'query' }] });
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, of whatever registry', async () => {
      for (const registry of [id, foreign, MISSING]) expect((await list('', registry, null)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it.each([
      ['Admin', 200],
      ['Publisher', 403],
      ['Viewer', 403],
    ] as const)('answers %s of the registry %d', async (role, status) => {
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await list('', id, token)).status).toBe(status);
    });

    it('answers 404 to who does not know the registry', async () => {
      expect((await list('', id, await world.aSystemAccount(world.acme))).status).toBe(404);
    });
  });

  describe('hides other organizations', () => {
    it('answers a foreign registry and a missing one alike, byte for byte', async () => {
      const hidden = await list('', foreign);
      expect([hidden.status, hidden.masked]).toEqual([404, (await list('', MISSING)).masked]);
    });

    it('finds no capability URL of another organization by a filter', async () => {
      const theirs = await world.db.query<{ id: string }>('select id from capability_url where org_id = $1', [
        world.globex.id,
      ]);
      expect(await names(`?filter[id]=${theirs[0]?.id ?? ''}`)).toEqual([]);
    });
  });
});
