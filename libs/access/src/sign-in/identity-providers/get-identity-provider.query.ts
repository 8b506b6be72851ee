import { Injectable } from '@nestjs/common';
import { OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { requireProvider, type IdentityProviderRow } from './identity-provider-row';

@Injectable()
export class GetIdentityProvider {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError identity_provider_not_found */
  run(ctx: Ctx, id: string): Promise<IdentityProviderRow> {
    return this.db.read(ctx, (tx) => requireProvider(tx, id));
  }
}
