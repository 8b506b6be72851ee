import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { enqueue } from '@portolan/queue';
import { findMirror, waitBriefly } from '../mirrors/mirror-row';
import { requireEnabled } from './require-enabled';
import { findRun, type RunRow } from './run-row';

/** Lets a held run do what it was held for: by the crawl that it was judged by, whatever has come since. */
@Injectable()
export class ReleaseRun {
  constructor(private readonly db: OrgDb) {}

  /**
   * @throws AppError mirror_not_found, mirror_run_not_found, mirror_run_not_held, mirror_disabled, upstream_disabled,
   * mirror_run_active
   */
  async execute(ctx: Ctx, registryId: string, mirrorId: string, id: string): Promise<RunRow> {
    try {
      return await this.db.write(ctx, async (tx) => {
        await waitBriefly(tx);
        const mirror = await findMirror(tx, registryId, mirrorId);
        const before = await findRun(tx, mirror.id, id, 'change');
        if (before.state !== 'held') throw new AppError('mirror_run_not_held');
        await requireEnabled(tx, mirror);
        await tx.run(sql`
          update mirror_run
          set state = 'waiting', released = true, due_at = clock_timestamp(), finished_at = null
          where org_id = ${ctx.orgId} and id = ${before.id}`);
        await enqueue(tx, 'mirror.run', { run_id: before.id });
        const after = await findRun(tx, mirror.id, before.id);
        await recordAudit(tx, {
          action: 'mirror.run.release',
          targetId: after.id,
          parent: { type: 'mirror', id: mirror.id },
          registryId,
          before: { state: before.state, reasons: before.reasons },
          after: { state: after.state },
        });
        return after;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'mirror_run_active_key') throw new AppError('mirror_run_active');
      throw error;
    }
  }
}
