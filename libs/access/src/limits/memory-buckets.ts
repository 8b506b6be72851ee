import { roomFor } from '@portolan/kernel';
import { LRUCache } from 'lru-cache';
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

const KEYS_MAX = 100_000;

interface Level {
  tokens: number;
  atMs: number;
}

/** Buckets of this process alone. Beyond `keysMax` keys the one that waited longest is forgotten, that is: full. */
export class MemoryBuckets implements Buckets {
  private readonly levels: LRUCache<string, Level>;

  constructor(
    private readonly now: Clock = monotonicMs,
    keysMax = KEYS_MAX,
  ) {
    this.levels = new LRUCache(roomFor(keysMax));
  }

  take(key: string, size: BucketSize, cost = 1): Promise<Taken> {
    return new Promise((resolve) => {
      resolve(this.takeNow(key, size, cost));
    });
  }

  takeNow(key: string, size: BucketSize, cost = 1): Taken {
    const price = priceOf(cost, size);
    const atMs = this.now();
    const level = this.levels.get(key);
    const tokens = tokensOf(level, size, atMs);
    const allowed = tokens + ROUNDING >= price;
    const left = allowed ? Math.max(0, tokens - price) : tokens;
    if (level) {
      level.tokens = left;
      level.atMs = atMs;
    } else this.levels.set(key, { tokens: left, atMs });
    return answer(allowed, left, price, size);
  }

  peek(key: string, size: BucketSize): Promise<Taken> {
    return new Promise((resolve) => {
      const price = priceOf(1, size);
      const tokens = tokensOf(this.levels.get(key), size, this.now());
      resolve(answer(tokens + ROUNDING >= price, tokens, price, size));
    });
  }

  give(key: string, size: BucketSize, tokens = 1): Promise<void> {
    return new Promise((resolve) => {
      const given = priceOf(tokens, size);
      const atMs = this.now();
      this.levels.set(key, { tokens: Math.min(size.burst, tokensOf(this.levels.get(key), size, atMs) + given), atMs });
      resolve();
    });
  }

  close(): Promise<void> {
    this.levels.clear();
    return Promise.resolve();
  }
}

function tokensOf(level: Level | undefined, { per_second, burst }: BucketSize, atMs: number): number {
  if (!level) return burst;
  return Math.min(burst, level.tokens + ((atMs - level.atMs) / 1_000) * per_second);
}
