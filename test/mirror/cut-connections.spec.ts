import { Client } from 'pg';
import { MirrorWorld, standings, type Mirrored } from '../support/mirror-world';
import { until } from '../support/until';

const VERSIONS = 450;
const CUTS = 4;

describe('A run whose worker loses its connections to the database', () => {
  let mirrors: MirrorWorld;
  let expected: readonly string[];
  let mirror: Mirrored;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    await mirrors.upstream.generate({ versions: VERSIONS, seed: 31 });
    await mirrors.startWorker();
    const undisturbed = await mirrors.aMirror(mirrors.world.globex);
    expect(await mirrors.run(undisturbed)).toMatchObject({ state: 'succeeded' });
    expected = standings(await mirrors.shown(undisturbed));
    expect(expected.length).toBeGreaterThan(VERSIONS / 2);
  });

  beforeEach(async () => {
    const { acme } = mirrors.world;
    // With a copy of its own, which nobody else reads for it.
    const upstreamId = await mirrors.anUpstream(acme, { headers: { 'X-Own': 'copy' } });
    mirror = await mirrors.aMirror(acme, { upstreamId });
  });

  afterAll(() => mirrors.close());

  const cut = () =>
    mirrors.world.db.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'portolan-worker' and datname = current_database()`,
    );

  const comesToItsEnd = async (asked: string) => {
    await until('the run has ended', async () => {
      // What it waits for is over: the leases that nobody could give back, and its own pause.
      await mirrors.world.db.query(`update mirror_run set due_at = now() where state = 'waiting'`);
      return !['waiting', 'running'].includes((await mirrors.get(mirror, asked)).state);
    });
    expect(await mirrors.get(mirror, asked)).toMatchObject({ state: 'succeeded', error: null });
    expect(standings(await mirrors.shown(mirror))).toEqual(expected);
    const applied = await mirrors.world.db.query(
      `select from audit_log where action = 'mirror.run.apply' and target_id = $1`,
      [asked],
    );
    expect(applied).toHaveLength(1);
  };

  it('goes on when that happens while it reads', async () => {
    const { upstream } = mirrors;
    await upstream.fault('pause_at_page', { page: 3 });
    const asked = await mirrors.ask(mirror);
    await until('the crawl is at its third page', async () => (await upstream.held()) === 1);
    expect((await cut()).length).toBeGreaterThan(0);
    await upstream.fault(null);
    await upstream.resume();
    await comesToItsEnd(asked);
  });

  it('goes on when that happens while it writes the registry', async () => {
    const blocker = new Client({ connectionString: mirrors.world.db.superuserUrl });
    await blocker.connect();
    let asked: string;
    try {
      await blocker.query('begin');
      await blocker.query('select from registry where name = $1 for no key update', [mirror.registry]);
      asked = await mirrors.ask(mirror);
      await until('the run waits for the registry', async () => {
        const waiting = await mirrors.world.db.query(
          `select from pg_stat_activity where application_name = 'portolan-worker' and wait_event_type = 'Lock'
           and query ~ 'update registry r' and datname = current_database()`,
        );
        return waiting.length === 1;
      });
      await cut();
    } finally {
      await blocker.end();
    }
    await comesToItsEnd(asked);
  });

  it('goes on when that happens again and again', async () => {
    const written = async () => {
      const [row] = await mirrors.world.db.query<{ bytes: number }>(
        `select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 as bytes`,
      );
      return row?.bytes ?? 0;
    };
    const asked = await mirrors.ask(mirror);
    for (let cuts = 0; cuts < CUTS; cuts += 1) {
      const end = (await written()) + Math.random() * 200_000;
      await until('the worker has come so far', async () => {
        await mirrors.world.db.query(`update mirror_run set due_at = now() where state = 'waiting'`);
        const { state } = await mirrors.get(mirror, asked);
        return (await written()) >= end || state === 'succeeded';
      });
      await cut();
    }
    await comesToItsEnd(asked);
  });
});
