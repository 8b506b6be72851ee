import { listServersSql } from '@portolan/catalogue';
import { OrgDb, sql, toSql } from '@portolan/db';
import { systemCtx } from '@portolan/kernel';
import { Client } from 'pg';
import { vacuum } from '../support/vacuum';
import { aWorld, type World } from '../support/world';

const VERSIONS = 100_000;
const FOREIGN_VERSIONS = 20_000;
const DOCUMENTS = 200;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly Plans?: readonly Plan[];
}

type Request = Parameters<typeof listServersSql>[0];

const NO_FILTERS = { search: null, version: null, updatedSince: null, includeDeleted: null };

describe('Plans of the hot reads on 100,000 versions', () => {
  let world: World;
  let app: Client;
  let owner: Client;
  let registryId: string;

  beforeAll(async () => {
    world = await aWorld();
    registryId = await world.aRegistry(world.acme, 'tools');
    const foreign = await world.aRegistry(world.globex, 'tools');
    await world.db.query(
      `insert into document select sha256(n::text::bytea), repeat('{"name":"com.example/server"} ', 50)
       from generate_series(0, ${DOCUMENTS - 1}) n`,
    );
    for (const [orgId, id, count] of [
      [world.acme.id, registryId, VERSIONS],
      [world.globex.id, foreign, FOREIGN_VERSIONS],
    ] as const)
      await world.db.query(
        `insert into server_version (org_id, registry_id, name, version, document_hash, status, status_changed_at,
                                     published_at, updated_at, is_latest)
         select $1, $2, 'com.team' || (n / 4) % 50 || '/' || (array['weather', 'ledger', 'search', 'mail'])[1 + (n / 4) % 4]
                  || '-' || case when n / 4 = 4321 then 'zebrafish-' else '' end || lpad((n / 4)::text, 6, '0'),
                '1.' || n % 4 || '.0', sha256((n % ${DOCUMENTS})::text::bytea),
                case when n % 97 = 0 and n % 4 <> 3 then 'deleted' else 'active' end,
                t, t, t, n % 4 = 3
         from generate_series(0, $3::int - 1) n, lateral (select now() - make_interval(mins => $3::int - n) as t) one`,
        [orgId, id, count],
      );
    await world.db.query(
      'update registry set version_count = (select count(*) from server_version v where registry_id = id)',
    );
    await vacuum(world.db, 'server_version');
    await vacuum(world.db, 'server_name');
    await world.db.query('analyze document');
    app = new Client({ connectionString: world.db.appUrl });
    owner = new Client({ connectionString: world.db.ownerUrl });
    await Promise.all([app.connect(), owner.connect()]);
  });

  afterAll(async () => {
    await Promise.all([app.end(), owner.end()]);
    await world.close();
  });

  /** The plan of a statement inside a transaction that is bound to acme, as the API runs it. */
  async function explain(
    text: string,
    values: readonly unknown[],
    options: {
      analyze?: boolean;
      kept?: boolean;
      inIndexOrder?: boolean;
      by?: Client;
      settings?: readonly string[];
    } = {},
  ) {
    const { analyze = false, kept = false, inIndexOrder = false, by = app, settings = [] } = options;
    await by.query(inIndexOrder ? 'begin read only; set local enable_sort = off' : 'begin read only');
    try {
      await by.query(`select set_config('app.org_id', $1, true)`, [world.acme.id]);
      for (const setting of settings) {
        const [name, ...value] = setting.split('=');
        await by.query('select set_config($1, $2, true)', [name, value.join('=')]);
      }
      const prefix = `explain (format json${analyze ? ', analyze, buffers, timing off' : ''}${kept ? ', generic_plan' : ''}) `;
      const { rows } = await by.query<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(prefix + text, [...values]);
      const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
      if (!plan) throw new Error('no plan');
      return plan;
    } finally {
      await by.query('rollback');
    }
  }

  function list(request: Partial<Request>, analyze = false, upToName: string | null = null): Promise<Plan> {
    const filters = { ...NO_FILTERS, ...request.filters };
    const { search, updatedSince, version } = filters;
    const isExact = version !== null && version !== 'latest';
    const { text, values } = toSql(
      listServersSql({ registryId, limit: 30, after: null, ...request, filters }, upToName),
    );
    return explain(text, values, { analyze, inIndexOrder: search === null && (updatedSince === null || isExact) });
  }

  /**
   * The statement inside a function, which EXPLAIN of a call does not show, under the settings of the function; `values` in
   * the order of its parameters.
   */
  async function inside(
    name: string,
    values: readonly unknown[],
    options: { analyze: boolean; inIndexOrder?: boolean },
  ): Promise<Plan> {
    const [row] = await world.db.query<{ text: string; names: string[]; types: string[]; settings: string[] }>(
      `select prosrc as text, proargnames[1:pronargs] as names, proargtypes::regtype[]::text[] as types, proconfig as settings
       from pg_proc where proname = $1`,
      [name],
    );
    expect(row?.names).toHaveLength(values.length);
    const text = (row?.names ?? []).reduce(
      (all, one, index) => all.replaceAll(new RegExp(`\\b${one}\\b`, 'g'), `$${index + 1}::${row?.types[index] ?? ''}`),
      row?.text ?? '',
    );
    return explain(text, values, { ...options, by: owner, settings: row?.settings ?? [] });
  }

  function search(pattern: string, after: string | null = null, analyze = false): Promise<Plan> {
    const cursor = [after, after === null ? null : ''];
    const values = [registryId, pattern, pattern.replaceAll('%', ''), ...cursor, null, null, false, null, false, 31];
    return inside('search_versions', values, { analyze });
  }

  describe('a plan that a connection keeps', () => {
    const AFTER = { name: 'com.team1/weather-000001', version: '1.0.0' };
    const LATEST = { ...NO_FILTERS, version: 'latest' };
    const EXACT = { ...NO_FILTERS, version: '1.1.0' };
    const WITH_DELETED = { ...NO_FILTERS, includeDeleted: true };

    /** As PostgreSQL makes it without looking at values, under the settings of reads that keep their plans. */
    function kept(request: Partial<Request>, upToName: string | null): Promise<Plan> {
      const asked = { registryId, limit: 30, after: null, filters: NO_FILTERS, ...request };
      const settings = ['max_parallel_workers_per_gather=0'];
      return explain(toSql(listServersSql(asked, upToName)).text, [], { kept: true, inIndexOrder: true, settings });
    }

    it.each<[string, Partial<Request>, string | null]>([
      ['the first page', {}, null],
      ['a deep page', { after: AFTER }, null],
      ['the first page with what is deleted', { filters: WITH_DELETED }, null],
      ['the first page of latest versions', { filters: LATEST }, null],
      ['a deep page of latest versions', { filters: LATEST, after: AFTER }, null],
      ['the first page of one version', { filters: EXACT }, null],
      ['a deep page of one version', { filters: EXACT, after: AFTER }, null],
      ['a bounded page of one version', { filters: EXACT, after: AFTER }, 'com.team9/weather-000009'],
    ])('walks an index for %s, alone and without a sort', async (_what, request, upToName) => {
      const plan = await kept(request, upToName);
      const types = nodes(plan).join();
      expect(types).not.toMatch(/Gather|Sort|Seq Scan|Hash|Bitmap/);
      expect(scan(plan)).toMatchObject({ 'Node Type': 'Index Scan' });
      expect(['server_version_pkey', 'server_version_latest_key']).toContain(scan(plan)?.['Index Name']);
    });

    it('is made under those settings', async () => {
      const ctx = systemCtx(world.acme.id, 'test', '0'.repeat(32));
      const [settings] = await world.app.get(OrgDb, { strict: false }).readRows(
        ctx,
        sql`select current_setting('enable_sort') as sort, current_setting('plan_cache_mode') as mode,
                   current_setting('max_parallel_workers_per_gather') as workers`,
        { inIndexOrder: true, keepPlan: true },
      );
      expect(settings).toEqual({ sort: 'off', mode: 'force_generic_plan', workers: '0' });
    });
  });

  describe('a page of the list', () => {
    let deep: { name: string; version: string };

    beforeAll(async () => {
      const rows = await world.db.query<{ name: string; version: string }>(
        `select name, version from server_version where registry_id = $1 order by name desc, version desc limit 1 offset 300`,
        [registryId],
      );
      deep = rows[0] ?? { name: '', version: '' };
    });

    it('follows the primary key, and stops at its limit, wherever it begins', async () => {
      const [first, last] = [await list({}), await list({ after: deep })];
      for (const plan of [first, last]) {
        expect(nodes(plan)).not.toContain('Seq Scan');
        expect(nodes(plan).join()).not.toContain('Sort');
        expect(scan(plan)).toMatchObject({ 'Node Type': 'Index Scan', 'Index Name': 'server_version_pkey' });
        expect(scan(plan)?.['Index Cond']).toContain('registry_id =');
      }
      expect(scan(last)?.['Index Cond']).toMatch(/ROW\((\w+\.)?name, (\w+\.)?version\) > ROW\(/);
      expect(shape(last)).toEqual(shape(first));
    });

    it('costs as many blocks at the end as at the beginning', async () => {
      const pages = [await list({}, true), await list({ after: deep }, true)];
      expect(pages.map((plan) => plan['Actual Rows'])).toEqual([31, 31]);
      expectAlike(pages);
    });

    it('of latest versions follows the index of latest versions', async () => {
      const filters = { ...NO_FILTERS, version: 'latest' };
      const pages = [await list({ filters }), await list({ filters, after: deep })];
      for (const plan of pages) {
        expect(scan(plan)?.['Index Name']).toBe('server_version_latest_key');
        expect(nodes(plan)).not.toContain('Seq Scan');
        expect(nodes(plan).join()).not.toContain('Sort');
      }
      expect(scan(pages[1])?.['Index Cond']).toContain('name >');
      expect(shape(pages[1])).toEqual(shape(pages[0]));
      expectAlike([await list({ filters }, true), await list({ filters, after: deep }, true)]);
    });

    describe('of one exact version', () => {
      const exact = (version: string, updatedSince: string | null = null) => ({ ...NO_FILTERS, version, updatedSince });
      const LONG_AGO = '2000-01-01T00:00:00Z';

      it('follows the primary key, and looks at the version there, whatever else is asked', async () => {
        for (const request of [
          { filters: exact('1.2.0') },
          { filters: exact('9.9.9') },
          { filters: exact('1.2.0'), after: deep },
          { filters: exact('1.2.0', LONG_AGO) },
          { filters: { ...exact('9.9.9'), includeDeleted: true } },
        ])
          for (const upToName of [null, deep.name]) {
            const plan = await list(request, false, upToName);
            expect(scan(plan)).toMatchObject({ 'Node Type': 'Index Scan', 'Index Name': 'server_version_pkey' });
            for (const condition of ['registry_id =', 'version =', ...(upToName === null ? [] : ['name <='])])
              expect(scan(plan)?.['Index Cond']).toContain(condition);
            expect(nodes(plan).join()).not.toContain('Sort');
          }
      });

      it('stops at its limit where there are many, and reads no row of another version', async () => {
        const many = await list({ filters: exact('1.2.0') }, true);
        expect(many['Actual Rows']).toBe(31);
        expect(blocks(scan(many) ?? many)).toBeLessThan(200);
        const none = await list({ filters: exact('9.9.9') }, true);
        expect(none['Actual Rows']).toBe(0);
        // Of 1,600 that the index has, and 3,000 besides of the table.
        expect(blocks(scan(none) ?? none)).toBeLessThan(2_000);
      });

      it('costs what lies up to where it ends, and not what its registry holds', async () => {
        const [end] = await world.db.query<{ name: string }>(
          'select name from server_version where registry_id = $1 order by name, version offset 999 limit 1',
          [registryId],
        );
        for (const version of ['1.2.0', '9.9.9'])
          for (const filters of [exact(version), exact(version, LONG_AGO)]) {
            const plan = await list({ filters }, true, end?.name);
            expect(blocks(scan(plan) ?? plan)).toBeLessThan(100);
          }
      });

      it('finds where it ends by so many entries of the primary key, and asks no row', async () => {
        for (const [after, versions] of [
          ['', 1_000],
          [deep.name, 100],
        ] as const) {
          const plan = await inside('name_ahead', [registryId, after, versions], { analyze: true, inIndexOrder: true });
          expect(scan(plan)).toMatchObject({
            'Node Type': 'Index Only Scan',
            'Index Name': 'server_version_pkey',
            'Actual Rows': versions,
          });
          expect(nodes(plan).join()).not.toContain('Sort');
          expect(blocks(plan)).toBeLessThan(100);
        }
        const all = await inside('name_ahead', [registryId, '', VERSIONS], { analyze: true, inIndexOrder: true });
        expect(scan(all)?.['Actual Loops']).toBe(0);
      });

      it('and a word searches the names up to there', async () => {
        const values = [registryId, '%e%', 'e', null, null, deep.name, '9.9.9', false, null, false, 31];
        const plan = await inside('search_versions', values, { analyze: true });
        expect(nodes(plan)).not.toContain('Seq Scan');
        expect(plan['Actual Rows']).toBe(0);
      });
    });

    it('of recent changes reads the changes and nothing else', async () => {
      const updatedSince = new Date(Date.now() - 30 * 60_000).toISOString();
      const plan = await list({ filters: { ...NO_FILTERS, updatedSince } }, true);
      expect(indexes(plan)).toContain('server_version_updated_idx');
      expect(plan['Actual Rows']).toBeGreaterThan(10);
      expect(blocks(plan)).toBeLessThan(200);
    });
  });

  describe('one version', () => {
    const columns = `select name, version, body from version_document where registry_id = $1 and name = $2`;
    const name = 'com.team1/ledger-000001';

    it('is found by one step down an index', async () => {
      const text = `${columns} and version = $3 and status <> 'deleted'`;
      const plan = await explain(text, [registryId, name, '1.1.0'], { analyze: true });
      for (const column of ['registry_id', 'name', 'version'])
        expect(scan(plan)?.['Index Cond']).toMatch(new RegExp(`\\b${column} = `));
      expect(indexes(plan)).toContain('document_pkey');
      expect(blocks(plan)).toBeLessThan(20);
    });

    it('is found by the index of latest versions when it is asked for so', async () => {
      const plan = await explain(`${columns} and is_latest and status <> 'deleted'`, [registryId, name]);
      expect(indexes(plan)).toEqual(['server_version_latest_key', 'document_pkey']);
    });

    it('and all versions of its server cost a few blocks', async () => {
      const text = `${columns} and status <> 'deleted' order by version_document.published_at desc, version desc`;
      const plan = await explain(text, [registryId, name], { analyze: true });
      expect(nodes(plan)).not.toContain('Seq Scan');
      expect(blocks(plan)).toBeLessThan(50);
    });
  });

  describe('search', () => {
    it.each([
      ['a miss', '%qwertyuiop%', 0],
      ['a rare word', '%zebrafish%', 4],
    ])('for %s asks the trigram index and touches a few blocks', async (_, pattern, rows) => {
      const plan = await search(pattern, null, true);
      expect(nodes(plan)).toContain('Bitmap Index Scan');
      expect(indexes(plan)).toContain('server_name_search_idx');
      expect(nodes(plan)).not.toContain('Seq Scan');
      expect(plan['Actual Rows']).toBe(rows);
      expect(blocks(plan)).toBeLessThan(200);
    });

    it.each(['%weather%', '%com.team%', '%e%'])('for %s, which many names hold, stops at its page', async (pattern) => {
      for (const after of [null, 'com.team3/']) {
        const plan = await search(pattern, after, true);
        expect(nodes(plan)).not.toContain('Bitmap Index Scan');
        expect(indexes(plan)).toContain('server_name_pkey');
        expect(plan['Actual Rows']).toBe(31);
        // Of 40,000 that the matches lie in.
        expect(blocks(plan)).toBeLessThan(2_500);
        const documents = all(plan).find((one) => one['Relation Name'] === 'document');
        expect(documents?.['Actual Loops']).toBeLessThanOrEqual(31);
      }
    });

    it('is planned anew for each word', async () => {
      const [row] = await world.db.query<{ settings: string[] }>(
        `select proconfig as settings from pg_proc where proname = 'search_versions'`,
      );
      expect(row?.settings).toContain('plan_cache_mode=force_custom_plan');
    });

    it('touches no more than that when it is called as the API calls it', async () => {
      const filters = { ...NO_FILTERS, search: 'qwertyuiop' };
      await list({ filters }, true);
      expect(blocks(await list({ filters }, true))).toBeLessThan(200);
    });
  });
});

function nodes(plan: Plan | undefined): string[] {
  return plan ? [plan['Node Type'], ...(plan.Plans ?? []).flatMap(nodes)] : [];
}

/** Node types, whether or not PostgreSQL remembers the documents that it has read. */
function shape(plan: Plan | undefined): string[] {
  return nodes(plan).filter((type) => type !== 'Memoize');
}

function all(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(all)];
}

function indexes(plan: Plan): string[] {
  return all(plan).flatMap((one) => one['Index Name'] ?? []);
}

/** The node that reads server_version. */
function scan(plan: Plan | undefined): Plan | undefined {
  return plan && all(plan).find((one) => one['Relation Name'] === 'server_version');
}

function blocks(plan: Plan): number {
  return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
}

function expectAlike(plans: readonly Plan[]): void {
  const counts = plans.map((plan) => blocks(scan(plan) ?? plan));
  expect(Math.max(...counts)).toBeLessThan(3 * Math.min(...counts));
  expect(Math.max(...counts)).toBeLessThan(1_000);
}
