import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { recordAudit } from '../record-audit';
import { findDestination } from './destination-row';

/** Removes a destination with its replays; nothing is sent there any more, but for a batch that is on its way. */
@Injectable()
export class DeleteDestination {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError audit_destination_not_found */
  execute(ctx: Ctx, id: string): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const before = await findDestination(tx, id, 'change');
      await tx.run(sql`delete from audit_destination where org_id = ${ctx.orgId} and id = ${before.id}`);
      await recordAudit(tx, {
        action: 'audit_destination.delete',
        targetId: before.id,
        targetName: before.name,
        before,
      });
    });
  }
}
