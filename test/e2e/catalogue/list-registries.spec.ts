import { aServer, aWorld, type World } from '../../support/world';

interface Listed {
  readonly data: readonly { readonly id: string; readonly name: string; readonly created_at: string }[];
  readonly meta: { readonly page: { readonly number: number; readonly size: number; readonly total: number } };
}

// Both organizations own registries with these names.
const REGISTRIES: readonly { name: string; display_name: string; [key: string]: unknown }[] = [
  { name: 'alpha', display_name: 'Zeta 100%', labels: { env: 'dev', team: 'sea' }, visibility: 'public' },
  { name: 'beta', display_name: 'Yankee_1', labels: { env: 'test' } },
  { name: 'gamma', display_name: 'Xray', labels: { env: 'prod', 'a.b': 'c' } },
  { name: 'delta', display_name: 'Whiskey' },
];

describe('list-registries: GET /v0/registries', () => {
  let world: World;
  const ids: Record<string, string> = {};

  const list = (query = '', token = world.acme.admin) => world.call('GET', `/v0/registries${query}`, { token });
  const names = async (query: string, token?: string) => {
    const answer = await list(query, token);
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.json<Listed>().data.map(({ name }) => name);
  };

  beforeAll(async () => {
    world = await aWorld();
    for (const { name, ...settings } of REGISTRIES) {
      ids[name] = await world.aRegistry(world.acme, name, settings);
      ids[`globex ${name}`] = await world.aRegistry(world.globex, name, settings);
    }
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with whole registries by display_name and page numbers from 1', async () => {
      const answer = await list();
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      const { data, meta } = answer.json<Listed>();
      expect(meta).toEqual({ page: { number: 1, size: 10, total: 4 } });
      expect(data.map(({ name }) => name)).toEqual(['delta', 'gamma', 'beta', 'alpha']);
      const one = await world.call('GET', `/v0/registries/${ids.beta ?? ''}`, { token: world.acme.admin });
      expect(data[2]).toEqual(one.json());
    });

    it('answers alike at /v0/mcp-registries', async () => {
      const alias = await world.call('GET', '/v0/mcp-registries', { token: world.acme.admin });
      expect(alias.text).toBe((await list()).text);
    });

    it.each([
      ['filter[name]=beta', ['beta']],
      ['filter[name][eq]=beta', ['beta']],
      ['filter[name][neq]=beta', ['delta', 'gamma', 'alpha']],
      ['filter[name][contains]=ET', ['beta']],
      ['filter[name][oeq]=beta,delta,none', ['delta', 'beta']],
      ['filter[name][ocontains]=amm,lph', ['gamma', 'alpha']],
      ['filter[name][exists]=', ['delta', 'gamma', 'beta', 'alpha']],
      ['filter[name]', ['delta', 'gamma', 'beta', 'alpha']],
      ['filter[display_name]=Whiskey', ['delta']],
      ['filter[display_name]=whiskey', []],
      ['filter[display_name][contains]=whisk', ['delta']],
      ['filter[visibility]=public', ['alpha']],
      ['filter[visibility][neq]=public&filter[name][contains]=a', ['delta', 'gamma', 'beta']],
      ['filter[name]=beta&filter[visibility]=public', []],
      ['filter[labels.env]=dev', ['alpha']],
      ['filter[labels.env][eq]=test', ['beta']],
      ['filter[labels.env][neq]=dev', ['delta', 'gamma', 'beta']],
      ['filter[labels.env][contains]=ES', ['beta']],
      ['filter[labels.env][oeq]=dev,prod', ['gamma', 'alpha']],
      ['filter[labels.env][ocontains]=es,ro', ['gamma', 'beta']],
      ['filter[labels.team]', ['alpha']],
      ['filter[labels.env][exists]=', ['gamma', 'beta', 'alpha']],
      ['filter[labels.a.b]=c', ['gamma']],
      ['filter[labels.none]=c', []],
      ['filter[created_at][gt]=2020-01-01T00:00:00Z', ['delta', 'gamma', 'beta', 'alpha']],
      ['filter[created_at][gte]=2020-01-01T00:00:00%2B15:59', ['delta', 'gamma', 'beta', 'alpha']],
      ['filter[created_at][lt]=2020-01-01T00:00:00.123456Z', []],
      ['filter[updated_at][lte]=2020-01-01T00:00:00Z', []],
      ['filter[updated_at][lt]=9999-12-31T23:59:59Z&filter[updated_at]', ['delta', 'gamma', 'beta', 'alpha']],
    ])('%s keeps what it names', async (query, expected) => {
      expect(await names(`?${query}`)).toEqual(expected);
    });

    it('takes % and _ of a filter as they are', async () => {
      expect(await names('?filter[display_name][contains]=%25')).toEqual(['alpha']);
      expect(await names('?filter[display_name][contains]=_')).toEqual(['beta']);
      expect(await names('?filter[display_name][contains]=%5C')).toEqual([]);
    });

    it('finds by id: one, several, all but one, all that have one', async () => {
      const { alpha = '', beta = '' } = ids;
      expect(await names(`?filter[id]=${alpha}`)).toEqual(['alpha']);
      expect(await names(`?filter[id][eq]=${alpha.toUpperCase()}`)).toEqual(['alpha']);
      expect(await names(`?filter[id][oeq]=${alpha},${beta}`)).toEqual(['beta', 'alpha']);
      expect(await names(`?filter[id][neq]=${alpha}`)).toEqual(['delta', 'gamma', 'beta']);
      expect(await names('?filter[id]')).toHaveLength(4);
    });

    it('compares times to the microsecond', async () => {
      const created = (await list('?filter[name]=beta')).json<Listed>().data[0]?.created_at ?? '';
      expect(await names(`?filter[created_at]=${created}`)).toEqual(['beta']);
      expect(await names(`?filter[created_at][gt]=${created}`)).toEqual(['delta', 'gamma']);
      expect(await names(`?filter[created_at][gte]=${created}`)).toEqual(['delta', 'gamma', 'beta']);
      expect(await names(`?filter[created_at][lt]=${created}`)).toEqual(['alpha']);
      expect(await names(`?filter[created_at][lte]=${created}`)).toEqual(['beta', 'alpha']);
    });

    it.each([
      ['name', ['alpha', 'beta', 'delta', 'gamma']],
      ['name asc', ['alpha', 'beta', 'delta', 'gamma']],
      ['name desc', ['gamma', 'delta', 'beta', 'alpha']],
      ['display_name desc', ['alpha', 'beta', 'gamma', 'delta']],
      ['created_at', ['alpha', 'beta', 'gamma', 'delta']],
      ['updated_at desc', ['delta', 'gamma', 'beta', 'alpha']],
      ['visibility desc,name desc', ['alpha', 'gamma', 'delta', 'beta']],
    ])('sorts by %s', async (sort, expected) => {
      expect(await names(`?sort=${sort.replaceAll(' ', '%20')}`)).toEqual(expected);
    });

    it('walks every registry once, page by page, and counts them on each', async () => {
      const seen: string[] = [];
      for (const number of [1, 2, 3]) {
        const answer = await list(`?page[size]=2&page[number]=${number}&sort=visibility`);
        const { data, meta } = answer.json<Listed>();
        expect(meta.page).toEqual({ number, size: 2, total: 4 });
        seen.push(...data.map(({ name }) => name));
      }
      expect(seen.sort()).toEqual(['alpha', 'beta', 'delta', 'gamma']);
    });

    it('counts what the filter keeps', async () => {
      const answer = await list('?filter[labels.env]&page[size]=1');
      expect(answer.json<Listed>().meta.page).toEqual({ number: 1, size: 1, total: 3 });
    });

    it('leaves no audit row', async () => {
      const count = async () => world.db.query(`select id from audit_log where action not like '%.deny'`);
      const before = await count();
      await list();
      expect(await count()).toHaveLength(before.length);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['page[size]=0', 'page[size]', 'min'],
      ['page[size]=101', 'page[size]', 'max'],
      ['page[size]=1e1', 'page[size]', 'is_integer'],
      ['page[size]=-1', 'page[size]', 'is_integer'],
      ['page[size]=', 'page[size]', 'is_integer'],
      ['page[size]=1&page[size]=2', 'page[size]', 'is_string'],
      ['page[number]=0', 'page[number]', 'min'],
      ['page[number]=1000001', 'page[number]', 'max'],
      ['page[after]=x', 'page[after]', 'unknown_property'],
      ['limit=1', 'limit', 'unknown_property'],
      ['sort=', 'sort', 'enum'],
      ['sort=id', 'sort', 'enum'],
      ['sort=labels', 'sort', 'enum'],
      ['sort=name%20down', 'sort', 'enum'],
      ['sort=name%20asc%20desc', 'sort', 'enum'],
      ['sort=name;drop', 'sort', 'enum'],
      ['sort=constructor', 'sort', 'enum'],
      ['filter[org_id]=x', 'filter[org_id]', 'enum'],
      ['filter[constructor]=x', 'filter[constructor]', 'enum'],
      ['filter[labels]=x', 'filter[labels]', 'enum'],
      ['filter[labels.]=x', 'filter[labels.]', 'enum'],
      ['filter[name.x]=x', 'filter[name.x]', 'enum'],
      ['filter[name][gt]=x', 'filter[name][gt]', 'enum'],
      ['filter[name][toString]=x', 'filter[name][toString]', 'enum'],
      ['filter[name][eq][x]=x', 'filter[name][eq][x]', 'enum'],
      ['filter[id][contains]=x', 'filter[id][contains]', 'enum'],
      ['filter[id]=alpha', 'filter[id]', 'is_uuid'],
      ['filter[id][oeq]=alpha,beta', 'filter[id][oeq]', 'is_uuid'],
      ['filter[created_at][contains]=2020', 'filter[created_at][contains]', 'enum'],
      ['filter[created_at]=yesterday', 'filter[created_at]', 'is_date_time'],
      ['filter[created_at]=2025-02-30T00:00:00Z', 'filter[created_at]', 'is_date_time'],
      ['filter[created_at]=2025-01-01T00:00:00', 'filter[created_at]', 'is_date_time'],
      ['filter[created_at][gt]=2025-01-01T00:00:00%2B20:00', 'filter[created_at][gt]', 'is_date_time'],
    ])('%s names the parameter and the rule', async (query, field, rule) => {
      const answer = await list(`?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field, rule, source: 'query', reason: expect.stringMatching(/.{10}/) as string }),
      ]);
    });

    it('refuses more than 20 filters', async () => {
      const filter = 'filter[labels.';
      const query = Array.from({ length: 21 }, (_, index) => `${filter}l${index}]=x`).join('&');
      const answer = await list(`?${query}`);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field: 'filter', rule: 'max_items', maximum: 20 }),
      ]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 with WWW-Authenticate, public registries or not', async () => {
      const answer = await world.call('GET', '/v0/registries');
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="portolan"');
    });
  });

  describe('requires the permission', () => {
    it('shows nothing, and counts nothing, to somebody without a role', async () => {
      const answer = await list('', await world.aUser(world.acme));
      expect(answer.json()).toEqual({ data: [], meta: { page: { number: 1, size: 10, total: 0 } } });
    });

    it('shows and counts only the registries on which the caller has a role', async () => {
      const viewer = await world.aSystemAccount(world.acme, [
        { role: 'Viewer', on: ids.alpha ?? '' },
        { role: 'Admin', on: ids.gamma ?? '' },
      ]);
      const answer = await list('?page[size]=1', viewer);
      const { data, meta } = answer.json<Listed>();
      expect(data.map(({ name }) => name)).toEqual(['gamma']);
      expect(meta.page.total).toBe(2);
      expect(await names(`?filter[id][oeq]=${ids.beta ?? ''},${ids.alpha ?? ''}`, viewer)).toEqual(['alpha']);
    });

    it('shows all to every role on all of them', async () => {
      for (const role of ['Admin', 'Creator', 'Publisher', 'Viewer'] as const)
        expect(await names('', await world.aSystemAccount(world.acme, [{ role, on: '*' }]))).toHaveLength(4);
    });
  });

  describe('hides other organizations', () => {
    it('shows neither the private nor the public registries of the other one', async () => {
      const { data } = (await list('?page[size]=100')).json<Listed>();
      const foreign = Object.entries(ids).filter(([name]) => name.startsWith('globex'));
      for (const [, id] of foreign) expect(data.map((one) => one.id)).not.toContain(id);
    });

    it('finds nothing by the id of a foreign registry', async () => {
      const answer = await list(`?filter[id]=${ids['globex alpha'] ?? ''}`);
      expect(answer.json<Listed>().meta.page.total).toBe(0);
    });

    it('shows nothing for a role on a foreign registry', async () => {
      const account = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: ids['globex beta'] ?? '' }]);
      expect(await names('', account)).toEqual([]);
      await world.publish(world.globex, 'beta', aServer());
      const read = await world.call('GET', `/registries/${ids['globex beta'] ?? ''}/v0.1/servers`, { token: account });
      expect(read.status).toBe(404);
    });
  });
});
