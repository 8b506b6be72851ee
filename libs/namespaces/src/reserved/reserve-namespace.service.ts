import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import { RESERVED_NAMESPACE_COLUMNS, type ReservedNamespaceRow } from './reserved-namespace-row';

const RESERVED_MAX = 1_000;

/**
 * Keeps a namespace, with all below it, to what is published here: no mirror takes servers of it, and a worker takes out what
 * mirrors have brought as long as the row is not marked as enforced.
 */
@Injectable()
export class ReserveNamespace {
  constructor(private readonly db: OrgDb) {}

  /**
   * @param namespace what stands before the slash of a server's name, in whatever case
   * @throws AppError reserved_namespace_exists, quota_exceeded
   */
  async execute(ctx: Ctx, namespace: string): Promise<ReservedNamespaceRow> {
    try {
      return await this.db.write(ctx, async (tx) => {
        await requirePlace(tx);
        const row = await tx.row<ReservedNamespaceRow>(sql`
          insert into reserved_namespace (org_id, id, namespace)
          values (${ctx.orgId}, ${uuidv7()}, ${namespace.toLowerCase()})
          returning ${RESERVED_NAMESPACE_COLUMNS}`);
        if (!row) throw new Error('the new reserved namespace was not returned');
        await recordAudit(tx, {
          action: 'reserved_namespace.create',
          targetId: row.id,
          targetName: row.namespace,
          after: row,
        });
        return row;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'reserved_namespace_key') throw new AppError('reserved_namespace_exists');
      throw error;
    }
  }
}

async function requirePlace(tx: Tx): Promise<void> {
  const { orgId } = tx.ctx;
  // Held to the end, so that rows are numbered in the order of their commits. A statement of its own: one that waits and
  // counts would count what was there before it waited.
  await tx.run(sql`select pg_advisory_xact_lock(hashtextextended(${`quota/${orgId}/reserved_namespaces`}, 0))`);
  const row = await tx.row<{ in_use: number }>(
    sql`select count(*)::integer as in_use from reserved_namespace where org_id = ${orgId}`,
  );
  const inUse = row?.in_use ?? 0;
  if (inUse >= RESERVED_MAX)
    throw new AppError('quota_exceeded', {
      detail: `Maximum number of reserved namespaces exceeded. Max allowed: ${RESERVED_MAX}. In use: ${inUse}.`,
    });
}
