import { Injectable } from '@nestjs/common';
import { dropRegistryAssignments } from '@portolan/access';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { releaseDocuments } from '../versions/documents';
import { REGISTRY_COLUMNS, type RegistryRow } from './registry-row';

/** Deletes a registry with its role assignments and, when `force` is set, its versions. */
@Injectable()
export class DeleteRegistry {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError registry_not_found, registry_not_empty */
  execute(ctx: Ctx, id: string, force: boolean): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      // Waiting for publications holds a connection that others need.
      await tx.run(sql`set local lock_timeout = '5s'`);
      const before = await tx.row<RegistryRow>(
        sql`select ${REGISTRY_COLUMNS} from registry where org_id = ${ctx.orgId} and id = ${id} for update`,
      );
      if (!before) throw new AppError('registry_not_found');
      // A registry of a million versions takes longer than a request normally may.
      await tx.run(sql`set local statement_timeout = '10min'`);
      const documents = await tx.rows<{ hash: string }>(sql`
        select distinct encode(document_hash, 'hex') as hash from server_version
        where org_id = ${ctx.orgId} and registry_id = ${id}`);
      if (documents.length > 0 && !force) throw new AppError('registry_not_empty');
      await tx.run(sql`delete from registry where org_id = ${ctx.orgId} and id = ${id}`);
      await dropRegistryAssignments(tx, id);
      await releaseDocuments(
        tx,
        documents.map(({ hash }) => hash),
      );
      await recordAudit(tx, {
        action: 'registry.delete',
        targetId: id,
        targetName: before.name,
        registryId: id,
        before,
      });
    });
  }
}
