const FIRST_MS = 1_000;
const LONGEST_MS = 5 * 60_000;
const RETRY_AFTER_MAX_MS = 60 * 60_000;
const DOUBLINGS_MAX = 20;

/**
 * How long to wait before the next attempt: 1 s, doubled to 5 min, each shortened by up to half at random so that those
 * that fail together do not return together; longer when the other side has asked for it, up to 1 h.
 *
 * @param failures in a row, from 1
 */
export function backoffMs(failures: number, retryAfterMs: number | null, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, DOUBLINGS_MAX));
  const own = full * (0.5 + random() / 2);
  return Math.round(Math.max(own, Math.min(retryAfterMs ?? 0, RETRY_AFTER_MAX_MS)));
}
