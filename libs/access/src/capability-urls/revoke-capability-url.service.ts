import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError, isUuid, type Ctx } from '@portolan/kernel';
import { CAPABILITY_URL_COLUMNS, type CapabilityUrlRow } from './capability-url-row';

/** Ends a capability URL at once and for good; its row stays as a record. */
@Injectable()
export class RevokeCapabilityUrl {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError capability_url_not_found, also for one that is revoked already */
  async execute(ctx: Ctx, registryId: string, id: string): Promise<void> {
    if (!isUuid(id)) throw new AppError('capability_url_not_found');
    await this.db.write(ctx, async (tx) => {
      const after = await tx.row<CapabilityUrlRow>(sql`
        update capability_url set revoked_at = clock_timestamp()
        where org_id = ${ctx.orgId} and registry_id = ${registryId} and id = ${id} and revoked_at is null
        returning ${CAPABILITY_URL_COLUMNS}`);
      if (!after) throw new AppError('capability_url_not_found');
      await recordAudit(tx, {
        action: 'capability_url.revoke',
        targetId: after.id,
        targetName: after.name,
        registryId,
        before: { ...after, revoked_at: null },
        after,
      });
    });
  }
}
