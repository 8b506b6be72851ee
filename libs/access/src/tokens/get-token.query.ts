import { Injectable } from '@nestjs/common';
import { OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { findOwner, type NamedOwner } from './token-owner';
import type { TokenRow } from './token-row';
import { tokenOf } from './token-store';

@Injectable()
export class GetToken {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError forbidden, user_not_found, system_account_not_found, access_token_not_found */
  run(ctx: Ctx, access: Access, named: NamedOwner, tokenId: string): Promise<TokenRow> {
    return this.db.read(ctx, async (tx) => tokenOf(tx, await findOwner(tx, access, named), tokenId));
  }
}
