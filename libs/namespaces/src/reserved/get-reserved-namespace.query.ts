import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import { AppError, isUuid, type Ctx } from '@portolan/kernel';
import { RESERVED_NAMESPACE_COLUMNS, type ReservedNamespaceRow } from './reserved-namespace-row';

@Injectable()
export class GetReservedNamespace {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError reserved_namespace_not_found */
  async run(ctx: Ctx, id: string): Promise<ReservedNamespaceRow> {
    const row = isUuid(id)
      ? await this.db.read(ctx, (tx) =>
          tx.row<ReservedNamespaceRow>(sql`
            select ${RESERVED_NAMESPACE_COLUMNS} from reserved_namespace
            where org_id = ${ctx.orgId} and id = ${id}`),
        )
      : undefined;
    if (!row) throw new AppError('reserved_namespace_not_found');
    return row;
  }
}
