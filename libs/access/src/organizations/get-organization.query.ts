import { Injectable } from '@nestjs/common';
import { constant, OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { operatedOrganization, operatorCtx } from './operated-organization';
import type { OperatedOrganizationRow } from './organization-row';

/** One organization, for the operator. */
@Injectable()
export class GetOrganization {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError organization_not_found */
  async run(ctx: Ctx, organizationId: string): Promise<OperatedOrganizationRow> {
    return this.db.read(operatorCtx(ctx, organizationId), (tx) => operatedOrganization(tx, constant('')));
  }
}
