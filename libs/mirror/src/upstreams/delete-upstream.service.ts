import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { findUpstream } from './upstream-row';

/** Removes an upstream that no registry mirrors, with its credentials; the copy that was read with them goes in the background. */
@Injectable()
export class DeleteUpstream {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError upstream_not_found, upstream_built_in, upstream_in_use */
  async execute(ctx: Ctx, id: string): Promise<void> {
    try {
      await this.db.write(ctx, async (tx) => {
        const before = await findUpstream(tx, id, 'delete');
        if (before.built_in) throw new AppError('upstream_built_in');
        await tx.run(sql`delete from upstream where org_id = ${ctx.orgId} and id = ${before.id}`);
        await recordAudit(tx, { action: 'upstream.delete', targetId: before.id, targetName: before.name, before });
      });
    } catch (error) {
      if (brokenConstraint(error) === 'mirror_upstream_fk') throw new AppError('upstream_in_use');
      throw error;
    }
  }
}
