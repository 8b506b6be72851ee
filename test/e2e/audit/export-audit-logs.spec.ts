import { aServer, aWorld, type World } from '../../support/world';

interface Row {
  readonly id: string;
  readonly action: string;
  readonly [key: string]: unknown;
}

const PATH = '/v0/audit-logs/export';

describe('export-audit-logs: GET /v0/audit-logs/export', () => {
  let world: World;

  const get = (query = '', token = world.acme.admin) => world.call('GET', `${PATH}${query}`, { token });
  const lines = (text: string) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
  const list = async (query: string, token = world.acme.admin) =>
    (await world.call('GET', `/v0/audit-logs?page[size]=1000${query}`, { token })).json<{ data: readonly Row[] }>()
      .data;
  const exports = async (orgId = world.acme.id) =>
    world.db.query<{ kind: string; after: unknown }>(
      `select kind, after from audit_log where org_id = $1 and action = 'audit_log.export' order by occurred_at desc`,
      [orgId],
    );

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_EXPORT: '1000/1000' });
    for (const organization of [world.acme, world.globex]) {
      await world.aRegistry(organization, 'tools');
      await world.publish(organization, 'tools', aServer());
    }
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('gives every row as a line of JSON, newest first, as the list does', async () => {
      const wanted = await list('');
      const answer = await get();
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/x-ndjson',
        'content-disposition': expect.stringMatching(/^attachment; filename="audit-logs-[\dT-]+\.ndjson"$/) as string,
        'cache-control': 'no-store',
      });
      expect(lines(answer.text)).toEqual(wanted);
    });

    it('gives CSV with a header line, and before and after as JSON', async () => {
      const wanted = await list('&filter[action]=registry.create');
      const answer = await get('?format=csv&filter[action]=registry.create');
      expect(answer.headers).toMatchObject({
        'content-type': 'text/csv; charset=utf-8; header=present',
        'content-disposition': expect.stringMatching(/\.csv"$/) as string,
      });
      const [head = '', row = '', ...rest] = answer.text.split('\r\n');
      expect(head).toMatch(/^id,occurred_at,sequence,hash,kind,action,result,reason,principal_type,.*,before,after$/);
      expect(rest).toEqual(['']);
      const cells = csvCells(row);
      expect(cells).toHaveLength(head.split(',').length);
      expect([cells[0], cells[4], JSON.parse(cells.at(-1) ?? '')]).toEqual([wanted[0]?.id, 'change', wanted[0]?.after]);
    });

    it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('makes no formula of %j', async (text) => {
      const org = await world.anOrganization(`formula-${Buffer.from(text).toString('hex')}`);
      await world.db.query(
        `insert into audit_log (org_id, id, kind, action, result, principal_type, request_id, user_agent)
         values ($1, gen_random_uuid(), 'access', 'registry.read', 'success', 'system', 'x', $2)`,
        [org.id, text],
      );
      const [, row = ''] = (await get('?format=csv&filter[kind]=access', org.admin)).text.split('\r\n');
      const cell = csvCells(row).find((one) => one.endsWith(text));
      expect(cell).toBe(`'${text}`);
    });

    it('applies the filters of the list', async () => {
      const wanted = await list('&filter[kind]=change&filter[registry]=tools');
      expect(wanted.length).toBeGreaterThan(1);
      expect(lines((await get('?filter[kind]=change&filter[registry]=tools')).text)).toEqual(wanted);
      expect((await get('?filter[target]=nothing')).text).toBe('');
    });

    it('gives every row of a long trail once, whatever the filter leaves of a page', async () => {
      const org = await world.anOrganization('long');
      await world.db.query(
        `insert into audit_log (org_id, id, occurred_at, kind, action, result, principal_type, request_id)
         select $1, gen_random_uuid(), now() - make_interval(secs => n / 1000), 'access', 'registry.read', 'success',
                'system', case when n % 11000 = 0 then 'wanted' else 'other' end
         from generate_series(1, 25000) n`,
        [org.id],
      );
      const seen = lines((await get('?filter[action]=registry.read', org.admin)).text);
      expect(seen).toHaveLength(25_000);
      expect(new Set(seen.map(({ id }) => id)).size).toBe(25_000);
      expect(lines((await get('?filter[request_id]=wanted', org.admin)).text)).toHaveLength(2);
    });

    it('writes itself down once, with its filters, and with no name in them', async () => {
      const before = (await exports()).length;
      await get('?format=csv&filter[principal]=admin@acme.invalid&filter[kind]=change');
      const found = await exports();
      expect(found).toHaveLength(before + 1);
      const { id } = (await list('&filter[action]=registry.create'))[0]?.principal as { id: string };
      expect(found[0]).toEqual({
        kind: 'access',
        after: {
          format: 'csv',
          filters: [
            { field: 'principal_id', operator: 'oeq', values: [id] },
            { field: 'kind', operator: 'eq', values: ['change'] },
          ],
        },
      });
      await get('?filter[principal]=somebody@forgotten.example');
      expect(JSON.stringify(await exports())).not.toContain('forgotten');
    });

    it('answers HEAD without reading or writing anything down', async () => {
      const before = (await exports()).length;
      const answer = await world.call('HEAD', PATH, { token: world.acme.admin });
      expect([answer.status, answer.text]).toEqual([200, '']);
      expect(await exports()).toHaveLength(before);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['?format=xml', 'format', 'enum'],
      ['?format=', 'format', 'enum'],
      ['?filter[kind]=x', 'filter[kind]', 'enum'],
      ['?filter[registry]=nowhere', 'filter[registry]', 'exists'],
      ['?page[size]=1', 'page[size]', 'unknown_property'],
      ['?page[after]=x', 'page[after]', 'unknown_property'],
    ])('%s names the parameter and the rule, and is no export', async (query, field, rule) => {
      const before = (await exports()).length;
      const answer = await get(query);
      expect(answer.status).toBe(400);
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(answer.headers['content-disposition']).toBeUndefined();
      expect(answer.json()).toMatchObject({ invalid_parameters: [{ field, rule, source: 'query' }] });
      expect(await exports()).toHaveLength(before);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401', async () => {
      expect((await world.call('GET', PATH)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it.each(['Admin', 'Creator', 'Publisher', 'Viewer'] as const)(
      'answers 403 to a %s of every registry',
      async (role) => {
        const account = await world.aSystemAccount(world.acme, [{ role, on: '*' }]);
        expect((await get('', account)).status).toBe(403);
      },
    );
  });

  describe('hides other organizations', () => {
    it('gives each organization its own rows only', async () => {
      for (const { id, admin } of [world.acme, world.globex]) {
        const own = await world.db.query<{ id: string }>('select id from audit_log where org_id = $1', [id]);
        const seen = lines((await get('', admin)).text).map((row) => row.id);
        expect(seen.sort()).toEqual(own.map((row) => row.id).sort());
      }
    });

    it('finds no registry and nobody of another organization', async () => {
      await world.aRegistry(world.globex, 'theirs');
      expect((await get('?filter[registry]=theirs')).status).toBe(400);
      expect((await get('?filter[principal]=admin@globex.invalid')).text).toBe('');
    });
  });
});

/** The cells of one line, none of which holds a line break. */
function csvCells(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );
}
