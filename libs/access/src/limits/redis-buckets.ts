import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { MemoryBuckets } from './memory-buckets';
import {
  answer,
  monotonicMs,
  priceOf,
  ROUNDING,
  type Buckets,
  type BucketSize,
  type Clock,
  type Taken,
} from './token-bucket';

const DEADLINE_MS = 50;
const CONNECT_TIMEOUT_MS = 5_000;
const DISCONNECT_TIMEOUT_MS = 100;
const KEEP_ALIVE_MS = 10_000;

/** After a failure Redis is left alone for so long; then a single take asks it again. */
export const PAUSE_MS = 1_000;

// Numbers are kept as text of full precision: Redis cuts the fraction off a number that a script returns.
const TAKE_TOKENS = `
local per_ms, burst, price = tonumber(ARGV[1]) / 1000, tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local level = redis.call('HMGET', KEYS[1], 'tokens', 'at_ms')
local tokens = burst
if level[1] then
  local elapsed_ms = math.max(0, now_ms - tonumber(level[2]))
  tokens = math.min(burst, tonumber(level[1]) + elapsed_ms * per_ms)
end
local allowed = tokens + ${ROUNDING} >= price
if ARGV[4] ~= 'peek' then
  if ARGV[4] == 'give' then tokens = math.min(burst, tokens + price)
  elseif allowed then tokens = math.max(0, tokens - price) end
  redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', tokens), 'at_ms', string.format('%.3f', now_ms))
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(1, math.ceil((burst - tokens) / per_ms))))
end
return { allowed and 1 or 0, string.format('%.17g', tokens) }`;

type Request = 'take' | 'peek' | 'give';

interface TakeTokens {
  takeTokens(
    key: string,
    perSecond: number,
    burst: number,
    price: number,
    request: Request,
  ): Promise<[allowed: 0 | 1, tokens: string]>;
}

export interface RedisBucketsOptions {
  /** Tells pauses and the local buckets the time; buckets on Redis go by its own clock. */
  readonly now?: Clock;
  /** How long a take may wait for Redis; 50 ms unless told. */
  readonly deadlineMs?: number;
}

/**
 * Buckets that all processes share. While Redis is gone or slow each process counts in buckets of its own: limits then
 * hold per process, and no request waits for more than one deadline.
 */
export class RedisBuckets implements Buckets {
  private readonly logger = new Logger(RedisBuckets.name);
  private readonly redis: Redis & TakeTokens;
  private readonly local: MemoryBuckets;
  private readonly now: Clock;
  private readonly deadlineMs: number;
  private failing = false;
  private pausedUntilMs = 0;
  private closed = false;

  /** Connects at once, and again for as long as it is not closed. */
  constructor(url: string, { now = monotonicMs, deadlineMs = DEADLINE_MS }: RedisBucketsOptions = {}) {
    this.now = now;
    this.deadlineMs = deadlineMs;
    this.local = new MemoryBuckets(now);
    const redis = new Redis(url, {
      lazyConnect: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      // A take that was sent and not answered has been counted elsewhere by then.
      autoResendUnfulfilledCommands: false,
      connectTimeout: CONNECT_TIMEOUT_MS,
      disconnectTimeout: DISCONNECT_TIMEOUT_MS,
      keepAlive: KEEP_ALIVE_MS,
    });
    redis.on('error', (error) => {
      this.fail(error);
    });
    redis.defineCommand('takeTokens', { numberOfKeys: 1, lua: TAKE_TOKENS });
    this.redis = redis as Redis & TakeTokens;
  }

  /** Whether takes are counted on Redis at present. */
  get shared(): boolean {
    return this.redis.status === 'ready' && !this.failing;
  }

  takeNow(): null {
    return null;
  }

  async take(key: string, size: BucketSize, cost = 1): Promise<Taken> {
    return (await this.ask(key, size, cost, 'take')) ?? this.local.take(key, size, cost);
  }

  async peek(key: string, size: BucketSize): Promise<Taken> {
    return (await this.ask(key, size, 1, 'peek')) ?? this.local.peek(key, size);
  }

  async give(key: string, size: BucketSize, tokens = 1): Promise<void> {
    if ((await this.ask(key, size, tokens, 'give')) === null) await this.local.give(key, size, tokens);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.redis.disconnect();
    await this.local.close();
  }

  private async ask(key: string, size: BucketSize, cost: number, request: Request): Promise<Taken | null> {
    const price = priceOf(cost, size);
    const nowMs = this.now();
    if (this.redis.status !== 'ready' || nowMs < this.pausedUntilMs) return null;
    const trial = this.failing;
    // A replica answers a peek: only a take shows that Redis counts again.
    if (trial && request === 'peek') return null;
    if (trial) this.pausedUntilMs = nowMs + PAUSE_MS;
    try {
      const work = this.redis.takeTokens(`portolan:limit:${key}`, size.per_second, size.burst, price, request);
      const [allowed, tokens] = await within(this.deadlineMs, work);
      if (trial) this.recover();
      return answer(allowed === 1, Number(tokens), price, size);
    } catch (error) {
      this.fail(error);
      // A host that vanished closes no connection, and after a failover the open one leads to a replica: find the way anew.
      if (trial && !this.closed) this.redis.disconnect(true);
      return null;
    }
  }

  private fail(error: unknown): void {
    this.pausedUntilMs = this.now() + PAUSE_MS;
    if (this.failing || this.closed) return;
    this.failing = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.logger.warn(`Redis is not usable (${reason}): limits hold for each process alone`);
  }

  private recover(): void {
    this.failing = false;
    this.pausedUntilMs = 0;
    this.logger.log('Redis is usable again: limits are shared');
  }
}

/** Rejects when no answer came in time. */
function within<T>(deadlineMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // The answer may lie in the socket when it was this process that had no time: read once more.
      setImmediate(() => {
        reject(new Error(`no answer within ${deadlineMs} ms`));
      });
    }, deadlineMs);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}
