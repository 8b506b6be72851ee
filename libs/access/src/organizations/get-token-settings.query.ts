import { Injectable } from '@nestjs/common';
import { constant, OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { requireOwnOrganization } from './own-organization';
import { tokenSettingsOf, type TokenSettings } from './token-settings';

@Injectable()
export class GetTokenSettings {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError organization_not_found */
  async run(ctx: Ctx, organizationId: string): Promise<TokenSettings> {
    requireOwnOrganization(ctx, organizationId);
    return this.db.read(ctx, (tx) => tokenSettingsOf(tx, constant('')));
  }
}
