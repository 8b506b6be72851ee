export const LIMIT_CLASSES = ['read', 'search', 'write', 'auth', 'export'] as const;

export type LimitClass = (typeof LIMIT_CLASSES)[number];

/** How much a bucket holds, and how fast it fills again. */
export interface BucketSize {
  /** Tokens a second; may be fractional. */
  readonly per_second: number;
  /** Tokens of a full bucket, at least 1. */
  readonly burst: number;
}

export interface Taken {
  readonly allowed: boolean;
  /** Whole tokens left. */
  readonly remaining: number;
  /** Until the same can be taken; 0 when allowed. */
  readonly retryAfterMs: number;
  /** Until the bucket is full. */
  readonly resetMs: number;
}

/** A bucket that was never taken from is full. */
export interface Buckets {
  /**
   * Takes all tokens or none. What costs more than a full bucket holds takes a full one.
   *
   * @throws RangeError for a size or a cost that no bucket can have
   */
  take(key: string, size: BucketSize, cost?: number): Promise<Taken>;
  /**
   * As `take`, where nobody has to be asked for it; null where somebody has to be.
   *
   * @throws RangeError
   */
  takeNow(key: string, size: BucketSize): Taken | null;
  /** Whether one token could be taken, and what is there; takes nothing. */
  peek(key: string, size: BucketSize): Promise<Taken>;
  /**
   * Puts back what was taken; a bucket is never more than full.
   *
   * @throws RangeError
   */
  give(key: string, size: BucketSize, tokens?: number): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds of a clock that is never set. */
export type Clock = () => number;

export const monotonicMs: Clock = () => performance.now();

/** Fractions of tokens do not add up exactly: who waited as long as told must not fail by the last bit. */
export const ROUNDING = 1e-9;

/**
 * Tokens to take for a cost.
 *
 * @throws RangeError
 */
export function priceOf(cost: number, { per_second, burst }: BucketSize): number {
  if (!(per_second > 0 && per_second < Infinity)) throw new RangeError('per_second: must be greater than 0');
  if (!(burst >= 1 && burst < Infinity)) throw new RangeError('burst: must be at least 1');
  if (!(cost > 0)) throw new RangeError('cost: must be greater than 0');
  return Math.min(cost, burst);
}

/** The answer about a bucket that holds `tokens` now. */
export function answer(allowed: boolean, tokens: number, price: number, size: BucketSize): Taken {
  const msFor = (missing: number) => Math.max(0, Math.ceil((missing / size.per_second) * 1_000 - ROUNDING));
  return {
    allowed,
    remaining: Math.floor(tokens + ROUNDING),
    retryAfterMs: allowed ? 0 : Math.max(1, msFor(price - tokens)),
    resetMs: msFor(size.burst - tokens),
  };
}
