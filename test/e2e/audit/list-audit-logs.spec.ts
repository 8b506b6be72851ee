import { SealRows, SigningKeys } from '@portolan/audit';
import { aServer, aWorld, type World } from '../../support/world';

interface Row {
  readonly id: string;
  readonly occurred_at: string;
  readonly kind: string;
  readonly credential_id: string | null;
  readonly registry_id: string | null;
  readonly request_id: string;
  readonly action: string;
  readonly result: string;
  readonly principal: { readonly type: string; readonly id: string | null; readonly name: string | null };
  readonly target: { readonly type: string; readonly id: string | null; readonly name: string | null };
  readonly [key: string]: unknown;
}

interface Page {
  readonly data: readonly Row[];
  readonly meta: { readonly page: { readonly size: number; readonly next: string | null } };
}

const position = (text: string) => Buffer.from(`${text}_AAAAAAAAAAA`).toString('base64url');
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
        sequence: null,
        hash: null,
        kind: 'change',
        action: 'registry.create',
        result: 'success',
        reason: null,
        principal: { type: 'user', id: expect.any(String) as string, name: 'admin@acme.invalid' },
        on_behalf_of: null,
        credential_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        // The server's own: nobody chooses under what id he stands here.
        request_id: created.headers['x-request-id'],
        trace_id: chosen,
        address: '127.0.0.1',
        user_agent: 'curl/8',
        target: { type: 'registry', id: row?.registry_id, name: 'traced', parent: null },
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
      for (const table of ['audit_log', 'audit_unsealed'])
        await world.db.query(
          `update ${table} set occurred_at = date_trunc('month', now()) + interval '123456 microseconds'`,
        );
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

    describe('with filters', () => {
      let all: readonly Row[];
      let viewer: string;

      beforeAll(async () => {
        viewer = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: '*' }]);
        await world.publish(world.acme, 'tools', aServer());
        await world.call('PATCH', '/v0/registries/tools', { token: viewer, body: { description: 'x' } });
        all = await rows('?page[size]=1000');
      });

      const some = (action: string) => {
        const row = all.find((one) => one.action === action);
        if (!row) throw new Error(`there is no ${action}`);
        return row;
      };
      const cases: readonly [string, () => string, (row: Row) => boolean][] = [
        ['kind', () => 'filter[kind]=authorization', ({ kind }) => kind === 'authorization'],
        ['action', () => 'filter[action]=registry.create', ({ action }) => action === 'registry.create'],
        [
          'one of several actions',
          () => 'filter[action][oeq]=registry.create,server.version.publish,registry.create',
          ({ action }) => ['registry.create', 'server.version.publish'].includes(action),
        ],
        ['what was denied', () => 'filter[result]=denied', ({ result }) => result === 'denied'],
        ['what succeeded', () => 'filter[result]=success', ({ result }) => result === 'success'],
        [
          'the id of a principal',
          () => `filter[principal]=${some('permission.deny').principal.id ?? ''}`,
          ({ principal }) => principal.id === some('permission.deny').principal.id,
        ],
        [
          'the address of a user',
          () => 'filter[principal]=ADMIN@acme.invalid',
          ({ principal }) => principal.name === 'admin@acme.invalid',
        ],
        [
          'the name of who is no user',
          () => `filter[principal]=${encodeURIComponent(some('permission.deny').principal.name ?? '')}`,
          ({ principal }) => principal.name === some('permission.deny').principal.name,
        ],
        [
          'a credential',
          () => `filter[credential_id]=${some('permission.deny').credential_id?.toUpperCase() ?? ''}`,
          ({ credential_id: id }) => id === some('permission.deny').credential_id,
        ],
        [
          'a version',
          () => 'filter[target]=com.example%2Fweather@1.0.0',
          ({ target }) => target.id === 'com.example/weather@1.0.0',
        ],
        [
          'the name of a registry',
          () => 'filter[registry]=tools',
          ({ registry_id: id }) => id === some('server.version.publish').registry_id,
        ],
        [
          'the id of a registry',
          () => `filter[registry]=${some('server.version.publish').registry_id ?? ''}`,
          ({ registry_id: id }) => id === some('server.version.publish').registry_id,
        ],
        [
          'a request',
          () => `filter[request_id]=${some('registry.create').request_id}`,
          ({ request_id: id }) => id === some('registry.create').request_id,
        ],
        [
          'times without the bounds',
          () =>
            `filter[occurred_at][gt]=${all.at(-2)?.occurred_at ?? ''}&filter[occurred_at][lt]=${all[1]?.occurred_at ?? ''}`,
          ({ occurred_at: at }) => at > (all.at(-2)?.occurred_at ?? '') && at < (all[1]?.occurred_at ?? ''),
        ],
        [
          'times with the bounds',
          () =>
            `filter[occurred_at][gte]=${all.at(-2)?.occurred_at ?? ''}&filter[occurred_at][lte]=${all[1]?.occurred_at ?? ''}`,
          ({ occurred_at: at }) => at >= (all.at(-2)?.occurred_at ?? '') && at <= (all[1]?.occurred_at ?? ''),
        ],
        [
          'several at once',
          () =>
            'filter[kind]=authorization&filter[result]=denied&filter[registry]=tools&filter[action]=permission.deny',
          ({ kind, registry_id: id }) => kind === 'authorization' && id === some('server.version.publish').registry_id,
        ],
        ['what never was', () => 'filter[target]=com.example%2Fnothing', () => false],
      ];

      it.each(cases)('gives the rows of %s and no other, on one page and on many', async (_, query, matches) => {
        const wanted = all.filter(matches).map(({ id }) => id);
        expect((await rows(`?page[size]=1000&${query()}`)).map(({ id }) => id)).toEqual(wanted);
        const seen: string[] = [];
        for (let path: string | null = `/v0/audit-logs?page[size]=1&${query()}`; path !== null;) {
          const { data, meta }: Page = (await world.call('GET', path, { token: world.acme.admin })).json<Page>();
          seen.push(...data.map(({ id }) => id));
          path = meta.page.next;
        }
        expect(seen).toEqual(wanted);
      });

      it('takes a bound finer than a microsecond for what it is', async () => {
        const at = some('server.version.publish').occurred_at;
        const finer = at.replace('Z', '001Z');
        const ids = async (query: string) => (await rows(`?page[size]=1000&${query}`)).map(({ id }) => id);
        expect(await ids(`filter[occurred_at][gte]=${finer}`)).toEqual(await ids(`filter[occurred_at][gt]=${at}`));
        expect(await ids(`filter[occurred_at][gt]=${finer}`)).toEqual(await ids(`filter[occurred_at][gt]=${at}`));
        expect(await ids(`filter[occurred_at][lt]=${finer}`)).toEqual(await ids(`filter[occurred_at][lte]=${at}`));
        expect(await ids(`filter[occurred_at][lte]=${finer}`)).toEqual(await ids(`filter[occurred_at][lte]=${at}`));
      });
    });

    it('tells the place of a sealed row in the chain', async () => {
      const signer = await world.app.get(SigningKeys).signer();
      await world.app.get(SealRows).execute(world.acme.id, signer, 3);
      const [third, second, first] = (await rows('?page[size]=1000')).slice(-3);
      expect([first, second, third].map((row) => row?.sequence)).toEqual([1, 2, 3]);
      const seals = await world.db.query<{ hash: string }>(
        `select encode(hash, 'hex') as hash from audit_seal where org_id = $1 order by sequence`,
        [world.acme.id],
      );
      expect([first, second, third].map((row) => row?.hash)).toEqual(seals.map(({ hash }) => hash));
    });

    it('tells it of a row that was sealed long after', async () => {
      await world.db.query(`select add_audit_partitions('audit_log', now() - interval '2 months')`);
      const moved = await world.db.query<{ audit_id: string }>(
        `with moved as (
           update audit_log a set occurred_at = now() - interval '40 days' from audit_seal s
           where s.org_id = $1 and s.sequence = 1 and s.audit_id = a.id and s.org_id = a.org_id
           returning a.org_id, a.id, a.occurred_at)
         update audit_seal s set occurred_at = m.occurred_at from moved m
         where s.org_id = m.org_id and s.audit_id = m.id returning s.audit_id`,
        [world.acme.id],
      );
      expect(moved).toHaveLength(1);
      const row = (await rows('?page[size]=1000')).at(-1);
      expect([row?.id, row?.sequence]).toEqual([moved[0]?.audit_id, 1]);
    });

    it('tells no place of a row that was put in with the id of one that is sealed', async () => {
      const [forged] = await world.db.query<{ id: string; at: string }>(
        `insert into audit_log (org_id, id, occurred_at, kind, action, result, principal_type, request_id)
         select org_id, audit_id, occurred_at + interval '1 second', 'change', 'team.delete', 'success', 'system', 'forged'
         from audit_seal where org_id = $1 and sequence = 2 returning id, rfc3339(occurred_at) as at`,
        [world.acme.id],
      );
      const alike = (await rows('?page[size]=1000')).filter(({ id }) => id === forged?.id);
      expect(alike.map((row) => [row.request_id === 'forged', row.sequence, row.hash === null])).toEqual([
        [true, null, true],
        [false, 2, false],
      ]);
      await world.db.query(`delete from audit_log where org_id = $1 and request_id = 'forged'`, [world.acme.id]);
    });

    it('looks through a long trail in bounded steps, each with its next', async () => {
      const org = await world.anOrganization('long');
      await world.db.query(
        `insert into audit_log (org_id, id, occurred_at, kind, action, result, principal_type, principal_name, request_id)
         select $1, gen_random_uuid(), now() - make_interval(secs => n / 1000.0), 'access', 'registry.read', 'success',
                'system', case n when 20500 then 'wanted' else 'other' end, n
         from generate_series(1, 20600) n`,
        [org.id],
      );
      const pages: Page[] = [];
      for (let path: string | null = '/v0/audit-logs?filter[principal]=wanted'; path !== null;) {
        const page: Page = (await world.call('GET', path, { token: org.admin })).json<Page>();
        pages.push(page);
        path = page.meta.page.next;
      }
      expect(pages.map(({ data }) => data.map(({ principal }) => principal.name))).toEqual([[], [], ['wanted']]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['page[size]=0', 'page[size]', 'min'],
      ['page[size]=1001', 'page[size]', 'max'],
      ['page[size]=x', 'page[size]', 'is_integer'],
      ['page[number]=2', 'page[number]', 'unknown_property'],
      ['filter[kind]=x', 'filter[kind]', 'enum'],
      ['filter[kind]=', 'filter[kind]', 'enum'],
      ['filter[action]=server.version', 'filter[action]', 'enum'],
      ['filter[action][oeq]=registry.create,x', 'filter[action][oeq]', 'enum'],
      ['filter[action][contains]=registry', 'filter[action][contains]', 'enum'],
      ['filter[result]=refused', 'filter[result]', 'enum'],
      ['filter[credential_id]=x', 'filter[credential_id]', 'is_uuid'],
      ['filter[occurred_at]=2025-01-01T00:00:00Z', 'filter[occurred_at]', 'enum'],
      ['filter[occurred_at][gte]=yesterday', 'filter[occurred_at][gte]', 'is_date_time'],
      ['filter[target][neq]=x', 'filter[target][neq]', 'enum'],
      ['filter[registry]=nowhere', 'filter[registry]', 'exists'],
      ['filter[reason]=x', 'filter[reason]', 'enum'],
      ['filter[kind]=access&filter[kind]=change', 'filter[kind]', 'is_string'],
      ['sort=occurred_at', 'sort', 'unknown_property'],
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

    it.each([
      ['filter[kind]=authorization', 'filter[kind]=access'],
      ['filter[kind]=change', ''],
      ['', 'filter[kind]=change'],
      ['filter[action][oeq]=registry.create,organization.create', 'filter[action]=registry.create'],
    ])('refuses a position of a list with %j in a list with %j', async (given, used) => {
      for (let i = 0; i < 2; i += 1) await list('', await world.aSystemAccount(world.acme));
      const next = (await list(`?page[size]=1${given === '' ? '' : `&${given}`}`)).json<Page>().meta.page.next ?? '';
      const after = /page\[after\]=([\w-]+)/.exec(next)?.[1] ?? '';
      const answer = await list(`?${used === '' ? '' : `${used}&`}page[after]=${after}`);
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({ invalid_parameters: [{ field: 'page[after]', rule: 'invalid' }] });
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
