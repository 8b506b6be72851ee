import { sql, type Tx } from '@portolan/db';
import { releaseEach } from './release-each';

/** Ends a crawl that leads nowhere, and forgets what it has read. */
export async function dropCrawl(tx: Tx, sourceId: string, number: number): Promise<void> {
  const { orgId } = tx.ctx;
  await tx.run(sql`
    update source_crawl set state = 'failed', finished_at = clock_timestamp(), cursor = null
    where org_id = ${orgId} and source_id = ${sourceId} and number = ${number} and state = 'running'`);
  const items = sql`crawl_item where org_id = ${orgId} and source_id = ${sourceId} and number = ${number}`;
  await releaseEach(tx, sql`select encode(document_hash, 'hex') as hash from ${items}`);
  await tx.run(sql`delete from ${items}`);
}
