import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { findIssuer } from './issuer-row';
import { requireIssuerCeiling } from './issuer-rules';

/** Trusts an issuer no more; its subjects go with it, and the roles that they held. */
@Injectable()
export class DeleteIssuer {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError issuer_not_found, privilege_ceiling */
  execute(ctx: Ctx, access: Access, id: string): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const before = await findIssuer(tx, id, 'change');
      await requireIssuerCeiling(tx, access, before);
      await tx.run(sql`delete from trusted_issuer where org_id = ${ctx.orgId} and id = ${before.id}`);
      await recordAudit(tx, { action: 'issuer.delete', targetId: before.id, targetName: before.name, before });
    });
  }
}
