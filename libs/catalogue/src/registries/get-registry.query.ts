import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { MIRRORED_DATA_AS_OF } from './mirrored-data';
import { REGISTRY_COLUMNS, type ShownRegistry } from './registry-row';

@Injectable()
export class GetRegistry {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError registry_not_found */
  async run(ctx: Ctx, id: string): Promise<ShownRegistry> {
    const row = await this.db.read(ctx, (tx) =>
      tx.row<ShownRegistry>(sql`
        select ${REGISTRY_COLUMNS}, ${MIRRORED_DATA_AS_OF} from registry
        where org_id = ${ctx.orgId} and id = ${id}`),
    );
    if (!row) throw new AppError('registry_not_found');
    return row;
  }
}
