import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { recordAudit } from '../record-audit';
import { findDestination } from './destination-row';
import { findReplay } from './replay-row';

/** Stops a replay, or forgets one that has ended. A batch that is on its way arrives. */
@Injectable()
export class DeleteReplay {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError audit_destination_not_found, audit_replay_not_found */
  execute(ctx: Ctx, destinationId: string, id: string): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const destination = await findDestination(tx, destinationId, 'change');
      const replay = await findReplay(tx, destination.id, id);
      await tx.run(sql`delete from audit_delivery where org_id = ${ctx.orgId} and id = ${replay.id}`);
      await recordAudit(tx, {
        action: 'audit_replay.delete',
        targetId: replay.id,
        parent: { type: 'audit_destination', id: destination.id },
        before: {
          state: replay.state,
          start_at: replay.start_at,
          end_at: replay.end_at,
          delivered_sequence: replay.delivered_sequence,
        },
      });
    });
  }
}
