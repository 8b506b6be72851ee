import { releaseDocuments } from '@portolan/catalogue';
import { sql, type Tx } from '@portolan/db';

/** Ends a crawl that leads nowhere, and forgets what it has read. */
export async function dropCrawl(tx: Tx, sourceId: string, number: number): Promise<void> {
  const { orgId } = tx.ctx;
  await tx.run(sql`
    update source_crawl set state = 'failed', finished_at = clock_timestamp(), cursor = null
    where org_id = ${orgId} and source_id = ${sourceId} and number = ${number} and state = 'running'`);
  const dropped = await tx.rows<{ hash: string | null }>(sql`
    delete from crawl_item where org_id = ${orgId} and source_id = ${sourceId} and number = ${number}
    returning encode(document_hash, 'hex') as hash`);
  await releaseDocuments(
    tx,
    dropped.flatMap(({ hash }) => hash ?? []),
  );
}
