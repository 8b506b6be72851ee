import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import { AppError, isUuid, type Ctx } from '@portolan/kernel';
import { CAPABILITY_URL_COLUMNS, type CapabilityUrlRow } from './capability-url-row';

@Injectable()
export class GetCapabilityUrl {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError capability_url_not_found */
  async run(ctx: Ctx, registryId: string, id: string): Promise<CapabilityUrlRow> {
    const row = isUuid(id)
      ? await this.db.read(ctx, (tx) =>
          tx.row<CapabilityUrlRow>(sql`
            select ${CAPABILITY_URL_COLUMNS} from capability_url
            where org_id = ${ctx.orgId} and registry_id = ${registryId} and id = ${id}`),
        )
      : undefined;
    if (!row) throw new AppError('capability_url_not_found');
    return row;
  }
}
