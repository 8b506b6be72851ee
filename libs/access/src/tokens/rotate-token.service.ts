import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { Quotas } from '../limits/quotas.service';
import type { Access } from '../rbac/access';
import { sameLifetime, settleExpiry } from './token-lifetime';
import { lockOwner, requireEditor, requireUserItself, type NamedOwner } from './token-owner';
import type { NewTokenRow } from './token-row';
import { auditView, insertToken, requireLive, tokenOf } from './token-store';

/** Puts a new token in the place of one, which goes on for the overlap and then expires. */
@Injectable()
export class RotateToken {
  constructor(
    private readonly db: OrgDb,
    private readonly quotas: Quotas,
  ) {}

  /**
   * @param overlapSeconds 0 to 86400; with 0 the old token is revoked at once
   * @throws AppError forbidden, privilege_ceiling, user_not_found, system_account_not_found, access_token_not_found,
   *   access_token_ended, personal_tokens_disabled, quota_exceeded
   */
  execute(ctx: Ctx, access: Access, named: NamedOwner, tokenId: string, overlapSeconds: number): Promise<NewTokenRow> {
    return this.db.write(ctx, async (tx) => {
      const owner = await lockOwner(tx, access, named);
      const before = await tokenOf(tx, owner, tokenId);
      requireUserItself(owner);
      // A system account whose other tokens are in better hands would take those over.
      const own = owner.own && (owner.type === 'user' || before.id === ctx.principal.tokenId);
      await requireEditor(tx, access, { ...owner, own });
      requireLive(before);
      const expiresAt = await settleExpiry(tx, owner, await sameLifetime(tx, before.id));
      await tx.run(sql`
        update access_token
        set rotated_at = clock_timestamp(),
            revoked_at = case when ${overlapSeconds}::float8 = 0 then clock_timestamp() end,
            expires_at = case when ${overlapSeconds}::float8 = 0 then expires_at
                              else least(expires_at, now() + make_interval(secs => ${overlapSeconds}::float8)) end
        where org_id = ${ctx.orgId} and id = ${before.id}`);
      await this.quotas.require(tx, 'tokens');
      const successor = await insertToken(tx, owner, before.name, expiresAt);
      const after = await tokenOf(tx, owner, before.id);
      await recordAudit(tx, {
        action: 'token.rotate',
        parent: owner,
        targetId: before.id,
        targetName: before.name,
        before: auditView(before, owner),
        after: { ...auditView(after, owner), successor: auditView(successor, owner) },
      });
      return successor;
    });
  }
}
