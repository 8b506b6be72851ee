import { AppError } from '@portolan/kernel';

export interface WaitingLineOptions {
  /** What is waited for, in the plural. */
  readonly what: string;
  /** Of each organization. */
  readonly atOnce: number;
  /** Of each organization, besides those that run. */
  readonly waitingMax: number;
  readonly retryAfterSeconds: number;
}

interface Line {
  running: number;
  readonly waiting: (() => void)[];
}

/** Lets a few of each organization work at a time in this process; the others wait, first come, first served. */
export class WaitingLine {
  private readonly lines = new Map<string, Line>();

  constructor(private readonly options: WaitingLineOptions) {}

  /** @throws AppError rate_limited when too many wait already */
  async run<T>(orgId: string, work: () => Promise<T>): Promise<T> {
    const line = this.lines.get(orgId) ?? { running: 0, waiting: [] };
    this.lines.set(orgId, line);
    if (line.running < this.options.atOnce) line.running += 1;
    else await this.turn(line);
    try {
      return await work();
    } finally {
      this.leave(orgId, line);
    }
  }

  private turn({ waiting }: Line): Promise<void> {
    const { what, waitingMax, retryAfterSeconds } = this.options;
    if (waiting.length >= waitingMax)
      throw new AppError('rate_limited', {
        detail: `Too many ${what} of the organization are waited for. See the Retry-After header`,
        headers: { 'Retry-After': String(retryAfterSeconds) },
      });
    return new Promise((resolve) => waiting.push(resolve));
  }

  // Whoever is next takes over the place, so that nobody who comes now gets it before him.
  private leave(orgId: string, line: Line): void {
    const next = line.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    line.running -= 1;
    if (line.running === 0) this.lines.delete(orgId);
  }
}
