import { UpstreamFault } from '../sources/upstream-fault';

const ALL_MS = 30_000;
const ONE_MS = 10_000;

/** Requests that have 10 s each and 30 s together, and how long those took that were answered. */
export class TimedRequests {
  private readonly tookMs: number[] = [];
  private readonly endMs = performance.now() + ALL_MS;

  /** Of those that were answered; null when none was. */
  get medianMs(): number | null {
    const sorted = this.tookMs.toSorted((one, other) => one - other);
    const middle = sorted[Math.floor(sorted.length / 2)];
    return middle === undefined ? null : Math.round(middle);
  }

  /** @throws UpstreamFault too_slow also when no time is left for it */
  async run<Answer>(request: (timeoutMs: number) => Promise<Answer>): Promise<Answer> {
    const beganMs = performance.now();
    const leftMs = Math.min(ONE_MS, Math.floor(this.endMs - beganMs));
    if (leftMs <= 0)
      throw new UpstreamFault('too_slow', 'The upstream is so slow that the test had no time left for this');
    try {
      const answer = await request(leftMs);
      this.tookMs.push(performance.now() - beganMs);
      return answer;
    } catch (error) {
      if (error instanceof UpstreamFault && error.httpStatus !== null) this.tookMs.push(performance.now() - beganMs);
      throw error;
    }
  }
}
