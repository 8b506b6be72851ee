import { Injectable } from '@nestjs/common';
import { constant, OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { ipAllowListOf, type IpAllowList } from './ip-allow-list';
import { requireOwnOrganization } from './own-organization';

@Injectable()
export class GetIpAllowList {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError organization_not_found */
  async run(ctx: Ctx, organizationId: string): Promise<IpAllowList> {
    requireOwnOrganization(ctx, organizationId);
    return this.db.read(ctx, (tx) => ipAllowListOf(tx, constant('')));
  }
}
