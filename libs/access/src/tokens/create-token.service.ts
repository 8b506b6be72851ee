import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { Quotas } from '../limits/quotas.service';
import type { Access } from '../rbac/access';
import { settleExpiry, type Lifetime } from './token-lifetime';
import { lockOwner, requireEditor, requireUserItself, type NamedOwner } from './token-owner';
import type { NewTokenRow } from './token-row';
import { auditView, insertToken, requireFreeName } from './token-store';

export interface NewToken extends Lifetime {
  readonly name: string;
}

/** Creates an access token of the user who asks, or of a system account. */
@Injectable()
export class CreateToken {
  constructor(
    private readonly db: OrgDb,
    private readonly quotas: Quotas,
  ) {}

  /**
   * @throws AppError forbidden, privilege_ceiling, user_not_found, system_account_not_found, personal_tokens_disabled,
   *   invalid_parameters, access_token_name_taken, quota_exceeded
   */
  execute(ctx: Ctx, access: Access, named: NamedOwner, { name, ...lifetime }: NewToken): Promise<NewTokenRow> {
    return this.db.write(ctx, async (tx) => {
      const owner = await lockOwner(tx, access, named);
      requireUserItself(owner);
      // A system account that makes itself tokens would outlive every one that is revoked.
      await requireEditor(tx, access, owner.type === 'user' ? owner : { ...owner, own: false });
      const expiresAt = await settleExpiry(tx, owner, lifetime);
      await requireFreeName(tx, owner, name);
      await this.quotas.require(tx, 'tokens');
      const created = await insertToken(tx, owner, name, expiresAt);
      await recordAudit(tx, {
        action: 'token.create',
        parent: owner,
        targetId: created.id,
        targetName: name,
        after: auditView(created, owner),
      });
      return created;
    });
  }
}
