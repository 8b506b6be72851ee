import { aServer, aWorld, type World } from '../../support/world';

const MISSING = '00000000-0000-7000-8000-000000000000';

interface Page {
  readonly data: readonly {
    readonly id: string;
    readonly action: string;
    readonly result: string;
    readonly registry_id: string | null;
    readonly principal: { readonly name: string | null };
  }[];
  readonly meta: { readonly page: { readonly size: number; readonly next: string | null } };
}

describe('list-registry-audit-logs: GET /v0/registries/{registryIdentifier}/audit-logs', () => {
  let world: World;
  let id: string;
  let sibling: string;
  let foreign: string;

  const list = (query = '', registry = id, token: string | null = world.acme.admin) =>
    world.call('GET', `/v0/registries/${registry}/audit-logs${query}`, token === null ? {} : { token });
  const actions = async (query = '') => (await list(query)).json<Page>().data.map(({ action }) => action);

  beforeAll(async () => {
    world = await aWorld();
    const { acme, globex } = world;
    id = await world.aRegistry(acme, 'tools');
    sibling = await world.aRegistry(acme, 'sibling');
    foreign = await world.aRegistry(globex, 'tools');
    const viewer = await world.aSystemAccount(acme, [{ role: 'Viewer', on: '*' }]);
    for (const registry of [id, sibling]) {
      await world.publish(acme, registry, aServer());
      await world.call('PATCH', `/v0/registries/${registry}`, { token: viewer, body: { description: 'x' } });
    }
    await world.publish(globex, foreign, aServer());
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('gives what happened in the registry and nothing else, newest first, as the trail of the organization tells it', async () => {
      const answer = await list();
      expect(answer.status).toBe(200);
      const { data, meta } = answer.json<Page>();
      expect(data.map(({ action, result }) => [action, result])).toEqual([
        ['permission.deny', 'denied'],
        ['server.version.publish', 'success'],
        ['registry.create', 'success'],
      ]);
      expect(meta).toEqual({ page: { size: 20, next: null } });
      const whole = await world.call('GET', `/v0/audit-logs?filter[registry]=${id}`, { token: world.acme.admin });
      expect(data).toEqual(whole.json<Page>().data);
    });

    it('answers by the name of the registry and at the alias', async () => {
      const byId = (await list()).text;
      expect((await list('', 'tools')).text).toBe(byId);
      const alias = await world.call('GET', `/v0/mcp-registries/${id}/audit-logs`, { token: world.acme.admin });
      expect(alias.text).toBe(byId);
    });

    it.each([
      ['?filter[result]=denied', ['permission.deny']],
      ['?filter[action][oeq]=registry.create,registry.update', ['registry.create']],
      ['?filter[kind]=change', ['server.version.publish', 'registry.create']],
      ['?filter[principal]=admin@acme.invalid', ['server.version.publish', 'registry.create']],
      ['?filter[target]=com.example/weather@1.0.0', ['server.version.publish']],
      ['?filter[kind]=access', []],
      ['?page[size]=2', ['permission.deny', 'server.version.publish']],
    ])('filters and pages: %s', async (query, expected) => {
      expect(await actions(query)).toEqual(expected);
    });

    it('gives every row once on pages of one, with filters', async () => {
      const seen: string[] = [];
      for (
        let path: string | null = `/v0/registries/tools/audit-logs?page[size]=1&filter[kind]=change`;
        path !== null;
      ) {
        const { data, meta }: Page = (await world.call('GET', path, { token: world.acme.admin })).json<Page>();
        seen.push(...data.map(({ action }) => action));
        path = meta.page.next;
      }
      expect(seen).toEqual(['server.version.publish', 'registry.create']);
    });

    describe('tells nothing of what is outside the registry', () => {
      const ROWS = 10_500;
      const PERSON = '11111111-1111-4111-8111-111111111111';
      let long: string;

      interface Seen {
        readonly data: readonly { readonly id: string; readonly principal: { readonly name: string | null } }[];
        /** Where the page ended, without the mark of its filters. */
        readonly end: string | null;
      }

      const seen = async (query: string, after = ''): Promise<Seen> => {
        const answer = await list(`?${query}${after}`, long);
        expect(answer.status).toBe(200);
        const { data, meta } = answer.json<Page>();
        const position = /page\[after\]=([\w-]+)/.exec(meta.page.next ?? '')?.[1];
        return {
          data,
          end: position === undefined ? null : Buffer.from(position, 'base64url').toString().slice(0, 64),
        };
      };
      const nextOf = async (query: string) => {
        const { next } = (await list(`?${query}`, long)).json<Page>().meta.page;
        return `&${/page\[after\]=[\w-]+/.exec(next ?? '')?.[0] ?? ''}`;
      };

      beforeAll(async () => {
        long = await world.aRegistry(world.acme, 'long');
        const fill = (registry: string, target: string, count: number, rest: string) =>
          world.db.query(
            `insert into audit_log (org_id, id, occurred_at, kind, action, result, principal_type, principal_name,
                                  principal_id, request_id, target_id, registry_id)
           select $1, gen_random_uuid(), now() - make_interval(secs => n / 1000.0), 'change', 'registry.update',
                  'success', ${rest}, n, $2, $3 from generate_series(1, $4::integer) n`,
            [world.acme.id, target, registry, count],
          );
        await fill(long, 'inside', ROWS, `'system', 'ci', null`);
        await fill(sibling, 'outside', 50, `'user', null, '${PERSON}'`);
        await world.db.query(
          `insert into audit_person (org_id, id, name, salt)
         values ($1, $2, 'elsewhere@example.com', uuid_send(gen_random_uuid()))`,
          [world.acme.id, PERSON],
        );
        // A person elsewhere has the name of what is no person here.
        await world.db.query(
          `insert into audit_person (org_id, id, name, salt)
         select $1, gen_random_uuid(), name, uuid_send(gen_random_uuid())
         from unnest(array['ci', 'ci'] || array_fill('many@example.com'::text, array[150])) name`,
          [world.acme.id],
        );
      });

      it.each([
        ['a person with rows elsewhere only', 'filter[principal]=elsewhere@example.com', 'filter[principal]=nobody'],
        ['a name of many people', 'filter[principal]=many@example.com', 'filter[principal]=nobody'],
        ['the id of a person', `filter[principal]=${PERSON}`, `filter[principal]=${MISSING}`],
        ['a target with rows elsewhere only', 'filter[target]=outside', 'filter[target]=nothing'],
      ])('answers %s like nobody, on each page', async (_, there, nowhere) => {
        const first = await seen(there);
        expect(first).toEqual(await seen(nowhere));
        expect(first.data).toEqual([]);
        const second = await seen(there, await nextOf(there));
        expect(second).toEqual(await seen(nowhere, await nextOf(nowhere)));
        expect(second).toEqual({ data: [], end: null });
      });

      it('names in a position a row of the registry', async () => {
        for (const query of ['filter[target]=outside', 'filter[principal]=elsewhere@example.com', 'page[size]=1']) {
          const [at, row] = (await seen(query)).end?.split('_') ?? [];
          const found = await world.db.query(
            `select from audit_log where id = $1 and rfc3339(occurred_at) = $2 and registry_id = $3`,
            [row, at, long],
          );
          expect(found).toHaveLength(1);
        }
      });

      it('gives the rows of what is no person also when a person elsewhere has its name', async () => {
        const { data } = await seen('filter[principal]=ci');
        expect(data).toHaveLength(20);
        expect(new Set(data.map(({ principal }) => principal.name))).toEqual(new Set(['ci']));
      });
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['?page[size]=1001', 'page[size]', 'max'],
      ['?page[after]=x', 'page[after]', 'invalid'],
      ['?filter[registry]=sibling', 'filter[registry]', 'enum'],
      ['?filter[kind]=x', 'filter[kind]', 'enum'],
      ['?filter[occurred_at][lt]=now', 'filter[occurred_at][lt]', 'is_date_time'],
      ['?format=csv', 'format', 'unknown_property'],
    ])('%s names the parameter and the rule', async (query, field, rule) => {
      const answer = await list(query);
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({ invalid_parameters: [{ field, rule, source: 'query' }] });
    });

    it('refuses a position of another registry', async () => {
      const { next } = (await list('?page[size]=1')).json<Page>().meta.page;
      const answer = await list(String(next).slice(String(next).indexOf('?')), sibling);
      expect(answer.json()).toMatchObject({ invalid_parameters: [{ field: 'page[after]', rule: 'invalid' }] });
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
      ['Creator', 403],
      ['Publisher', 403],
      ['Viewer', 403],
    ] as const)('answers %s of the registry %d', async (role, status) => {
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await list('', id, token)).status).toBe(status);
    });

    it('lets an Admin of one registry see neither another registry nor the whole trail', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: id }]);
      expect((await list('', sibling, token)).status).toBe(404);
      expect((await world.call('GET', '/v0/audit-logs', { token })).status).toBe(403);
      expect((await world.call('GET', '/v0/audit-logs/export', { token })).status).toBe(403);
      const seen = (await list('', id, token)).json<Page>().data;
      expect(new Set(seen.map(({ registry_id: of }) => of))).toEqual(new Set([id]));
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

    it('finds nothing of another organization by a filter', async () => {
      expect(await actions('?filter[principal]=admin@globex.invalid')).toEqual([]);
    });
  });
});
