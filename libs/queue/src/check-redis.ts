import { SETTINGS } from '@portolan/config';
import { Redis } from 'ioredis';

const CONNECT_TIMEOUT_MS = 5_000;

/** @throws Error of one line that names the setting, when no Redis answers there */
export async function checkRedis(url: string): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let reason = 'no answer';
  redis.on('error', (error) => {
    reason = error.message;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    const { name, expected } = SETTINGS.redisUrl;
    throw new Error(`${name} cannot be used (${reason}): expected ${expected} of a server that answers`, {
      cause: error,
    });
  } finally {
    redis.disconnect();
  }
}
