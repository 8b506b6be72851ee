import { loggedDuring } from '../support/logged';
import { until } from '../support/until';
import { aWorld, type Organization, type World } from '../support/world';
import { bufferOf, countOf, ctxOf, deny, dropsOf, holdRows, metricOf, refuseRows, releaseRows } from './buffered';

const SHARE = 2_000;
const FAILURES = 'portolan_audit_write_failures_total';

describe('The buffer of audit rows', () => {
  let world: World;
  let org: Organization;
  let number = 0;

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(async () => {
    org = await world.anOrganization(`org-${(number += 1)}`);
  });

  afterAll(() => world.close());

  const allWritten = (count: number) =>
    until(`${count} rows are written`, async () => (await countOf(world, org, 'test')) === count);

  it('has a row in the trail when the caller is let go', async () => {
    await deny(world, org, 1);
    expect(await countOf(world, org, 'test')).toBe(1);
  });

  it('writes 2,000 denials that come at once, and drops none', async () => {
    const token = await world.aSystemAccount(org);
    const [answers] = await Promise.all([
      Promise.all(Array.from({ length: 200 }, () => world.call('GET', '/v0/audit-logs', { token }))),
      deny(world, org, SHARE - 200),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]));
    expect(await countOf(world, org, 'audit_log:list')).toBe(200);
    expect(await countOf(world, org, 'test')).toBe(SHARE - 200);
    expect(await dropsOf(world, org)).toEqual([]);
  });

  it('writes what gathers during a write in one transaction', async () => {
    const release = await holdRows(world, org);
    const first = deny(world, org, 1);
    const others = deny(world, org, 300);
    await release();
    await Promise.all([first, others]);
    await releaseRows(world);
    expect(
      await world.db.query(
        `select count(*)::integer as rows from audit_log where org_id = $1 and reason = 'test'
         group by xmin::text order by 1`,
        [org.id],
      ),
    ).toEqual([{ rows: 1 }, { rows: 300 }]);
  });

  it('writes rows that nobody waits for, and those of a busy organization with its next batch', async () => {
    const event = { action: 'registry.read', reason: 'test' } as const;
    bufferOf(world).mayRecord(ctxOf(org), event);
    await allWritten(1);
    bufferOf(world).mayRecord(ctxOf(org), event);
    await deny(world, org, 1);
    expect(await countOf(world, org, 'test')).toBe(3);
  });

  it('loses nothing while the database refuses, holds no caller up, and keeps the time', async () => {
    const allow = await refuseRows(world);
    try {
      await deny(world, org, 1_000);
      await deny(world, org, 500);
      expect(await countOf(world, org, 'test')).toBe(0);
      const failures = await metricOf(world, FAILURES);
      await until('it was tried again', async () => (await metricOf(world, FAILURES)) > failures + 2);
    } finally {
      await allow();
    }
    const [{ now } = { now: '' }] = await world.db.query<{ now: string }>('select rfc3339(clock_timestamp()) as now');
    await allWritten(1_500);
    const late = 'select 1 from audit_log where org_id = $1 and reason = $2 and occurred_at > $3::timestamptz limit 1';
    expect(await world.db.query(late, [org.id, 'test', now])).toEqual([]);
    expect(await dropsOf(world, org)).toEqual([]);
  });

  it('says how many rows found no place, once rows can be written again', async () => {
    const allow = await refuseRows(world);
    try {
      await deny(world, org, SHARE + 7);
      for (let i = 0; i < SHARE + 2; i += 1) bufferOf(world).mayRecord(ctxOf(org), { action: 'registry.read' });
    } finally {
      await allow();
    }
    await allWritten(SHARE);
    expect(await dropsOf(world, org)).toEqual([
      {
        kind: 'access',
        principal_type: 'system',
        principal_name: 'audit',
        after: {
          dropped: 9,
          kinds: { authorization: 7, access: 2 },
          since: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/) as string,
        },
      },
    ]);
    await deny(world, org, 1);
    expect(await countOf(world, org, 'test')).toBe(SHARE + 1);
  });

  it('leaves the denial of one organization through while another one floods it', async () => {
    const release = await holdRows(world, org);
    const flood = deny(world, org, 3 * SHARE);
    await deny(world, world.globex, 1, 'beside a flood');
    expect(await countOf(world, world.globex, 'beside a flood')).toBe(1);
    expect(await countOf(world, org, 'test')).toBe(0);
    await release();
    await flood;
    await allWritten(SHARE);
    await until('the drops are told', async () => (await dropsOf(world, org)).length > 0);
    await releaseRows(world);
    expect(await dropsOf(world, org)).toMatchObject([{ after: { dropped: 2 * SHARE } }]);
  });

  it('gives up a row that cannot be stored, says so, and writes its neighbours', async () => {
    const event = { action: 'permission.deny', result: 'denied', reason: 'test' } as const;
    const release = await holdRows(world, org);
    const rows = [
      deny(world, org, 20),
      bufferOf(world).mustRecord(ctxOf(org), { ...event, registryId: 'no id' }),
      deny(world, org, 20),
    ];
    await release();
    await Promise.all(rows);
    await allWritten(40);
    await until('the drop is told', async () => (await dropsOf(world, org)).length > 0);
    await releaseRows(world);
    expect(await dropsOf(world, org)).toMatchObject([{ after: { dropped: 1, kinds: { authorization: 1 } } }]);
  });

  it('takes no row without an organization', () => {
    const ctx = { ...ctxOf(org), orgId: '' };
    expect(() => {
      bufferOf(world).mayRecord(ctx, { action: 'registry.read' });
    }).toThrow('an audit row needs an organization');
  });
});

describe('A process that ends', () => {
  it('writes what its buffer holds first', async () => {
    const world = await aWorld();
    try {
      for (let i = 0; i < 1_200; i += 1)
        bufferOf(world).mayRecord(ctxOf(world.acme), { action: 'registry.read', reason: 'test' });
      await world.app.close();
      expect(await countOf(world, world.acme, 'test')).toBe(1_200);
    } finally {
      await world.db.drop();
    }
  });

  it('logs how many rows it could not write', async () => {
    const world = await aWorld();
    try {
      const logged = await loggedDuring(async () => {
        await refuseRows(world);
        await deny(world, world.acme, 12);
        await world.app.close();
      });
      expect(logged).toContain('12 audit rows were not written before the end');
    } finally {
      await world.db.drop();
    }
  });
});
