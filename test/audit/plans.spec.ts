import {
  AUDIT_LOG_FIELDS,
  auditRowsSql,
  filterOfIds,
  lastSealSql,
  LOOKED_AT_MAX,
  PLANNED_AS_WRITTEN,
  sealsSql,
  type AuditPosition,
} from '@portolan/audit';
import { toSql, type SqlFragment } from '@portolan/db';
import { parseFilter, type Filter } from '@portolan/kernel';
import { Client } from 'pg';
import { aWorld, type World } from '../support/world';

const ROWS = 140_000;
const PAGE_SIZE = 20;
const DAY_MS = 86_400_000;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly Plans?: readonly Plan[];
}

const filter = (key: string, value: string) => parseFilter(`filter[${key}]`, value, AUDIT_LOG_FIELDS);
const ago = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();

describe(`Plans of the audit trail on ${ROWS} rows in 14 months`, () => {
  let world: World;
  let app: Client;
  let some: { principal_id: string; credential_id: string; target_id: string; registry_id: string };
  let middle: AuditPosition;
  let last: AuditPosition;

  beforeAll(async () => {
    world = await aWorld();
    const { fill } = await import('../../bench/audit-logs-fill.mjs');
    await fill({ superuserUrl: world.db.superuserUrl, orgId: world.acme.id, rows: ROWS, log: () => undefined });
    app = new Client({ connectionString: world.db.appUrl });
    await app.connect();
    // The busiest of each: what leads to few rows is cheap in any case.
    const busiest = async (column: string) => {
      const [row] = await world.db.query<{ value: string }>(
        `select ${column}::text as value from audit_log where org_id = $1 and ${column} is not null
         group by 1 order by count(*) desc limit 1`,
        [world.acme.id],
      );
      return row?.value ?? '';
    };
    some = {
      principal_id: await busiest('principal_id'),
      credential_id: await busiest('credential_id'),
      target_id: await busiest('target_id'),
      registry_id: await busiest('registry_id'),
    };
    const at = async (rest: string) => {
      const [row] = await world.db.query<AuditPosition>(
        `select rfc3339(occurred_at) as "occurredAt", id from audit_log where org_id = $1 ${rest}`,
        [world.acme.id],
      );
      if (!row) throw new Error('there are no rows');
      return row;
    };
    middle = await at(`order by occurred_at desc, id desc limit 1 offset ${ROWS / 2}`);
    last = await at('order by occurred_at, id limit 1 offset 500');
  }, 300_000);

  afterAll(async () => {
    await app.end();
    await world.close();
  });

  /** The plan of a statement as the API runs it for acme. */
  async function explain(fragment: SqlFragment): Promise<Plan> {
    await app.query('begin read only; set local enable_sort = off');
    try {
      await app.query(`select set_config('app.org_id', $1, true)`, [world.acme.id]);
      await app.query(toSql(PLANNED_AS_WRITTEN).text);
      const { text, values } = toSql(fragment);
      const { rows } = await app.query<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
        `explain (format json, analyze, buffers, timing off) ${text}`,
        [...values],
      );
      const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
      if (!plan) throw new Error('no plan');
      return plan;
    } finally {
      await app.query('rollback');
    }
  }

  const page = (filters: readonly Filter[], before: AuditPosition | null = null, pageSize = PAGE_SIZE) =>
    explain(auditRowsSql({ orgId: world.acme.id, filters, before, pageSize }));

  function expectBounded(plan: Plan, { index, rowsMax }: { index: RegExp; rowsMax: number }): void {
    const types = all(plan).map((node) => node['Node Type']);
    expect(types).not.toContain('Seq Scan');
    expect(types.join()).not.toMatch(/Bitmap|Hash Join|Merge Join/);
    for (const sort of all(plan).filter((node) => /Sort/.test(node['Node Type'])))
      expect(sort['Actual Rows']).toBeLessThanOrEqual(PAGE_SIZE + 1);
    const scans = scansOf(plan);
    expect(scans.length).toBeGreaterThan(0);
    for (const scan of scans) {
      expect(scan['Node Type']).toBe('Index Scan');
      expect(scan['Index Name']).toMatch(index);
      expect(scan['Index Cond']).toMatch(/org_id = .*occurred_at </);
    }
    expect(rowsRead(scans)).toBeLessThanOrEqual(rowsMax);
  }

  const filters: readonly [string, () => Filter[], RegExp][] = [
    ['no filter', () => [], /_pkey$/],
    ['kind', () => [filter('kind', 'change')], /_kind_/],
    ['action', () => [filter('action', 'server.version.publish')], /_action_/],
    ['several actions', () => [filter('action][oeq', 'registry.read,permission.deny,session.end')], /_action_/],
    ['principal', () => [filterOfIds('principal_id', [some.principal_id])], /_principal_id_/],
    ['credential', () => [filter('credential_id', some.credential_id)], /_credential_id_/],
    ['target', () => [filter('target', some.target_id)], /_target_id_/],
    ['request', () => [filter('request_id', '0'.repeat(32))], /_request_id_/],
    ['registry', () => [filterOfIds('registry_id', [some.registry_id])], /_registry_id_/],
  ];

  it.each(filters)('a page with %s follows its index and reads no more rows than it gives', async (_, of, index) => {
    for (const before of [null, middle, last])
      expectBounded(await page(of(), before), { index, rowsMax: 3 * (PAGE_SIZE + 1) });
  });

  it('a page of what did not succeed follows the index of that', async () => {
    for (const before of [null, middle])
      expectBounded(await page([filter('result', 'denied')], before), { index: /_occurred_at_id_idx$/, rowsMax: 21 });
  });

  it.each([
    ['the name of what is no person', () => [filter('principal', 'nobody')], /_pkey$/],
    ['what succeeded', () => [filter('result', 'success')], /_pkey$/],
    [
      'a failure of one credential',
      () => [filter('credential_id', some.credential_id), filter('result', 'failure')],
      /_credential_id_/,
    ],
    [
      'an action of one principal in one registry',
      () => [
        filter('action', 'registry.update'),
        filterOfIds('registry_id', [some.registry_id]),
        filterOfIds('principal_id', [some.principal_id]),
      ],
      /_principal_id_/,
    ],
    [
      'everything',
      () => [
        filter('kind', 'access'),
        filter('action', 'session.end'),
        filter('result', 'failure'),
        filter('credential_id', some.credential_id),
        filter('target', some.target_id),
        filter('principal', 'nobody'),
      ],
      /_target_id_/,
    ],
    [
      'more actions than are followed one by one',
      () => [filter('action][oeq', AUDIT_LOG_FIELDS.action.choices.filter((name) => name !== 'registry.read').join())],
      /_pkey$/,
    ],
  ] as readonly [string, () => Filter[], RegExp][])(
    'a page with %s looks at a bounded number of rows',
    async (_, of, index) => {
      for (const before of [null, middle, last])
        expectBounded(await page(of(), before), { index, rowsMax: LOOKED_AT_MAX });
    },
  );

  it('leaves out months outside the bounds of time, and those to come', async () => {
    expect(scansOf(await page([])).length).toBeLessThanOrEqual(15);
    expect(scansOf(await page([], last)).length).toBeLessThanOrEqual(2);
    const month = [filter('occurred_at][gte', ago(60)), filter('occurred_at][lt', ago(50))];
    expect(scansOf(await page(month)).length).toBeLessThanOrEqual(2);
    expect(scansOf(await page([filter('occurred_at][gt', ago(-365))]))).toEqual([]);
  });

  it('reads a month only when those after it did not fill the page', async () => {
    const scans = scansOf(await page([]));
    expect(scans.filter((scan) => (scan['Actual Loops'] ?? 0) > 0).length).toBeLessThanOrEqual(2);
  });

  it('costs as many blocks at the end as at the beginning', async () => {
    for (const some of [[], [filter('kind', 'change')], [filter('action', 'registry.read')]]) {
      const counts = [await page(some), await page(some, middle), await page(some, last)].map(blocks);
      expect(Math.max(...counts)).toBeLessThan(3 * Math.min(...counts));
    }
  });

  it('finds the places of a page in the chain by the index of rows, in the months of the page', async () => {
    const rows = await world.db.query<{ id: string; occurred_at: string }>(
      `select id, rfc3339(occurred_at) as occurred_at from audit_log where org_id = $1
       order by occurred_at desc limit 1000 offset 5000`,
      [world.acme.id],
    );
    const times = rows.map(({ occurred_at: at }) => Date.parse(at));
    const between = { from: new Date(Math.min(...times) - DAY_MS), until: new Date(Math.max(...times) + DAY_MS) };
    const plan = await explain(sealsSql(world.acme.id, rows, between));
    expect(plan['Actual Rows']).toBe(1_000);
    expect(all(plan).map((node) => node['Node Type'])).not.toContain('Seq Scan');
    const scans = all(plan).filter((node) => node['Index Name'] !== undefined);
    expect(scans.length).toBeLessThanOrEqual(3);
    for (const scan of scans) expect(scan['Index Name']).toMatch(/_audit_id_idx$/);
  });

  it('finds the end of the chain at the end of the index of seals, however long it is', async () => {
    const plan = await explain(lastSealSql(world.acme.id));
    expect(plan['Actual Rows']).toBe(1);
    expect(all(plan).map((node) => node['Node Type'])).not.toContain('Sort');
    for (const scan of all(plan).filter((node) => node['Index Name'] !== undefined))
      expect(scan['Index Name']).toMatch(/_pkey$/);
    expect(blocks(plan)).toBeLessThan(100);
  });
});

function all(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(all)];
}

/** The nodes that read audit_log. */
function scansOf(plan: Plan): Plan[] {
  return all(plan).filter((node) => /^audit_log_\d/.test(node['Relation Name'] ?? ''));
}

function rowsRead(scans: readonly Plan[]): number {
  return scans.reduce(
    (sum, scan) =>
      sum + ((scan['Actual Rows'] ?? 0) + (scan['Rows Removed by Filter'] ?? 0)) * (scan['Actual Loops'] ?? 0),
    0,
  );
}

function blocks(plan: Plan): number {
  return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
}
