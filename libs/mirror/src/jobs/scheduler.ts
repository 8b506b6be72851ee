import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';
import { Repeat } from '@portolan/queue/jobs';
import { ClaimRun } from '../runs/claim-run.service';
import { ScheduleRun } from '../runs/schedule-run.service';
import { Runner } from './runner';

const PAUSE_MS = 1_000;
const MIRRORS = 100;
/** A run whose worker died so often without getting on is the cause of it. */
const CRASHES_MAX = 20;

/** Asks for the runs that are due by schedule, takes back those whose worker died, and sees to those nobody called for. */
@Injectable()
export class Scheduler implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Scheduler.name);
  private readonly repeat = new Repeat('mirror schedule', PAUSE_MS, (isStopped) => this.look(isStopped));

  constructor(
    private readonly system: SystemDb,
    private readonly claimRun: ClaimRun,
    private readonly scheduleRun: ScheduleRun,
    private readonly runner: Runner,
  ) {}

  onApplicationBootstrap(): void {
    this.repeat.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.repeat.stop();
  }

  private async look(isStopped: () => boolean): Promise<void> {
    await this.system.call(sql`select return_lost_mirror_runs(${CRASHES_MAX})`);
    for (let found = MIRRORS; found === MIRRORS && !isStopped();) found = await this.schedule(isStopped);
    if (await this.claimRun.isAnyDue()) this.runner.wake();
  }

  private async schedule(isStopped: () => boolean): Promise<number> {
    const due = await this.system.call<{ org_id: string; id: string }>(
      sql`select org_id, id from list_due_mirrors(${MIRRORS})`,
    );
    let scheduled = 0;
    for (const { org_id: orgId, id } of due) {
      if (isStopped()) break;
      try {
        if (await this.scheduleRun.execute(orgId, id)) scheduled += 1;
      } catch (error) {
        // One mirror's trouble is not the others'.
        this.logger.error(`mirror ${id} of ${orgId}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    // Where one is due as before, another look would find it again.
    return scheduled;
  }
}
