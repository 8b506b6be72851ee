import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Pace } from '../pace';
import { ClaimRun } from '../runs/claim-run.service';
import { ExecuteRun } from '../runs/execute-run.service';

/** Runs that one process has under way at the same time; most of them wait for their upstream. */
const PLACES = 8;
const STOP_MAX_MS = 2_000;

/** Gives each of its places to the run whose turn it is, as long as any is due. */
@Injectable()
export class Runner implements OnApplicationShutdown {
  private readonly logger = new Logger(Runner.name);
  private readonly places = new Set<Promise<void>>();
  private isEnding = false;

  constructor(
    private readonly claimRun: ClaimRun,
    private readonly executeRun: ExecuteRun,
    private readonly pace: Pace,
  ) {}

  /** Says that a run is due. Takes one place, and nothing when all are taken: who has one looks again by himself. */
  wake(): void {
    if (this.isEnding || this.places.size >= PLACES) return;
    const place = this.work()
      .catch((error: unknown) => {
        this.logger.error(`mirror runs: ${error instanceof Error ? error.message : String(error)}`);
      })
      .finally(() => {
        this.places.delete(place);
      });
    this.places.add(place);
  }

  /** Runs under way go on in another process. */
  async onApplicationShutdown(): Promise<void> {
    this.isEnding = true;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOP_MAX_MS);
    });
    await Promise.race([Promise.all(this.places), limit]);
    clearTimeout(timer);
  }

  private async work(): Promise<void> {
    while (!this.isEnding) {
      const run = await this.claimRun.execute();
      if (run === null) return;
      // There may be more than this place can do.
      this.wake();
      await this.pace.during(() => this.executeRun.execute(run, () => this.isEnding));
    }
  }
}
