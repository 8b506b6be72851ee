import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { constant, OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { enqueue } from '@portolan/queue';
import { operatedOrganization, operatorCtx } from './operated-organization';

const HASHES_PER_JOB = 1_000;

/** Deletes an organization with everything that it has, except its audit trail. */
@Injectable()
export class DeleteOrganization {
  constructor(private readonly db: OrgDb) {}

  /**
   * @param confirmation the organization's name once more
   * @throws AppError organization_not_found, deletion_not_confirmed
   */
  async execute(ctx: Ctx, organizationId: string, confirmation: string | null): Promise<void> {
    await this.db.write(operatorCtx(ctx, organizationId), async (tx) => {
      const { orgId } = tx.ctx;
      // Waiting for publications holds a connection that others need.
      await tx.run(sql`set local lock_timeout = '5s'`);
      const before = await operatedOrganization(tx, constant('for update'));
      if (confirmation !== before.name) throw new AppError('deletion_not_confirmed');
      // Deleting millions of versions takes longer than a request normally may.
      await tx.run(sql`set local statement_timeout = '10min'`);
      await tx.run(sql`select from registry where org_id = ${orgId} for update`);
      const documents = await tx.rows<{ hash: string }>(sql`
        select distinct encode(document_hash, 'hex') as hash
        from (select document_hash from server_version where org_id = ${orgId}
              union all select document_hash from source_version where org_id = ${orgId}
              union all select document_hash from crawl_item where org_id = ${orgId}) held
        where document_hash is not null`);
      // Copies of upstreams hang from no organization, for most are everybody's. And upstreams go after their mirrors only,
      // while nobody says in which order foreign keys are followed.
      await tx.run(sql`delete from source where org_id = ${orgId}`);
      await tx.run(sql`delete from mirror where org_id = ${orgId}`);
      // Every other table of the organization's follows by its foreign keys.
      await tx.run(sql`delete from organization where id = ${orgId}`);
      for (let start = 0; start < documents.length; start += HASHES_PER_JOB) {
        const hashes = documents.slice(start, start + HASHES_PER_JOB).map(({ hash }) => hash);
        await enqueue(tx, 'catalogue.sweep_documents', { hashes });
      }
      await recordAudit(tx, { action: 'organization.delete', targetId: orgId, targetName: before.name, before });
    });
  }
}
