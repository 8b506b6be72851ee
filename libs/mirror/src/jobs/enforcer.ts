import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';
import { Repeat } from '@portolan/queue/jobs';
import { EnforceReserved } from '../mirrors/enforce-reserved.service';

const PAUSE_MS = 1_000;

/**
 * Sees to what has been reserved: one mirror of each organization after the other, round after round. How far a round has
 * come is nothing that must outlive this process.
 */
@Injectable()
export class Enforcer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Enforcer.name);
  /** Of organizations that are in the middle of a round: the mirror that was looked at last. */
  private reached: ReadonlyMap<string, string> = new Map();
  private readonly repeat = new Repeat('reserved namespaces', PAUSE_MS, async (isStopped) => {
    while (!isStopped() && (await this.look(isStopped)));
  });

  constructor(
    private readonly system: SystemDb,
    private readonly enforceReserved: EnforceReserved,
  ) {}

  onApplicationBootstrap(): void {
    this.repeat.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.repeat.stop();
  }

  /** @returns whether a round goes on */
  private async look(isStopped: () => boolean): Promise<boolean> {
    const organizations = await this.system.call<{ org_id: string }>(
      sql`select org_id from list_unenforced_reservations()`,
    );
    const reached = new Map<string, string>();
    for (const { org_id: orgId } of organizations) {
      if (isStopped()) return false;
      const last = await this.step(orgId);
      if (last !== null) reached.set(orgId, last);
    }
    this.reached = reached;
    return reached.size > 0;
  }

  private async step(orgId: string): Promise<string | null> {
    try {
      return await this.enforceReserved.execute(orgId, this.reached.get(orgId) ?? null);
    } catch (error) {
      // One organization's trouble is not the others'.
      this.logger.error(`reserved namespaces of ${orgId}: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }
}
