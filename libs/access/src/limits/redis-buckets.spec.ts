import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { freePort, hasRedis, RedisServer } from '../../../../test/limits/redis-server';
import { until } from '../../../../test/support/until';
import { PAUSE_MS, RedisBuckets, type RedisBucketsOptions } from './redis-buckets';
import type { Taken } from './token-bucket';

/** So slow that nothing fills while a test runs. */
const SIZE = { per_second: 0.000_1, burst: 20 };

function takes(buckets: RedisBuckets, key: string, count: number, size = SIZE): Promise<Taken[]> {
  return Promise.all(Array.from({ length: count }, () => buckets.take(key, size)));
}

function allowed(taken: readonly Taken[]): number {
  return taken.filter((one) => one.allowed).length;
}

/** A way to Redis whose connections can fall silent without being closed. */
class Wire {
  connections = 0;
  private readonly sockets = new Set<Socket>();
  private constructor(private readonly server: Server) {}

  static async to(port: number): Promise<Wire> {
    const server = createServer();
    const wire = new Wire(server);
    server.on('connection', (near) => {
      wire.connections += 1;
      const far = connect(port, '127.0.0.1');
      for (const socket of [near, far]) {
        wire.sockets.add(socket);
        socket.on('error', () => {
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far);
      far.pipe(near);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  silence(): void {
    for (const socket of this.sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

(hasRedis() ? describe : describe.skip)('Buckets on Redis', () => {
  const opened: RedisBuckets[] = [];
  let redis: RedisServer;
  let warnings: string[];
  let clockMs: number;

  function open(options: RedisBucketsOptions = {}, at = redis.url): RedisBuckets {
    const buckets = new RedisBuckets(at, options);
    opened.push(buckets);
    return buckets;
  }

  /** Buckets for which no answer of Redis is too late. */
  async function patient(): Promise<RedisBuckets> {
    const buckets = open({ deadlineMs: 20_000 });
    await until('buckets are shared', () => buckets.shared);
    return buckets;
  }

  /** Buckets with the usual deadline, on a clock that stands still. */
  async function onStandingClock(at = redis.url): Promise<RedisBuckets> {
    const buckets = open({ now: () => clockMs }, at);
    await backOnRedis(buckets);
    return buckets;
  }

  async function backOnRedis(buckets: RedisBuckets): Promise<void> {
    await until('buckets are shared', async () => {
      clockMs += PAUSE_MS;
      await buckets.take('any', SIZE);
      return buckets.shared;
    });
  }

  beforeAll(async () => {
    redis = await RedisServer.start();
  });

  beforeEach(() => {
    redis.cli('flushall');
    clockMs = 1_000_000;
    warnings = [];
    const ignore = () => undefined;
    Logger.overrideLogger({ log: ignore, error: ignore, warn: (message: string) => void warnings.push(message) });
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((buckets) => buckets.close()));
  });

  afterAll(async () => {
    await redis.remove();
  });

  describe('while Redis answers', () => {
    it('never allow more than the burst, however many ask at once', async () => {
      const taken = await takes(await patient(), 'a', 300);
      expect(allowed(taken)).toBe(20);
      expect(taken.filter((one) => !one.allowed && one.retryAfterMs > 0 && one.remaining === 0)).toHaveLength(280);
    });

    it('are one bucket for two clients', async () => {
      const [here, there] = [await patient(), await patient()];
      const taken = await Promise.all([takes(here, 'a', 150), takes(there, 'a', 150)]);
      expect(allowed(taken.flat())).toBe(20);
      expect(await here.peek('a', SIZE)).toMatchObject({ allowed: false, remaining: 0 });
      expect(allowed(await takes(there, 'b', 30))).toBe(20);
    });

    it('answer like buckets in memory', async () => {
      const buckets = await patient();
      expect(await buckets.peek('a', SIZE)).toEqual({ allowed: true, remaining: 20, retryAfterMs: 0, resetMs: 0 });
      expect(await buckets.take('a', SIZE, 15)).toEqual({
        allowed: true,
        remaining: 5,
        retryAfterMs: 0,
        resetMs: 150_000_000,
      });
      const refused = await buckets.take('a', SIZE, 7);
      expect(refused).toMatchObject({ allowed: false, remaining: 5 });
      expect(Math.round(refused.retryAfterMs / 1e6)).toBe(20);
      expect(await buckets.take('a', SIZE, 5)).toMatchObject({ allowed: true, remaining: 0 });
      expect(await buckets.take('b', SIZE, 1_000)).toMatchObject({ allowed: true, remaining: 0 });
      await expect(buckets.take('a', { per_second: 1, burst: 0 })).rejects.toThrow(RangeError);
      expect(warnings).toEqual([]);
    });

    it('take back what is given, up to the burst', async () => {
      const buckets = await patient();
      await takes(buckets, 'a', 20);
      await buckets.give('a', SIZE);
      expect(await buckets.peek('a', SIZE)).toMatchObject({ allowed: true, remaining: 1 });
      await buckets.give('a', SIZE, 20);
      expect(allowed(await takes(buckets, 'a', 30))).toBe(20);
    });

    it('keep their level when their size changes', async () => {
      const buckets = await patient();
      await takes(buckets, 'a', 15);
      expect(await buckets.peek('a', { ...SIZE, burst: 500 })).toMatchObject({ remaining: 5 });
      expect(await buckets.peek('a', { ...SIZE, burst: 2 })).toMatchObject({ remaining: 2 });
    });

    it('fill again, and leave nothing behind when full', async () => {
      const buckets = await patient();
      const size = { per_second: 20, burst: 5 };
      await takes(buckets, 'a', 5, size);
      await until('a token is there', async () => (await buckets.take('a', size)).allowed);
      await until('the bucket is full', async () => (await buckets.peek('a', size)).resetMs === 0);
      await until('its key is gone', () => redis.cli('keys', '*') === '');
    });

    it('expire when they are full', async () => {
      await takes(await patient(), 'a', 10);
      const expiresInMs = Number(redis.cli('pttl', 'portolan:limit:a'));
      expect(Math.round(expiresInMs / 1e6)).toBe(100);
    });
  });

  describe('when Redis fails', () => {
    it('are local ones after it is killed under load, and shared ones when it is back', async () => {
      const [here, there] = [await onStandingClock(), await onStandingClock()];
      const before = warnings.length;
      const underLoad = takes(here, 'killed', 400);
      await redis.kill();
      const taken = await underLoad;
      expect(taken).toHaveLength(400);
      // A full bucket on Redis and a full local one.
      expect(allowed(taken)).toBeLessThanOrEqual(40);

      await until('both know of the outage', () => !here.shared && !there.shared);
      expect(allowed(await takes(here, 'local', 100))).toBe(20);
      expect(allowed(await takes(there, 'local', 100))).toBe(20);
      clockMs += 10 * PAUSE_MS;
      expect(allowed(await takes(here, 'later', 100))).toBe(20);
      await until('both have warned', () => warnings.length === before + 2);

      await redis.start();
      await backOnRedis(here);
      await backOnRedis(there);
      await here.take('shared', SIZE, 20);
      expect(await there.peek('shared', SIZE)).toMatchObject({ allowed: false, remaining: 0 });
      expect(warnings).toHaveLength(before + 2);
    });

    it('are local ones from the start when none is there, with one warning', async () => {
      const buckets = open({}, `redis://127.0.0.1:${await freePort()}`);
      expect(allowed(await takes(buckets, 'a', 100))).toBe(20);
      await until('the outage is known', () => warnings.length > 0);
      expect(allowed(await takes(buckets, 'b', 100))).toBe(20);
      expect(buckets.shared).toBe(false);
      expect(warnings).toEqual([expect.stringContaining('limits hold for each process alone')]);
    });

    it('ask a frozen one once a pause and count locally meanwhile', async () => {
      const buckets = await onStandingClock();
      const size = { ...SIZE, burst: 200 };
      redis.signal('SIGSTOP');
      try {
        expect(await buckets.take('frozen', size)).toMatchObject({ allowed: true, remaining: 199 });
        expect(buckets.shared).toBe(false);
        const rest = await takes(buckets, 'frozen', 300, size);
        expect(allowed(rest)).toBe(199);
      } finally {
        redis.signal('SIGCONT');
      }
      await backOnRedis(buckets);
      // The one that found out, and none of the 300.
      expect(await buckets.peek('frozen', size)).toMatchObject({ remaining: 199 });
    });

    it('leave a connection on which nothing comes any more', async () => {
      const wire = await Wire.to(redis.port);
      try {
        const buckets = await onStandingClock(wire.url);
        const connections = wire.connections;
        wire.silence();
        expect(allowed(await takes(buckets, 'silent', 100))).toBe(20);
        expect(buckets.shared).toBe(false);
        await backOnRedis(buckets);
        expect(wire.connections).toBeGreaterThan(connections);
      } finally {
        await wire.close();
      }
    });

    it('leave a primary that became a replica', async () => {
      const wire = await Wire.to(redis.port);
      try {
        const buckets = await onStandingClock(wire.url);
        const connections = wire.connections;
        redis.cli('replicaof', '127.0.0.1', String(await freePort()));
        expect(allowed(await takes(buckets, 'replica', 100))).toBe(20);
        await until('it is left', async () => {
          clockMs += PAUSE_MS;
          await buckets.take('replica', SIZE);
          return wire.connections > connections;
        });
        clockMs += PAUSE_MS;
        expect(await buckets.peek('replica', SIZE)).toMatchObject({ allowed: false });
        expect(buckets.shared).toBe(false);
        redis.cli('replicaof', 'no', 'one');
        await backOnRedis(buckets);
      } finally {
        redis.cli('replicaof', 'no', 'one');
        await wire.close();
      }
    });

    it('are local ones once closed, without a warning', async () => {
      const buckets = await patient();
      await takes(buckets, 'a', 20);
      const last = takes(buckets, 'a', 50);
      await buckets.close();
      expect(allowed(await last)).toBeLessThanOrEqual(20);
      expect(allowed(await takes(buckets, 'b', 100))).toBe(20);
      expect(warnings).toEqual([]);
    });
  });
});
