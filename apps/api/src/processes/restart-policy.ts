const FIRST_BACKOFF_MS = 200;
const LAST_BACKOFF_MS = 5_000;
const MINUTE_MS = 60_000;

export const RESTARTS_PER_MINUTE_MAX = 10;

/** Spaces restarts out and says when they have become pointless, as the launcher does with its programs. */
export class RestartPolicy {
  private times: number[] = [];
  private backoffMs = FIRST_BACKOFF_MS;

  /**
   * @param nowMs of a clock that never goes back
   * @returns milliseconds to wait, null to give up
   */
  next(nowMs: number): number | null {
    this.times = this.times.filter((time) => nowMs - time < MINUTE_MS);
    if (this.times.length === 0) this.backoffMs = FIRST_BACKOFF_MS;
    if (this.times.length >= RESTARTS_PER_MINUTE_MAX) return null;
    this.times.push(nowMs);
    const waitMs = this.backoffMs;
    this.backoffMs = Math.min(waitMs * 2, LAST_BACKOFF_MS);
    return waitMs;
  }
}
