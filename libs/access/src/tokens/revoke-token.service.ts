import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { lockOwner, requireEditor, type NamedOwner } from './token-owner';
import type { TokenRow } from './token-row';
import { auditView, tokenOf } from './token-store';

/** Ends an access token at once; it stays in lists. */
@Injectable()
export class RevokeToken {
  constructor(private readonly db: OrgDb) {}

  /**
   * Changes nothing about a token that is revoked already.
   *
   * @throws AppError forbidden, privilege_ceiling, user_not_found, system_account_not_found, access_token_not_found
   */
  execute(ctx: Ctx, access: Access, named: NamedOwner, tokenId: string): Promise<TokenRow> {
    return this.db.write(ctx, async (tx) => {
      const owner = await lockOwner(tx, access, named);
      const before = await tokenOf(tx, owner, tokenId);
      await requireEditor(tx, access, owner);
      if (before.revoked_at !== null) return before;
      await tx.run(sql`
        update access_token set revoked_at = clock_timestamp() where org_id = ${ctx.orgId} and id = ${before.id}`);
      const after = await tokenOf(tx, owner, before.id);
      await recordAudit(tx, {
        action: 'token.revoke',
        parent: owner,
        targetId: before.id,
        targetName: before.name,
        before: auditView(before, owner),
        after: auditView(after, owner),
      });
      return after;
    });
  }
}
