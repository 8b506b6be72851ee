import { AuditBuffer } from '@portolan/audit';
import { OrgDb } from '@portolan/db';
import { Metrics } from '@portolan/telemetry';
import { until } from '../support/until';
import { aWorld, type Organization, type World } from '../support/world';
import { bufferOf, countOf, ctxOf, deny, dropsOf, metricOf } from './buffered';

const LONG_MS = 60_000;
const DENIAL = { action: 'permission.deny', result: 'denied', reason: 'test' } as const;
/** One more than the buffer writes at the same time. */
const ORGANIZATIONS = 5;

describe('The buffer of audit rows, when the database does not answer', () => {
  let world: World;
  let buffer: AuditBuffer;
  let organizations: Organization[];

  const aBuffer = (limits: { waitMs: number; writeMs: number }) =>
    new AuditBuffer(world.app.get(OrgDb), new Metrics(), limits);

  beforeAll(async () => {
    world = await aWorld();
    organizations = await Promise.all(
      Array.from({ length: ORGANIZATIONS }, (_, i) => world.anOrganization(`org-${i}`)),
    );
  });

  beforeEach(async () => {
    await world.db.query('begin');
    await world.db.query('lock table audit_log in exclusive mode');
  });

  afterEach(() => buffer.onApplicationShutdown());

  afterAll(() => world.close());

  it('lets a caller go after a time, and writes his row once it can', async () => {
    buffer = aBuffer({ waitMs: 20, writeMs: LONG_MS });
    await buffer.mustRecord(ctxOf(world.acme), DENIAL);
    expect(await countOf(world, world.acme, 'test')).toBe(0);
    await world.db.query('commit');
    await until('the row is written', async () => (await countOf(world, world.acme, 'test')) === 1);
  });

  it('lets him go after two seconds, unless it is told otherwise', async () => {
    buffer = new AuditBuffer(world.app.get(OrgDb), new Metrics());
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const isGone = buffer.mustRecord(ctxOf(world.acme), DENIAL);
    const [timeIsUp, waitMs] = timers.mock.calls[0] ?? [];
    timers.mockRestore();
    expect(waitMs).toBe(2_000);
    timeIsUp?.();
    await isGone;
    await world.db.query('commit');
  });

  it('gives up a write that does not end, and lets others write in its place', async () => {
    buffer = aBuffer({ waitMs: LONG_MS, writeMs: 20 });
    // Those who wait are let go when their write has failed: the last of them had to get a turn for that.
    await Promise.all(organizations.map((organization) => buffer.mustRecord(ctxOf(organization), DENIAL)));
    for (const organization of organizations) expect(await countOf(world, organization, 'test')).toBe(0);
    await world.db.query('commit');
    for (const organization of organizations)
      await until('the row is written', async () => (await countOf(world, organization, 'test')) > 0);
  });

  it('goes on with another connection', async () => {
    const blocked = async () => {
      const [row] = await world.db.query<{ count: number }>(
        `select count(*)::integer as count from pg_locks
         where relation = 'audit_log'::regclass and not granted`,
      );
      return row?.count ?? 0;
    };
    buffer = aBuffer({ waitMs: LONG_MS, writeMs: 20 });
    await buffer.mustRecord(ctxOf(world.globex), DENIAL);
    await until('it is tried beside the first one', async () => (await blocked()) > 1);
    await world.db.query('commit');
    await until('the row is written', async () => (await countOf(world, world.globex, 'test')) > 0);
  });
});

describe('A refusal, when the database does not answer', () => {
  it('is told all the same, and written down once it can be', async () => {
    const world = await aWorld();
    try {
      const token = await world.aSystemAccount(world.acme);
      await world.db.query('begin');
      await world.db.query('lock table audit_log in exclusive mode');
      expect((await world.call('GET', '/v0/audit-logs', { token })).status).toBe(403);
      expect(await countOf(world, world.acme, 'audit_log:list')).toBe(0);
      await world.db.query('commit');
      await until('the row is written', async () => (await countOf(world, world.acme, 'audit_log:list')) === 1);
    } finally {
      await world.close();
    }
  });
});

describe('A row that the database refuses', () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  it('waits for a partition that is missing', async () => {
    const [partition] = await world.db.query<{ name: string; bound: string }>(
      `select c.oid::regclass::text as name, pg_get_expr(c.relpartbound, c.oid) as bound
       from pg_class c where c.oid = (select tableoid from audit_log order by occurred_at desc limit 1)`,
    );
    if (!partition) throw new Error('there is no partition');
    const dropped = await metricOf(world, 'portolan_audit_dropped_total');
    await world.db.query(`alter table audit_log detach partition ${partition.name}`);
    try {
      await deny(world, world.acme, 2);
    } finally {
      await world.db.query(`alter table audit_log attach partition ${partition.name} ${partition.bound}`);
    }
    await until('they are written', async () => (await countOf(world, world.acme, 'test')) === 2);
    expect(await metricOf(world, 'portolan_audit_dropped_total')).toBe(dropped);
  });

  it('is given up when it breaks a constraint, and its neighbours are written', async () => {
    await world.db.query(`alter table audit_log add constraint test_reason check (reason <> 'refused')`);
    await Promise.all([
      deny(world, world.globex, 5),
      bufferOf(world).mustRecord(ctxOf(world.globex), { ...DENIAL, reason: 'refused' }),
      deny(world, world.globex, 5),
    ]);
    await until('the drop is told', async () => (await dropsOf(world, world.globex)).length > 0);
    await until('the others are written', async () => (await countOf(world, world.globex, 'test')) === 10);
    expect(await dropsOf(world, world.globex)).toMatchObject([{ after: { dropped: 1, kinds: { authorization: 1 } } }]);
  });
});
