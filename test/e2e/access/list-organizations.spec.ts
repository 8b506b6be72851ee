import { aWorld, type World } from '../../support/world';
import { operate, type OrganizationBody } from './operator';
import { problem } from './token-owners';

interface Page {
  readonly data: readonly OrganizationBody[];
  readonly meta: { readonly page: object };
}

describe('list-organizations: GET /v0/organizations', () => {
  let world: World;

  const list = async (query = '') => (await operate(world).list(query)).json<Page>();
  const names = async (query = '') => (await list(query)).data.map(({ name }) => name);

  beforeAll(async () => {
    world = await aWorld();
    for (const name of ['initech', 'umbrella']) await operate(world).create({ name });
    await world.db.query(
      `update organization set state = 'suspended', suspended_reason = 'Unpaid' where name = 'initech'`,
    );
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with all organizations by name', async () => {
      const { data, meta } = await list();
      expect(data.map(({ name }) => name)).toEqual(['acme', 'globex', 'initech', 'umbrella']);
      expect(meta).toEqual({ page: { number: 1, size: 10, total: 4 } });
      expect(data[2]).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        name: 'initech',
        display_name: 'initech',
        login_path: 'initech',
        state: 'suspended',
        suspended_reason: 'Unpaid',
        rate_limits: {},
        quotas: {},
        created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        updated_at: expect.stringMatching(/\.\d{6}Z$/) as string,
      });
    });

    it('filters by name and state, sorts and pages', async () => {
      expect(await names('?filter[name]=acme')).toEqual(['acme']);
      expect(await names('?filter[name]=acm_')).toEqual([]);
      expect(await names('?filter[name][contains]=E&sort=name%20desc')).toEqual([
        'umbrella',
        'initech',
        'globex',
        'acme',
      ]);
      expect(await names('?filter[name][ocontains]=obe,brell')).toEqual(['globex', 'umbrella']);
      expect(await names('?filter[name][contains]=%25')).toEqual([]);
      expect(await names('?filter[state]=suspended')).toEqual(['initech']);
      expect(await names('?page[size]=3&page[number]=2')).toEqual(['umbrella']);
    });

    it('counts on a page past the end, too', async () => {
      const { data, meta } = await list('?page[size]=3&page[number]=9');
      expect([data, meta]).toEqual([[], { page: { number: 9, size: 3, total: 4 } }]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['filter[id]=x', 'filter[id]', 'enum'],
      ['filter[name][neq]=acme', 'filter[name]', 'enum'],
      ['filter[state][contains]=act', 'filter[state]', 'enum'],
      ['filter[name]=a&filter[name][contains]=b', 'filter[name]', 'enum'],
      ['sort=state', 'sort', 'enum'],
      ['page[size]=0', 'page[size]', 'min'],
      ['name=acme', 'name', 'unknown_property'],
    ])('?%s names the parameter', async (query, field, rule) => {
      const answer = await operate(world).list(`?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field, rule, source: 'query' }),
      ]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, and to what is almost the token of the operator', async () => {
      for (const token of ['', 'operator-token-of-the-tests-0123456788', 'operator-token-of-the-tests-0123456789x'])
        expect((await operate(world, token).list()).status).toBe(401);
    });

    it('takes the token of the operator nowhere else', async () => {
      const { token } = { token: 'operator-token-of-the-tests-0123456789' };
      for (const path of ['/v0/registries', '/v0/organizations/me', '/v0/audit-logs', '/v0/users/me'])
        expect((await world.call('GET', path, { token })).status).toBe(401);
    });

    it('has no operator where none is configured', async () => {
      const closed = await aWorld({ OPERATOR_TOKEN: '' });
      for (const token of ['', 'operator-token-of-the-tests-0123456789'])
        expect((await operate(closed, token).list()).status).toBe(401);
      await closed.close();
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to organization admins', async () => {
      expect(problem(await operate(world, world.acme.admin).list())).toEqual([403, 'forbidden']);
    });
  });

  describe('hides other organizations', () => {
    it('tells members nothing of them', async () => {
      const answer = await operate(world, world.acme.admin).list('?filter[name]=globex');
      expect(answer.text).not.toMatch(/globex|initech/);
    });
  });
});
