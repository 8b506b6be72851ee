import { existsSync } from 'node:fs';
import { LocalBackends } from '@portolan/db';
import { Pool } from 'pg';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { until } from '../support/until';

(existsSync('/proc/self/cmdline') ? describe : describe.skip)('The processes of a pool on this machine', () => {
  let db: TestDatabase;
  let pool: Pool;
  const backends = new LocalBackends();

  beforeAll(async () => {
    db = await cloneDatabase();
    pool = new Pool({ connectionString: db.appUrl, max: 2 });
    pool.on('connect', backends.onConnect);
  });
  afterAll(async () => {
    await pool.end();
    await db.drop();
  });

  it('are known as long as they serve a connection', async () => {
    const [first, second] = [await pool.connect(), await pool.connect()];
    const pids: number[] = [];
    for (const client of [first, second]) {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      pids.push(...rows.map(({ pid }) => pid));
    }
    expect([...backends.pids].sort()).toEqual(pids.sort());
    first.release(true);
    second.release(true);
    await until('both are forgotten', () => Promise.resolve(backends.pids.size === 0));
  });
});
