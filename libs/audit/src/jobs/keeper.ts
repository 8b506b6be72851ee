import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';
import { AppError } from '@portolan/kernel';
import { Repeat } from '@portolan/queue/jobs';
import { PurgeTrail } from '../retention/purge-trail.service';

const PAUSE_MS = 5_000;
const PERIOD_MS = 3_600_000;
const RETRY_MS = 60_000;

/**
 * Makes partitions of coming months and removes what is no longer kept, soon after the start and then every hour; a minute
 * after a failure once more.
 */
@Injectable()
export class Keeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Keeper.name);
  private readonly repeat = new Repeat('audit keeping', PAUSE_MS, (isStopped) => this.keep(isStopped));
  private dueAtMs = 0;
  private isToldMissing = false;

  constructor(
    private readonly system: SystemDb,
    private readonly purgeTrail: PurgeTrail,
  ) {}

  onApplicationBootstrap(): void {
    this.repeat.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.repeat.stop();
  }

  /** Does nothing until it is due. */
  async keep(isStopped: () => boolean): Promise<void> {
    if (Date.now() < this.dueAtMs) return;
    this.dueAtMs = Date.now() + RETRY_MS;
    await this.system.call(sql`select create_audit_partitions()`);
    try {
      await this.purgeTrail.execute(isStopped);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'encryption_not_configured') throw error;
      if (!this.isToldMissing) this.logger.warn('SECRETS_KEY is missing: nothing of the audit trail is purged');
      this.isToldMissing = true;
    }
    this.dueAtMs = Date.now() + PERIOD_MS;
  }
}
