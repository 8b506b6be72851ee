import { aServer, aWorld, type World } from '../../support/world';

interface Row {
  readonly id: string;
  readonly occurred_at: string;
  readonly action: string;
  readonly result: string;
  readonly principal: { readonly type: string; readonly id: string | null; readonly name: string };
  readonly target: { readonly type: string; readonly id: string | null; readonly name: string | null };
  readonly [key: string]: unknown;
}

interface Page {
  readonly data: readonly Row[];
  readonly meta: { readonly page: { readonly size: number; readonly next: string | null } };
}

const position = (text: string) => Buffer.from(text).toString('base64url');
const ID = '00000000-0000-7000-8000-000000000000';

describe('list-audit-logs: GET /v0/audit-logs', () => {
  let world: World;

  const list = (query = '', token = world.acme.admin) => world.call('GET', `/v0/audit-logs${query}`, { token });
  const rows = async (query = '', token?: string) => (await list(query, token)).json<Page>().data;
  const walk = async (size: number, between: () => Promise<unknown> = () => Promise.resolve()) => {
    const seen: Row[] = [];
    for (let path: string | null = `/v0/audit-logs?page[size]=${size}`; path !== null;) {
      const { data, meta }: Page = (await world.call('GET', path, { token: world.acme.admin })).json<Page>();
      expect(data.length).toBeLessThanOrEqual(size);
      expect(meta.page.size).toBe(size);
      seen.push(...data);
      path = meta.page.next;
      await between();
    }
    return seen;
  };

  beforeAll(async () => {
    world = await aWorld();
    for (const organization of [world.acme, world.globex]) await world.aRegistry(organization, 'tools');
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with what happened, newest first', async () => {
      const answer = await list();
      expect(answer.status).toBe(200);
      const { data, meta } = answer.json<Page>();
      expect(meta).toEqual({ page: { size: 20, next: null } });
      expect(data.map(({ action }) => action)).toEqual(['registry.create', 'organization.create']);
      expect(data.map(({ occurred_at }) => occurred_at)).toEqual(
        data
          .map(({ occurred_at }) => occurred_at)
          .sort()
          .reverse(),
      );
    });

    it('says who, from where, with which credential, what and by which request', async () => {
      const chosen = 'ab'.repeat(16);
      const created = await world.call('POST', '/v0/registries', {
        token: world.acme.admin,
        headers: {
          traceparent: `00-${chosen}-${'1'.repeat(16)}-01`,
          'user-agent': 'curl/8',
          'x-forwarded-for': '1.2.3.4',
        },
        body: { name: 'traced' },
      });
      const [row] = await rows('?page[size]=1');
      expect(row).toEqual({
        id: expect.any(String) as string,
        occurred_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        kind: 'change',
        action: 'registry.create',
        result: 'success',
        reason: null,
        principal: { type: 'user', id: expect.any(String) as string, name: 'admin@acme.invalid' },
        token_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        // The server's own: nobody chooses under what id he stands here.
        trace_id: created.headers['x-request-id'],
        address: '127.0.0.1',
        user_agent: 'curl/8',
        target: { type: 'registry', id: row?.registry_id, name: 'traced' },
        registry_id: expect.any(String) as string,
        before: null,
        after: expect.objectContaining({ name: 'traced', visibility: 'private' }) as object,
      });
    });

    it('has exactly one row for every change, in the order in which they happened', async () => {
      const registry = await world.aRegistry(world.acme, 'changing');
      const token = world.acme.admin;
      const version = `/registries/${registry}/v0.1/servers/com.example%2Fweather/versions/1.0.0`;
      const steps: readonly [string, string, unknown?][] = [
        ['POST', `/registries/${registry}/v0.1/publish`, aServer()],
        ['PUT', version, aServer({ description: 'Tells more' })],
        ['PATCH', `${version}/status`, { status: 'deprecated' }],
        ['PATCH', `/registries/${registry}/v0.1/servers/com.example%2Fweather/status`, { status: 'active' }],
        ['DELETE', version],
        ['PATCH', `/v0/registries/${registry}`, { description: 'x' }],
        ['DELETE', `/v0/registries/${registry}?force=true`],
      ];
      for (const [method, path, body] of steps) {
        const { status } = await world.call(method, path, { token, ...(body === undefined ? {} : { body }) });
        expect([method, path, Math.floor(status / 100)]).toEqual([method, path, 2]);
      }
      const found = (await rows('?page[size]=100')).filter(({ registry_id }) => registry_id === registry);
      expect(found.map(({ action }) => action).reverse()).toEqual([
        'registry.create',
        'server.version.publish',
        'server.version.edit',
        'server.version.status',
        'server.status',
        'server.version.delete',
        'registry.update',
        'registry.delete',
      ]);
      for (const { action, before, after } of found) {
        expect(before !== null).toBe(!/create|publish/.test(action));
        expect(after !== null).toBe(action !== 'registry.delete');
      }
    });

    it('has no row for a change that failed', async () => {
      const before = (await rows('?page[size]=1000')).length;
      const refused = await world.call('POST', '/v0/registries', { token: world.acme.admin, body: { name: 'tools' } });
      expect(refused.status).toBe(409);
      const invalid = { token: world.acme.admin, body: { visibility: 'x' } };
      expect((await world.call('PATCH', '/v0/registries/tools', invalid)).status).toBe(400);
      expect(await rows('?page[size]=1000')).toHaveLength(before);
    });

    it('holds no secret', async () => {
      const tokens = [
        world.acme.admin,
        await world.aUser(world.acme, { expired: true }),
        await world.aUser(world.acme, { revoked: true }),
        await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: '*' }]),
      ];
      for (const token of tokens) {
        await world.call('GET', '/v0/registries/tools', { token });
        await world.call('DELETE', '/v0/registries/tools', { token: `${token.slice(0, -7)}x${token.slice(-6)}` });
        await world.call('PATCH', '/v0/registries/tools', { token, body: { description: 'changed' } });
      }
      const hashes = await world.db.query<{ hash: string }>(`select encode(hash, 'hex') as hash from access_token`);
      const { text } = await list('?page[size]=1000');
      for (const secret of [...tokens.map((token) => token.slice(21, 45)), ...hashes.map(({ hash }) => hash)])
        expect(text).not.toContain(secret);
      expect(text).not.toMatch(/ptl_(pat|sat)_|bearer/i);
    });

    it.each([1, 2, 3, 7, 1000])('gives every row exactly once in pages of %d', async (size) => {
      const all = await world.db.query<{ id: string }>(
        `select id from audit_log where org_id = $1 order by occurred_at desc, id desc`,
        [world.acme.id],
      );
      expect((await walk(size)).map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    });

    it('gives rows of the same microsecond once, too', async () => {
      await world.db.query(`update audit_log set occurred_at = '2026-01-01T00:00:00.123456Z'`);
      const seen = (await walk(2)).map(({ id }) => id);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toHaveLength((await rows('?page[size]=1000')).length);
    });

    it('is not disturbed by rows that arrive during the walk', async () => {
      const before = (await rows('?page[size]=1000')).map(({ id }) => id);
      let number = 0;
      const seen = await walk(4, () => world.aRegistry(world.acme, `arriving-${(number += 1)}`));
      expect(seen.map(({ id }) => id)).toEqual(before);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['page[size]=0', 'page[size]', 'min'],
      ['page[size]=1001', 'page[size]', 'max'],
      ['page[size]=x', 'page[size]', 'is_integer'],
      ['page[number]=2', 'page[number]', 'unknown_property'],
      ['filter[kind]=change', 'filter[kind]', 'unknown_property'],
      ['page[after]=', 'page[after]', 'invalid'],
      ['page[after]=x', 'page[after]', 'invalid'],
      [`page[after]=${ID}`, 'page[after]', 'invalid'],
      [`page[after]=${position(`2025-02-30T00:00:00.000000Z_${ID}`)}`, 'page[after]', 'invalid'],
      [`page[after]=${position(`0000-01-01T00:00:00.000000Z_${ID}`)}`, 'page[after]', 'invalid'],
      [`page[after]=${position(`2025-01-01T00:00:00.000000Z_${'-'.repeat(36)}`)}`, 'page[after]', 'invalid'],
      [`page[after]=${position(`2025-01-01T00:00:00.000000Z_${ID}' or 1=1`)}`, 'page[after]', 'invalid'],
    ])('%s names the parameter and the rule', async (query, field, rule) => {
      const answer = await list(`?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field, rule, source: 'query' }),
      ]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401', async () => {
      expect((await world.call('GET', '/v0/audit-logs')).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it.each(['Admin', 'Creator', 'Publisher', 'Viewer'] as const)(
      'answers 403 to a %s of every registry',
      async (role) => {
        const account = await world.aSystemAccount(world.acme, [{ role, on: '*' }]);
        expect((await list('', account)).status).toBe(403);
        const [row] = (await rows('?page[size]=1000')).filter(({ reason }) => reason === 'audit_log:list');
        expect(row).toMatchObject({
          action: 'permission.deny',
          result: 'denied',
          principal: { type: 'system_account' },
        });
      },
    );
  });

  describe('hides other organizations', () => {
    it('shows each organization its own rows only', async () => {
      const rowsOf = (orgId: string) =>
        world.db.query<{ id: string }>(`select id from audit_log where org_id = $1`, [orgId]);
      for (const organization of [world.acme, world.globex]) {
        const seen = (await rows('?page[size]=1000', organization.admin)).map(({ id }) => id).sort();
        expect(seen).toEqual((await rowsOf(organization.id)).map(({ id }) => id).sort());
      }
    });

    it('reads a position of the other organization as a moment and no more', async () => {
      const foreign = (await list('?page[size]=1', world.globex.admin)).json<Page>().meta.page.next;
      const answer = await world.call('GET', String(foreign), { token: world.acme.admin });
      expect(answer.status).toBe(200);
      const own = new Set((await rows('?page[size]=1000')).map(({ id }) => id));
      for (const { id } of answer.json<Page>().data) expect(own.has(id)).toBe(true);
    });

    it('writes a reach into another organization down in the own one', async () => {
      const foreign = await world.aRegistry(world.globex, 'secret-name');
      await world.call('GET', `/v0/registries/${foreign}`, { token: world.acme.admin });
      const [row] = await rows('?page[size]=1');
      expect(row).toMatchObject({ action: 'permission.deny', registry_id: null });
      expect((await list('?page[size]=1000')).text).not.toContain('secret-name');
      const theirs = await rows('?page[size]=1000', world.globex.admin);
      expect(theirs.filter(({ action }) => action === 'permission.deny')).toEqual([]);
    });
  });
});
