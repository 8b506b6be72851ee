import type { BucketSize, LimitClass } from './token-bucket';

/** What an organization has instead of the platform's limits, as its row holds it. */
export type RateLimitSettings = Readonly<Partial<Record<LimitClass, BucketSize>>>;
