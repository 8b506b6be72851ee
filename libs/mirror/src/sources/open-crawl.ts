import { randomUUID } from 'node:crypto';
import { constant, sql, type Tx } from '@portolan/db';
import { SHARED_ORG_ID, type CrawlOutcome, type CrawlRequest, type OpenCrawl } from './crawl';
import { dropCrawl } from './drop-crawl';

export const SOURCE_LEASE_SECONDS = 15;
/** A crawl that was interrupted goes on for so long; after that it begins anew. */
const RESUMABLE_HOURS = 6;
const FULL_EVERY_HOURS = 24;

interface Standing {
  readonly fresh: boolean;
  readonly leased: boolean;
  readonly resting_until: string | null;
  readonly needs_full: boolean;
  readonly api_version: 'v0.1' | 'v0' | null;
  readonly number: number;
  readonly watermark: string | null;
}

interface Running {
  readonly mode: 'full' | 'incremental';
  readonly since: string | null;
  readonly cursor: string | null;
  readonly pages: number;
  readonly bytes: number;
  readonly fetched: number;
  readonly resumable: boolean;
  /** Others who share the copy need not read it once more. */
  readonly young: boolean;
}

/** Takes the lease of a source and begins a crawl, or goes on with the one whose process is gone. */
export async function openCrawl(tx: Tx, request: CrawlRequest): Promise<OpenCrawl | CrawlOutcome> {
  const { source, freshFrom, mayProbe } = request;
  const standing = await tx.row<Standing>(sql`
    select coalesce(case when ${request.mode} = 'full' then last_full_at else head_started_at end
                    >= ${freshFrom}::timestamptz, false) as fresh,
           coalesce(lease_until > clock_timestamp(), false) as leased,
           case when not_before > clock_timestamp() then rfc3339(not_before) end as resting_until,
           ${request.mode} = 'full' or not takes_updated_since or watermark is null or last_full_at is null
             or last_full_at < clock_timestamp() - make_interval(hours => ${FULL_EVERY_HOURS}) as needs_full,
           api_version, number::float8 as number, rfc3339(watermark) as watermark
    from source where org_id = ${source.orgId} and id = ${source.id} for update`);
  if (!standing) return { kind: 'stopped' };
  if (standing.fresh) return { kind: 'fresh', crawled: null };
  if (standing.leased) return { kind: 'busy' };
  if (standing.resting_until !== null && !mayProbe) return { kind: 'resting', until: standing.resting_until };
  const mode = standing.needs_full ? 'full' : 'incremental';
  const running = await findRunning(tx, source.id, standing.number);
  const beginsAnew = request.beginAnew && running?.young !== true;
  const goesOn =
    !beginsAnew && running !== undefined && running.resumable && (running.mode === 'full' || mode === 'incremental');
  await tx.run(constant(`set local statement_timeout = '10min'`));
  if (running !== undefined && !goesOn) await dropCrawl(tx, source.id, standing.number);
  const leaseId = randomUUID();
  const number = goesOn ? standing.number : standing.number + 1;
  await tx.run(sql`
    update source
    set lease_id = ${leaseId}, lease_until = clock_timestamp() + make_interval(secs => ${SOURCE_LEASE_SECONDS}),
        number = ${number}
    where org_id = ${source.orgId} and id = ${source.id}`);
  const common = { sourceId: source.id, number, leaseId, apiVersion: standing.api_version };
  if (goesOn) {
    const { since, cursor, pages, bytes, fetched } = running;
    return { ...common, mode: running.mode, since, cursor, pages, bytes, fetched };
  }
  const since = mode === 'full' ? null : standing.watermark;
  await tx.run(sql`
    insert into source_crawl (org_id, source_id, number, mode, since)
    values (${source.orgId}, ${source.id}, ${number}, ${mode}, ${since}::timestamptz)`);
  return { ...common, mode, since, cursor: null, pages: 0, bytes: 0, fetched: 0 };
}

/** @returns undefined when there is none whose lease has run out */
function findRunning(tx: Tx, sourceId: string, number: number): Promise<Running | undefined> {
  return tx.row<Running>(sql`
    select mode, rfc3339(since) as since, cursor, pages, bytes::float8 as bytes, fetched,
           started_at > clock_timestamp() - make_interval(hours => ${RESUMABLE_HOURS}) as resumable,
           org_id = ${SHARED_ORG_ID} and started_at > clock_timestamp() - interval '1 hour' as young
    from source_crawl
    where org_id = ${tx.ctx.orgId} and source_id = ${sourceId} and number = ${number} and state = 'running'`);
}
