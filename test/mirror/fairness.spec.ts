import { Client } from 'pg';
import { MirrorWorld, type Mirrored } from '../support/mirror-world';
import { until } from '../support/until';

const SHARE = 4;
const REGISTRIES = 10;
const UPSTREAMS = 20;

interface Standing {
  readonly running: number;
  readonly waiting: number;
  readonly ended: number;
}

describe('Runs of an organization with hundreds of mirrors', () => {
  let mirrors: MirrorWorld;
  let globex: readonly Mirrored[];
  let blocker: Client;

  const standing = async (orgId: string): Promise<Standing> => {
    const [row] = await mirrors.world.db.query<Standing>(
      `select (count(*) filter (where state = 'running'))::integer as running,
              (count(*) filter (where state = 'waiting'))::integer as waiting,
              (count(*) filter (where state not in ('running', 'waiting')))::integer as ended
       from mirror_run where org_id = $1`,
      [orgId],
    );
    if (row === undefined) throw new Error('nothing was counted');
    return row;
  };
  const acmes = () => standing(mirrors.world.acme.id);
  /** A run of each mirror that has none waiting or under way. */
  const acmeAsks = () =>
    mirrors.world.db.query(
      `insert into mirror_run (org_id, id, mirror_id, mode, dry_run, trigger, fresh_from)
       select m.org_id, gen_random_uuid(), m.id, 'incremental', false, 'schedule', '1970-01-01'
       from mirror m where m.org_id = $1
       on conflict do nothing`,
      [mirrors.world.acme.id],
    );

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    const { world, upstream } = mirrors;
    await upstream.generate({ versions: 60, seed: 5 });
    const own = await mirrors.anUpstream(world.globex);
    globex = [
      await mirrors.aMirror(world.globex, { upstreamId: own }),
      await mirrors.aMirror(world.globex, { upstreamId: own }),
      await mirrors.aMirror(world.globex, { upstreamId: own }),
    ];
    await mirrors.startWorker();
    // From now on there are no news, which would ask for runs of their own.
    expect(await mirrors.run(globex[0] as Mirrored)).toMatchObject({ state: 'succeeded' });
    await mirrors.settled();
    await mirrors.stopWorker();
    for (let i = 0; i < REGISTRIES; i += 1) await world.aRegistry(world.acme, `full-${i}`);
    for (let i = 0; i < UPSTREAMS; i += 1) await mirrors.anUpstream(world.acme);
    // Each registry mirrors each upstream, and all of them are due.
    await world.db.query(
      `insert into mirror (org_id, id, registry_id, upstream_id, position, schedule, next_run_at)
       select r.org_id, gen_random_uuid(), r.id, u.id, row_number() over (partition by r.id), '1h', now()
       from registry r join upstream u on u.org_id = r.org_id and not u.built_in where r.org_id = $1`,
      [world.acme.id],
    );
    blocker = new Client({ connectionString: world.db.superuserUrl });
    await blocker.connect();
  });

  afterAll(async () => {
    await blocker.end();
    await mirrors.close();
  });

  describe('that come to no end', () => {
    beforeAll(async () => {
      await blocker.query('begin');
      await blocker.query('select from mirror where org_id = $1 for no key update', [mirrors.world.acme.id]);
      await acmeAsks();
      // Mirrors that are due and locked, more than it looks at in one go, do not keep the worker from its runs either.
      await mirrors.startWorker();
      await until('acme has its share under way', async () => (await acmes()).running === SHARE);
    });

    afterAll(() => blocker.query('rollback'));

    it('keep no more than their share of the places', async () => {
      for (const mirror of globex) expect(await mirrors.run(mirror)).toMatchObject({ state: 'succeeded' });
      expect(await acmes()).toEqual({ running: SHARE, waiting: REGISTRIES * UPSTREAMS - SHARE, ended: 0 });
    });
  });

  describe('that go on', () => {
    it('delay a single one of another organization by one at most', async () => {
      const [mirror] = globex as [Mirrored];
      for (let round = 0; round < 4; round += 1) {
        await acmeAsks();
        const before = await acmes();
        await until('acme goes on', async () => (await acmes()).ended > before.ended);
        const id = await mirrors.ask(mirror);
        const asked = await mirrors.world.db.query<{ at: string }>('select clock_timestamp()::text as at');
        const { waiting } = await acmes();
        expect(waiting).toBeGreaterThan(SHARE);
        expect(await mirrors.ended(mirror, id)).toMatchObject({ state: 'succeeded' });
        const [overtaken] = await mirrors.world.db.query<{ runs: number }>(
          `select count(*)::integer as runs from mirror_run a, mirror_run b
           where b.id = $1 and a.org_id = $2 and a.started_at > $3::timestamptz and a.started_at < b.started_at`,
          [id, mirrors.world.acme.id, asked[0]?.at],
        );
        expect(overtaken?.runs).toBeLessThanOrEqual(1);
      }
    });

    it('all come to their end', async () => {
      await until('acme has nothing left to do', async () => {
        const { running, waiting } = await acmes();
        return running + waiting === 0;
      });
      const states = await mirrors.world.db.query(`select distinct state from mirror_run`);
      expect(states).toEqual([{ state: 'succeeded' }]);
    });
  });
});
