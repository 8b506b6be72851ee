import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { ORGANIZATION_COLUMNS, type OrganizationRow } from './organization-row';

/** The caller's organization. */
@Injectable()
export class GetOwnOrganization {
  constructor(private readonly db: OrgDb) {}

  async run(ctx: Ctx): Promise<OrganizationRow> {
    const row = await this.db.read(ctx, (tx) =>
      tx.row<OrganizationRow>(sql`select ${ORGANIZATION_COLUMNS} from organization where id = ${ctx.orgId}`),
    );
    if (!row) throw new AppError('unauthenticated');
    return row;
  }
}
