import type { BucketSize, LimitClass, Taken } from './token-bucket';

/**
 * Tells a client its limit, by draft-ietf-httpapi-ratelimit-headers. `Retry-After` is there only when nothing was taken.
 * All times are whole seconds, rounded up.
 */
export function limitHeaders(
  policy: LimitClass | 'failures',
  { per_second, burst }: BucketSize,
  { allowed, remaining, retryAfterMs, resetMs }: Taken,
): Readonly<Record<string, string>> {
  const windowSeconds = Math.max(1, Math.ceil(burst / per_second));
  return {
    ...(allowed ? {} : { 'Retry-After': String(Math.max(1, seconds(retryAfterMs))) }),
    RateLimit: `"${policy}";r=${remaining};t=${seconds(resetMs)}`,
    'RateLimit-Policy': `"${policy}";q=${Math.floor(burst)};w=${windowSeconds}`,
  };
}

function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1_000);
}
