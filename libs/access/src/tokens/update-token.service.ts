import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { lockOwner, requireEditor, type NamedOwner } from './token-owner';
import type { TokenRow } from './token-row';
import { auditView, requireFreeName, requireLive, tokenOf } from './token-store';

/** Renames an access token. */
@Injectable()
export class UpdateToken {
  constructor(private readonly db: OrgDb) {}

  /**
   * @param name absent: unchanged
   * @throws AppError forbidden, privilege_ceiling, user_not_found, system_account_not_found, access_token_not_found,
   *   access_token_ended, access_token_name_taken
   */
  execute(ctx: Ctx, access: Access, named: NamedOwner, tokenId: string, name: string | undefined): Promise<TokenRow> {
    return this.db.write(ctx, async (tx) => {
      const owner = await lockOwner(tx, access, named);
      const before = await tokenOf(tx, owner, tokenId);
      await requireEditor(tx, access, owner);
      requireLive(before);
      const after = { ...before, name: name ?? before.name };
      await requireFreeName(tx, owner, after.name, before.id);
      await tx.run(sql`update access_token set name = ${after.name} where org_id = ${ctx.orgId} and id = ${before.id}`);
      await recordAudit(tx, {
        action: 'token.update',
        parent: owner,
        targetId: before.id,
        targetName: after.name,
        before: auditView(before, owner),
        after: auditView(after, owner),
      });
      return after;
    });
  }
}
