import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { MirrorWorld } from '../support/mirror-world';
import { until } from '../support/until';
import { someEntries } from './support/entries';

describe('The schedule of a mirror', () => {
  let mirrors: MirrorWorld;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    await mirrors.startWorker();
  });
  afterAll(() => mirrors.close());

  it('gives way to who asks for a run at that moment, and keeps him from nothing', async () => {
    const { upstream, world } = mirrors;
    await upstream.load(someEntries(3));
    const mirror = await mirrors.aMirror(world.acme);
    const other = new Client({ connectionString: world.db.superuserUrl });
    await other.connect();
    try {
      await other.query('begin');
      // The foreign key is looked at after the row is there: here later.
      await other.query('set local session_replication_role = replica');
      await other.query(
        `insert into mirror_run (org_id, id, mirror_id, mode, dry_run, trigger, fresh_from)
         values ($1, $2, $3, 'incremental', false, 'request', now())`,
        [world.acme.id, randomUUID(), mirror.id],
      );
      await world.db.query('update mirror set next_run_at = now() where id = $1', [mirror.id]);
      await until('the schedule waits for that run', async () => {
        const waiting = await world.db.query(
          `select from pg_stat_activity
           where datname = current_database() and wait_event = 'transactionid' and query like '%into mirror_run%'`,
        );
        return waiting.length === 1;
      });
      await other.query('select from mirror where id = $1 for key share nowait', [mirror.id]);
      await other.query('commit');
    } finally {
      await other.end();
    }
    await mirrors.settled();
    expect(await world.db.query('select trigger, state from mirror_run where mirror_id = $1', [mirror.id])).toEqual([
      { trigger: 'request', state: 'succeeded' },
    ]);
  });
});
