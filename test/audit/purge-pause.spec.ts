import { PurgeTrail } from '@portolan/audit';
import { Client } from 'pg';
import { asApplication } from '../support/as-application';
import { sealAll, verifyAll } from '../support/sealing';
import { until } from '../support/until';
import { aWorld, type Organization, type World } from '../support/world';
import { aWeekLater, inThePast, later, monthsAgo, partitionsSince } from './past';

const PURGE_LOCK = `hashtextextended('portolan audit purge', 0)`;

/** What keeps a purge back, and what does not. */
describe('A purge', () => {
  let world: World;
  let acme: Organization;
  let globex: Organization;

  const purge = () => world.app.get(PurgeTrail).execute();
  const settings = async ({ admin }: Organization, body: object) => {
    const answer = await world.call('PATCH', '/v0/audit-logs/settings?force=true', { token: admin, body });
    expect(answer.status).toBe(200);
  };
  const rowsOf = async ({ id }: Organization) =>
    (await world.db.query(`select from audit_log where org_id = $1 and action = 'team.create'`, [id])).length;
  const checkpointsOf = async ({ id }: Organization) =>
    (
      await world.db.query<{ sequence: number }>(
        'select sequence::int as sequence from audit_checkpoint where org_id = $1 order by sequence',
        [id],
      )
    ).map(({ sequence }) => sequence);
  const enterBoundary = ({ id }: Organization, purgedBefore: string, sequence: number) =>
    asApplication(
      world.db,
      id,
      `insert into audit_boundary (org_id, purged_before, sequence, hash, created_at, key_id, signature)
       values ($1, $2, $3, '', now(), '', '')`,
      [id, purgedBefore, sequence],
    );

  /** A row of each of these months, sealed when it occurred. */
  const fill = (organizations: readonly Organization[], ...months: readonly number[]) =>
    inThePast(world, async (past) => {
      for (const organization of organizations)
        for (const month of months) {
          await past.at(monthsAgo(month));
          await past.row(organization);
          await past.seal(organization);
        }
    });

  /** Runs `work` while a superuser's transaction holds what `text` takes; `work` gets what ends it. */
  async function during(text: string, work: (end: () => Promise<void>) => Promise<void>): Promise<void> {
    const other = new Client({ connectionString: world.db.superuserUrl });
    await other.connect();
    let isOpen = true;
    const end = async () => {
      if (isOpen) await other.end();
      isOpen = false;
    };
    try {
      await other.query('begin');
      await other.query(text);
      await work(end);
    } finally {
      await end();
    }
  }

  beforeEach(async () => {
    world = await aWorld();
    ({ acme, globex } = world);
    await partitionsSince(world, 18 * 31);
    for (const table of ['audit_log', 'audit_unsealed']) await world.db.query(`delete from ${table}`);
  });

  afterEach(() => world.close());

  describe('waits seven days', () => {
    it('after the retention became shorter, and is none of the others’', async () => {
      await settings(globex, { retention_days: 90 });
      await aWeekLater(world);
      await fill([acme, globex], 8);
      await settings(acme, { retention_days: 90 });
      await purge();
      expect([await rowsOf(acme), await rowsOf(globex)]).toEqual([1, 0]);
      await aWeekLater(world);
      await purge();
      expect(await rowsOf(acme)).toBe(0);
    });

    it('to the hour', async () => {
      await fill([acme], 8);
      await settings(acme, { retention_days: 90 });
      await later(world, '6 days 23 hours');
      await purge();
      expect(await rowsOf(acme)).toBe(1);
      await later(world, '2 hours');
      await purge();
      expect(await rowsOf(acme)).toBe(0);
    });

    it('after a hold was lifted', async () => {
      await settings(acme, { legal_hold: true });
      await fill([acme], 17);
      await settings(acme, { legal_hold: false });
      await purge();
      expect(await rowsOf(acme)).toBe(1);
      await aWeekLater(world);
      await purge();
      expect(await rowsOf(acme)).toBe(0);
    });

    it('also with what was over the retention before', async () => {
      await fill([acme], 17);
      await settings(acme, { retention_days: 399 });
      await purge();
      expect(await rowsOf(acme)).toBe(1);
    });

    it('whatever boundaries the application role writes', async () => {
      await fill([acme], 8);
      await settings(acme, { retention_days: 90 });
      await enterBoundary(acme, monthsAgo(5), 1);
      await purge();
      expect([await rowsOf(acme), await checkpointsOf(acme)]).toEqual([1, [1]]);
    });

    it('whatever a statement says about the time of the change', async () => {
      await fill([acme], 17);
      await settings(acme, { retention_days: 399 });
      await world.db.query(`update audit_settings set loosened_at = '2001-01-01'`);
      await purge();
      expect(await rowsOf(acme)).toBe(1);
    });
  });

  it('spares the trail of a deleted organization that was on hold, or is kept longer', async () => {
    await settings(acme, { legal_hold: true });
    await settings(globex, { retention_days: 3_650 });
    await fill([acme, globex], 17);
    await world.db.query('delete from organization');
    await purge();
    expect([await rowsOf(acme), await rowsOf(globex)]).toEqual([1, 1]);
    await enterBoundary(acme, monthsAgo(14), 1);
    await enterBoundary(globex, monthsAgo(14), 1);
    await purge();
    expect([await rowsOf(acme), await rowsOf(globex)]).toEqual([1, 1]);
  });

  it('stands in line behind changes of settings, and then goes on', async () => {
    await fill([acme], 17);
    await during(`select pg_advisory_xact_lock_shared(${PURGE_LOCK})`, async (end) => {
      const purged = purge();
      await until('it waits', async () => {
        const waiting = await world.db.query(
          `select from pg_locks l join pg_database d on d.oid = l.database
           where l.locktype = 'advisory' and not l.granted and d.datname = current_database()`,
        );
        return waiting.length > 0;
      });
      await end();
      await purged;
    });
    expect(await rowsOf(acme)).toBe(0);
  });

  it('goes on with other months when a reader keeps one from being dropped', async () => {
    await settings(globex, { retention_days: 3_650 });
    await fill([acme], 17, 15);
    await fill([globex], 15);
    await during('select 1 from audit_log', async () => {
      await purge();
      expect([await rowsOf(acme), await rowsOf(globex)]).toEqual([1, 1]);
    });
    await purge();
    expect(await rowsOf(acme)).toBe(0);
  });

  describe('takes the checkpoints of what is gone', () => {
    it('but for the last one, and the chain still verifies', async () => {
      await fill([acme, globex], 17, 16, 15, 10);
      expect(await checkpointsOf(acme)).toEqual([1, 2, 3, 4]);
      await settings(globex, { legal_hold: true });
      await purge();
      expect([await checkpointsOf(acme), await checkpointsOf(globex)]).toEqual([
        [3, 4],
        [1, 2, 3, 4],
      ]);
      await sealAll(world.app, acme.id);
      expect(await verifyAll(world.app, acme.id)).toMatchObject({
        status: 'valid',
        complete: true,
        from_sequence: 4,
      });
    });

    it('and no younger ones, whatever number a boundary says', async () => {
      await fill([acme], 17, 10, 9, 8);
      await enterBoundary(acme, monthsAgo(14), 4);
      await purge();
      expect(await checkpointsOf(acme)).toEqual([2, 3, 4]);
    });
  });
});
