import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { lockOwner, requireEditor, type NamedOwner } from './token-owner';
import { auditView, tokenOf } from './token-store';

/** Ends an access token at once and forgets it. */
@Injectable()
export class DeleteToken {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError forbidden, privilege_ceiling, user_not_found, system_account_not_found, access_token_not_found */
  execute(ctx: Ctx, access: Access, named: NamedOwner, tokenId: string): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const owner = await lockOwner(tx, access, named);
      const before = await tokenOf(tx, owner, tokenId);
      await requireEditor(tx, access, owner);
      await tx.run(sql`delete from access_token where org_id = ${ctx.orgId} and id = ${before.id}`);
      await recordAudit(tx, {
        action: 'token.delete',
        parent: owner,
        targetId: before.id,
        targetName: before.name,
        before: auditView(before, owner),
      });
    });
  }
}
