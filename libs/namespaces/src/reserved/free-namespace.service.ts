import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError, isUuid, type Ctx } from '@portolan/kernel';
import { enqueue } from '@portolan/queue';
import { RESERVED_NAMESPACE_COLUMNS, type ReservedNamespaceRow } from './reserved-namespace-row';

/** Lets mirrors take servers of a namespace again, as far as no other reserved one covers them. */
@Injectable()
export class FreeNamespace {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError reserved_namespace_not_found */
  async execute(ctx: Ctx, id: string): Promise<void> {
    if (!isUuid(id)) throw new AppError('reserved_namespace_not_found');
    await this.db.write(ctx, async (tx) => {
      const before = await tx.row<ReservedNamespaceRow>(sql`
        delete from reserved_namespace where org_id = ${ctx.orgId} and id = ${id}
        returning ${RESERVED_NAMESPACE_COLUMNS}`);
      if (!before) throw new AppError('reserved_namespace_not_found');
      await enqueue(tx, 'mirror.compare_all', { reason: 'reserved_namespaces' });
      await recordAudit(tx, {
        action: 'reserved_namespace.delete',
        targetId: before.id,
        targetName: before.namespace,
        before,
      });
    });
  }
}
