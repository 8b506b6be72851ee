import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { findMirror, waitBriefly } from '../mirrors/mirror-row';
import { findRun, type RunRow } from './run-row';

const OPEN: readonly RunRow['state'][] = ['waiting', 'running', 'held'];

/** Cancels a run: at once, or when the worker that is at it hears of it. What it has applied stays. */
@Injectable()
export class CancelRun {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError mirror_not_found, mirror_run_not_found, mirror_run_ended */
  execute(ctx: Ctx, registryId: string, mirrorId: string, id: string): Promise<RunRow> {
    return this.db.write(ctx, async (tx) => {
      await waitBriefly(tx);
      const mirror = await findMirror(tx, registryId, mirrorId);
      const before = await findRun(tx, mirror.id, id, 'change');
      if (!OPEN.includes(before.state)) throw new AppError('mirror_run_ended');
      await tx.run(sql`
        update mirror_run
        set cancel_requested = true, state = case when state = 'running' then state else 'cancelled' end,
            finished_at = case when state = 'running' then finished_at else clock_timestamp() end
        where org_id = ${ctx.orgId} and id = ${before.id}`);
      const after = await findRun(tx, mirror.id, before.id);
      await recordAudit(tx, {
        action: 'mirror.run.cancel',
        targetId: after.id,
        parent: { type: 'mirror', id: mirror.id },
        registryId,
        before: { state: before.state, cancel_requested: before.cancel_requested },
        after: { state: after.state, cancel_requested: after.cancel_requested },
      });
      return after;
    });
  }
}
