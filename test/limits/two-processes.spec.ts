import { mintSecret } from '@portolan/access';
import { loadApiConfig } from '@portolan/config';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp, listen } from '../../apps/api/src/create-app';
import { call, type Answer } from '../support/http';
import { until } from '../support/until';
import { aWorld, TEST_ENVIRONMENT, type World } from '../support/world';
import { hasRedis, RedisServer } from './redis-server';

(hasRedis() ? describe : describe.skip)('Two API processes on one Redis', () => {
  const limits = { RATE_LIMIT_READ: '0.01/50', TRUSTED_PROXIES: '127.0.0.1' };
  let redis: RedisServer;
  let world: World;
  let second: NestFastifyApplication;
  let urls: [string, string];
  let address = 0;

  const fresh = () => ({ 'x-forwarded-for': `192.0.2.${(address += 1)}` });
  const me = (url: string, token: string, headers: Record<string, string>) =>
    call(url, 'GET', '/v0/users/me', { token, headers });

  /** The first requests of a process may come before it is connected. */
  async function connected(url: string): Promise<void> {
    const headers = fresh();
    await until('requests are counted on Redis', async () => {
      await call(url, 'GET', '/v0/users/me', { headers });
      return redis.cli('exists', `portolan:limit:read:address:${headers['x-forwarded-for']}`) === '1';
    });
  }

  function passed(answers: readonly Answer[]): number {
    return answers.filter(({ status }) => status !== 429).length;
  }

  beforeAll(async () => {
    redis = await RedisServer.start();
    world = await aWorld({ ...limits, REDIS_URL: redis.url });
    second = await createApp(
      loadApiConfig({ ...TEST_ENVIRONMENT, ...limits, REDIS_URL: redis.url, DATABASE_URL: world.db.appUrl }),
    );
    urls = [world.url, await listen(second, 0, '127.0.0.1')];
    for (const url of urls) await connected(url);
  });

  afterAll(async () => {
    await second.close();
    await world.close();
    await redis.remove();
  });

  it('share the bucket of a principal', async () => {
    const [first, other] = urls;
    const token = await world.aUser(world.acme);
    for (let round = 0; round < 25; round += 1)
      for (const url of urls) expect((await me(url, token, fresh())).status).toBe(200);
    expect((await me(first, token, fresh())).status).toBe(429);
    expect((await me(other, token, fresh())).status).toBe(429);
  });

  it('count the wrong credentials of an address together', async () => {
    const [first, other] = urls;
    const headers = fresh();
    const expired = await world.aUser(world.acme, { expired: true });
    for (let round = 0; round < 10; round += 1)
      for (const url of urls) expect((await me(url, expired, headers)).status).toBe(401);
    expect((await me(first, expired, headers)).status).toBe(429);
    expect((await me(other, expired, headers)).status).toBe(429);
    expect((await me(other, mintSecret('pat').text, headers)).status).toBe(401);
  });

  it('limit each for itself when Redis is gone, and answer on', async () => {
    await redis.kill();
    const headers = fresh();
    for (const url of urls) {
      const answers = await Promise.all(
        Array.from({ length: 80 }, () => call(url, 'GET', '/v0/users/me', { headers })),
      );
      expect(passed(answers)).toBe(50);
      expect(answers.every(({ status }) => status === 401 || status === 429)).toBe(true);
    }
  });
});
