import { Injectable, Logger } from '@nestjs/common';
import { sql, SystemDb, type SqlFragment } from '@portolan/db';
import { SigningKeys } from '../chain/signing-keys';
import { SetBoundary } from './set-boundary.service';

/** What purge_audit_month says when a partition could not be dropped. */
const TABLE_IN_USE = -2;

/**
 * Removes what organizations no longer keep of their trails, whole months at a time. What an interrupted purge leaves
 * goes with the next one.
 */
@Injectable()
export class PurgeTrail {
  private readonly logger = new Logger(PurgeTrail.name);

  constructor(
    private readonly system: SystemDb,
    private readonly keys: SigningKeys,
    private readonly setBoundary: SetBoundary,
  ) {}

  /**
   * @param isStopped asked between the steps
   * @throws AppError encryption_not_configured when something is due, for a purge has to be signed
   */
  async execute(isStopped: () => boolean = () => false): Promise<void> {
    await this.setBoundaries(isStopped);
    const months = await this.system.call<{ month: string }>(
      sql`select month::text as month from list_audit_months() order by 1`,
    );
    // Waiting for the lock of a table makes everybody wait: whoever is in the way once is not bothered again for now.
    let mayDrop = true;
    for (const { month } of months) {
      const step = sql`select purge_audit_month(${month}::date, ${mayDrop}) as done`;
      if ((await this.untilDone(step, isStopped)) === TABLE_IN_USE) mayDrop = false;
    }
    await this.untilDone(sql`select purge_audit_checkpoints() as done`, isStopped);
    if (!isStopped()) await this.system.call(sql`select purge_audit_people()`);
  }

  private async setBoundaries(isStopped: () => boolean): Promise<void> {
    const due = await this.system.call<{ org_id: string }>(sql`select org_id from list_audit_organizations_due()`);
    if (due.length === 0) return;
    const signer = await this.keys.signer();
    const verifier = await this.keys.verifier();
    for (const { org_id: orgId } of due) {
      if (isStopped()) return;
      try {
        await this.setBoundary.execute(orgId, signer, verifier);
      } catch (error) {
        // One organization's trouble is not the others'.
        this.logger.error(`audit purge of ${orgId}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  /** Repeats a step until it has nothing to do, or somebody is in its way; tells what it said last. */
  private async untilDone(step: SqlFragment, isStopped: () => boolean): Promise<number> {
    while (!isStopped()) {
      const [row] = await this.system.call<{ done: number }>(step);
      if (row === undefined || row.done <= 0) return row?.done ?? 0;
    }
    return 0;
  }
}
