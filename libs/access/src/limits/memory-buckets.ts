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
  readonly tokens: number;
  readonly atMs: number;
}

/** Buckets of this process alone. Beyond `keysMax` keys the one that waited longest is forgotten, that is: full. */
export class MemoryBuckets implements Buckets {
  private readonly levels: LRUCache<string, Level>;

  constructor(
    private readonly now: Clock = monotonicMs,
    keysMax = KEYS_MAX,
  ) {
    this.levels = new LRUCache({ max: keysMax });
  }

  take(key: string, size: BucketSize, cost = 1): Promise<Taken> {
    return new Promise((resolve) => {
      const price = priceOf(cost, size);
      const atMs = this.now();
      const tokens = this.tokens(key, size, atMs);
      const allowed = tokens + ROUNDING >= price;
      const left = allowed ? Math.max(0, tokens - price) : tokens;
      this.levels.set(key, { tokens: left, atMs });
      resolve(answer(allowed, left, price, size));
    });
  }

  peek(key: string, size: BucketSize): Promise<Taken> {
    return new Promise((resolve) => {
      const price = priceOf(1, size);
      const tokens = this.tokens(key, size, this.now());
      resolve(answer(tokens + ROUNDING >= price, tokens, price, size));
    });
  }

  give(key: string, size: BucketSize, tokens = 1): Promise<void> {
    return new Promise((resolve) => {
      const given = priceOf(tokens, size);
      const atMs = this.now();
      this.levels.set(key, { tokens: Math.min(size.burst, this.tokens(key, size, atMs) + given), atMs });
      resolve();
    });
  }

  close(): Promise<void> {
    this.levels.clear();
    return Promise.resolve();
  }

  private tokens(key: string, { per_second, burst }: BucketSize, atMs: number): number {
    const level = this.levels.get(key);
    if (!level) return burst;
    return Math.min(burst, level.tokens + ((atMs - level.atMs) / 1_000) * per_second);
  }
}
