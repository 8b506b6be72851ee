import { hasRedis, RedisServer } from '../limits/redis-server';
import { loggedDuring } from '../support/logged';
import { MirrorWorld, standings, type Mirrored } from '../support/mirror-world';
import { until } from '../support/until';

const MIRRORS_EACH = 6;

/** What holds whichever server keeps the queue. */
function itFollowsUpstreams(redis: () => RedisServer | null, more: (mirrors: () => MirrorWorld) => void): void {
  let mirrors: MirrorWorld;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    await mirrors.upstream.generate({ versions: 250, seed: 29 });
    const server = redis();
    await mirrors.startWorker(server === null ? {} : { REDIS_URL: server.url });
  });

  afterAll(() => mirrors.close());

  it('does every run that somebody asks for', async () => {
    const { acme, globex } = mirrors.world;
    const all: Mirrored[] = [];
    for (const organization of [acme, globex]) {
      const upstreamId = await mirrors.anUpstream(organization);
      for (let i = 0; i < MIRRORS_EACH; i += 1) all.push(await mirrors.aMirror(organization, { upstreamId }));
    }
    // What the first one finds is news to all of them: nothing is found before each has asked.
    await mirrors.upstream.fault('pause_at_page', { page: 1 });
    const asked = await Promise.all(all.map(async (mirror) => ({ mirror, id: await mirrors.ask(mirror) })));
    await until('the upstream is asked', async () => (await mirrors.upstream.held()) === 1);
    await mirrors.upstream.fault(null);
    await mirrors.upstream.resume();
    for (const { mirror, id } of asked)
      expect(await mirrors.ended(mirror, id)).toMatchObject({ state: 'succeeded', error: null });
    const [first, ...others] = await Promise.all(all.map(async (mirror) => standings(await mirrors.shown(mirror))));
    expect(first?.length).toBeGreaterThan(200);
    for (const other of others) expect(other).toEqual(first);
  });

  it('does every run that is due by schedule', async () => {
    const { acme, globex } = mirrors.world;
    for (const organization of [acme, globex]) {
      const mirror = await mirrors.aMirror(organization, { schedule: '1h' });
      await until('the mirror shows its upstream', async () => (await mirrors.shown(mirror)).length > 200);
    }
  });

  it('leaves nothing in the outbox', async () => {
    await until('the outbox is empty', async () => (await mirrors.world.db.query('select from outbox')).length === 0);
  });

  more(() => mirrors);
}

describe('A worker with its queue on PostgreSQL', () => {
  itFollowsUpstreams(
    () => null,
    (mirrors) => {
      it('does a run whose wake-up call is lost', async () => {
        const { world } = mirrors();
        const mirror = await mirrors().aMirror(world.globex);
        // As if it was restored from a backup of another moment than the queue: a run, and no job.
        await world.db.query(
          `insert into mirror_run (org_id, id, mirror_id, mode, dry_run, trigger, fresh_from)
           values ($1, gen_random_uuid(), $2, 'incremental', false, 'request', now())`,
          [world.globex.id, mirror.id],
        );
        await until('the mirror shows its upstream', async () => (await mirrors().shown(mirror)).length > 200);
      });
    },
  );
});

(hasRedis() ? describe : describe.skip)('A worker with its queue on Redis', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await RedisServer.start();
  });

  afterAll(() => redis.remove());

  // Inside, so that the worker is closed before the server is.
  describe('that is there', () => {
    itFollowsUpstreams(
      () => redis,
      (mirrors) => {
        /** A run that waits for its upstream in the middle of the list. */
        const halfway = async () => {
          const { upstream, world } = mirrors();
          const mirror = await mirrors().aMirror(world.acme);
          await upstream.fault('pause_at_page', { page: 2 });
          const asked = await mirrors().ask(mirror, { mode: 'full' });
          await until('the crawl is at its second page', async () => (await upstream.held()) === 1);
          await upstream.fault(null);
          return { mirror, asked };
        };

        it('goes on when the queue is emptied in the middle of a run', async () => {
          const { mirror, asked } = await halfway();
          const other = await mirrors().aMirror(mirrors().world.globex);
          const waiting = await mirrors().ask(other);
          redis.cli('flushall');
          await mirrors().upstream.resume();
          expect(await mirrors().ended(mirror, asked)).toMatchObject({ state: 'succeeded', error: null });
          expect(await mirrors().ended(other, waiting)).toMatchObject({ state: 'succeeded', error: null });
        });

        it('goes on while there is no queue at all, and takes it up again', async () => {
          const logged = await loggedDuring(async () => {
            const { mirror, asked } = await halfway();
            await redis.kill();
            const other = await mirrors().aMirror(mirrors().world.globex);
            const waiting = await mirrors().ask(other);
            await mirrors().upstream.resume();
            expect(await mirrors().ended(mirror, asked)).toMatchObject({ state: 'succeeded', error: null });
            expect(await mirrors().ended(other, waiting)).toMatchObject({ state: 'succeeded', error: null });
            await redis.start();
            await until('what was asked meanwhile is in the queue', async () => {
              const left = await mirrors().world.db.query('select from outbox');
              return left.length === 0;
            });
            expect(await mirrors().run(other)).toMatchObject({ state: 'succeeded' });
          });
          expect(logged).toContain('ECONNREFUSED');
        });
      },
    );
  });
});
