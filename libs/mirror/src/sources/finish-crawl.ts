import { constant, sql, type Tx } from '@portolan/db';
import type { CrawlTotals, OpenCrawl } from './crawl';
import { holdSource } from './store-page';

/** Commits of an upstream may become visible so much later than the time that they bear. */
const SETTLED_MINUTES = 10;

/** All that a state says of a version, in the order of every statement here. */
const STATE = constant(
  `document_hash, fault, meta, status, status_message, status_changed_at, published_at, updated_at, precedence,
   registry_types, transports`,
);
const OF = (alias: string) =>
  constant(
    ['document_hash', 'fault', 'meta', 'status', 'status_message', 'status_changed_at', 'published_at', 'updated_at']
      .map((column) => `${alias}.${column}`)
      .join(', '),
  );

/**
 * From when on an upstream may still have changes that were not read: the latest time that it bore, or as long before the
 * crawl as its commits may take, whichever is earlier. Null for one that bears no times.
 */
export const WATERMARK = constant(
  `case when updated_max is not null then
     least(updated_max, coalesce(upstream_began_at, least(updated_max, started_at)) - interval '${SETTLED_MINUTES} minutes') end`,
);

/**
 * Turns what a crawl has read into states of the copy, all at once. The head moves when there is anything new, so a crawl
 * without news asks nothing of anybody.
 *
 * @throws LeaseLost
 */
export async function finishCrawl(tx: Tx, crawl: OpenCrawl): Promise<CrawlTotals> {
  const { sourceId, number } = crawl;
  const { orgId } = tx.ctx;
  await holdSource(tx, crawl);
  await tx.run(constant(`set local statement_timeout = '10min'`));
  // All of both sides is compared: whatever the statistics say, row by row would be the slow way.
  if (crawl.mode === 'full') await tx.run(constant('set local enable_nestloop = off'));
  await tx.run(sql`
    create temp table news on commit drop as
    select i.name, i.version, false as missing, ${OF('i')}, i.precedence, i.registry_types, i.transports
    from crawl_item i
    left join source_version s on s.source_id = i.source_id and s.name = i.name and s.version = i.version
      and s.to_crawl is null
    where i.org_id = ${orgId} and i.source_id = ${sourceId} and i.number = ${number}
      and (s.name is null or s.missing or (${OF('i')}) is distinct from (${OF('s')}))`);
  if (crawl.mode === 'full') await addMissing(tx, crawl);
  await tx.run(constant('analyze news (name, version)'));
  await tx.run(sql`
    update source_version s set to_crawl = ${number}
    from news n
    where s.org_id = ${orgId} and s.source_id = ${sourceId} and s.name = n.name and s.version = n.version
      and s.to_crawl is null`);
  const moved = await tx.run(sql`
    insert into source_version (org_id, source_id, name, version, from_crawl, missing, ${STATE})
    select ${orgId}, ${sourceId}, name, version, ${number}, missing, ${STATE} from news order by name, version`);
  await tx.run(sql`
    delete from crawl_item where org_id = ${orgId} and source_id = ${sourceId} and number = ${number}`);
  const totals = await tx.row<Omit<CrawlTotals, 'moved'>>(sql`
    update source_crawl set state = 'finished', finished_at = clock_timestamp(), cursor = null
    where org_id = ${orgId} and source_id = ${sourceId} and number = ${number}
    returning pages, bytes::float8 as bytes, fetched, http_status as "httpStatus"`);
  if (!totals) throw new Error('the crawl is gone');
  await tx.run(sql`
    update source s
    set head = case when ${moved > 0} then c.number else s.head end, head_started_at = c.started_at,
        last_full_at = case when c.mode = 'full' then c.started_at else s.last_full_at end,
        watermark = greatest(s.watermark, c.watermark), failures = 0, not_before = null, last_error = null,
        lease_id = null, lease_until = null
    from (select number, started_at, mode, ${WATERMARK} as watermark from source_crawl
          where org_id = ${orgId} and source_id = ${sourceId} and number = ${number}) c
    where s.org_id = ${orgId} and s.id = ${sourceId}`);
  return { ...totals, moved: moved > 0 };
}

// Its last document stays beside it: those who hold the version go on showing that it is deleted.
async function addMissing(tx: Tx, { sourceId, number }: OpenCrawl): Promise<void> {
  await tx.run(sql`
    insert into news
    select s.name, s.version, true, s.document_hash, s.fault, s.meta, 'deleted', s.status_message, s.status_changed_at,
           s.published_at, s.updated_at, s.precedence, s.registry_types, s.transports
    from source_version s
    where s.org_id = ${tx.ctx.orgId} and s.source_id = ${sourceId} and s.to_crawl is null and not s.missing
      and not exists (select from crawl_item i where i.source_id = s.source_id and i.number = ${number}
                        and i.name = s.name and i.version = s.version)`);
}
