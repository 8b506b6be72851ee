import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import { systemCtx, type Ctx } from '@portolan/kernel';
import { newRequestId } from '@portolan/telemetry';
import { keepAlive } from '../keep-alive';
import { Pace } from '../pace';
import { Statistics } from '../statistics';
import { askForVersions, type VersionsPage } from './ask-for-versions';
import type { CrawlOutcome, CrawlRequest, CrawlTotals, OpenCrawl } from './crawl';
import { dropCrawl } from './drop-crawl';
import { finishCrawl, WATERMARK } from './finish-crawl';
import { openCrawl } from './open-crawl';
import { PageRoom } from './page-room';
import type { ReadVersion } from './read-entry';
import { refuseEndless } from './refuse-endless';
import { holdSource, LeaseLost, storePage } from './store-page';
import { UpstreamClient } from './upstream-client';
import { UpstreamFault } from './upstream-fault';

const RENEW_MS = 5_000;
const PAGES_IN_HAND = 2;
/** After these a crawl begins anew, another way. */
const BEGINS_ANEW: ReadonlySet<UpstreamFault['code']> = new Set(['cursor_refused', 'since_ignored']);

/** Who asks, and whether he still wants it. */
export interface CrawlWatcher {
  isStopped(): boolean;
  /** Called once the crawl has a number, for whoever wants to see how far it comes. */
  opened(crawl: OpenCrawl): Promise<void>;
  /** Called after each page that was kept. */
  read(pages: number): void;
}

/**
 * Reads an upstream into our copy of it, page by page. Every page commits with the cursor behind it, so a crawl survives
 * its process; nothing of it is visible before its end.
 */
@Injectable()
export class CrawlSource {
  /** Pages that are written at a time in this process. */
  private readonly room = new PageRoom(PAGES_IN_HAND);
  /** Large ones of several upstreams would add up. */
  private readonly roomOfLarge = new PageRoom(1);

  constructor(
    private readonly db: OrgDb,
    private readonly client: UpstreamClient,
    private readonly statistics: Statistics,
    private readonly pace: Pace,
  ) {}

  /** @throws UpstreamFault */
  async execute(request: CrawlRequest, watcher: CrawlWatcher): Promise<CrawlOutcome> {
    const ctx = systemCtx(request.source.orgId, 'mirror', newRequestId());
    const opened = await this.db.write(ctx, (tx) => openCrawl(tx, request));
    if ('kind' in opened) return opened;
    await watcher.opened(opened);
    const renew = async () =>
      this.db
        .write(ctx, (tx) => holdSource(tx, opened))
        .then(
          () => true,
          (error: unknown) => {
            if (error instanceof LeaseLost) return false;
            throw error;
          },
        );
    try {
      return await keepAlive(renew, RENEW_MS, async (isLost) => {
        const isStopped = () => isLost() || watcher.isStopped();
        const isRead = await this.readAll(ctx, request, opened, {
          isStopped,
          read: (pages) => {
            watcher.read(pages);
          },
        });
        if (!isRead) return await this.letGo(ctx, opened);
        return { kind: 'fresh', crawled: await this.finish(ctx, opened) };
      });
    } catch (error) {
      if (error instanceof LeaseLost) return { kind: 'stopped' };
      await this.fail(ctx, opened, error).catch((failed: unknown) => {
        // The first failure is the one to tell; the lease runs out by itself.
        if (!(failed instanceof LeaseLost) && !(error instanceof UpstreamFault)) throw error;
      });
      throw error;
    }
  }

  /** @returns false when it was stopped on its way */
  private async readAll(
    ctx: Ctx,
    { source }: CrawlRequest,
    crawl: OpenCrawl,
    { isStopped, read }: Pick<CrawlWatcher, 'isStopped' | 'read'>,
  ): Promise<boolean> {
    const apiVersion = crawl.apiVersion ?? (await this.client.findApiVersion(source.target));
    if (crawl.apiVersion === null) await this.noteApiVersion(ctx, crawl, apiVersion);
    let { cursor, since, pages, bytes, fetched } = crawl;
    const isFull = crawl.mode === 'full';
    let isCatchingUp = isFull && since !== null;
    // It goes on behind the end of its list.
    if (pages > 0 && cursor === null && !isCatchingUp) {
      since = isFull ? await this.catchUp(ctx, crawl) : null;
      if (since === null) return true;
      isCatchingUp = true;
    }
    const ask = (at: string | null, updatedSince: string | null) => {
      const asked = askForVersions(this.client, source.target, apiVersion, { cursor: at, updatedSince });
      // It is waited for after the page before it was kept; until then its failure is nobody's.
      asked.catch(() => undefined);
      return asked;
    };
    let stuckPages = 0;
    const seen = new Set<string>(cursor === null ? [] : [digestOf(cursor)]);
    for (let asked = ask(cursor, since); ;) {
      if (isStopped()) return false;
      const coming = await asked;
      const firstSince = pages === 0 ? since : null;
      const take = async () => {
        if (isStopped()) return null;
        const page = coming.read();
        cursor = page.nextCursor;
        if (cursor !== null) {
          const place = digestOf(cursor);
          refuseEndless({ isSeen: seen.has(place), pages, bytes, fetched, stuckPages });
          seen.add(place);
          if (!coming.isLarge) asked = ask(cursor, since);
        }
        return { page, added: await this.room.enter(() => this.keep(ctx, crawl, page, firstSince)) };
      };
      const taken = await (coming.isLarge ? this.roomOfLarge.enter(take) : take());
      if (taken === null) return false;
      const { page, added } = taken;
      pages += 1;
      read(pages);
      bytes += page.bytes;
      fetched += page.versions.length;
      await this.pace.rest();
      stuckPages = added === 0 && !isCatchingUp ? stuckPages + 1 : 0;
      if (page.nextCursor !== null) {
        // Behind a large page nothing waits that may be as large.
        if (coming.isLarge) asked = ask(page.nextCursor, since);
        continue;
      }
      if (!isFull || isCatchingUp) return true;
      // What changed behind the cursor while the list was read.
      since = await this.catchUp(ctx, crawl);
      if (since === null) return true;
      isCatchingUp = true;
      // Another list, whose pages may end where those of the first one did.
      seen.clear();
      asked = ask(null, since);
    }
  }

  private keep(ctx: Ctx, crawl: OpenCrawl, page: VersionsPage, firstSince: string | null): Promise<number> {
    if (firstSince !== null && crawl.mode === 'incremental') requireSince(page.versions, firstSince);
    return this.db.write(ctx, (tx) => storePage(tx, crawl, page), { keepPlans: true });
  }

  private async finish(ctx: Ctx, crawl: OpenCrawl): Promise<CrawlTotals> {
    await this.statistics.refresh('crawl_item', crawl.mode === 'full');
    await this.pace.rest();
    const totals = await this.db.write(ctx, (tx) => finishCrawl(tx, crawl));
    await this.pace.rest();
    await this.statistics.refresh('source_version', totals.moved && crawl.mode === 'full');
    return totals;
  }

  /** @returns since when, or null for an upstream that bears no times */
  private async catchUp(ctx: Ctx, { sourceId, number }: OpenCrawl): Promise<string | null> {
    const row = await this.db.write(ctx, (tx) =>
      tx.row<{ since: string | null }>(sql`
        update source_crawl set since = ${WATERMARK}, catching_up = true
        where org_id = ${ctx.orgId} and source_id = ${sourceId} and number = ${number}
        returning rfc3339(since) as since`),
    );
    return row?.since ?? null;
  }

  private async noteApiVersion(ctx: Ctx, { sourceId }: OpenCrawl, apiVersion: string): Promise<void> {
    await this.db.write(ctx, (tx) =>
      tx.run(sql`update source set api_version = ${apiVersion} where org_id = ${ctx.orgId} and id = ${sourceId}`),
    );
  }

  private async letGo(ctx: Ctx, { sourceId, leaseId }: OpenCrawl): Promise<CrawlOutcome> {
    await this.db.write(ctx, (tx) =>
      tx.run(sql`
        update source set lease_id = null, lease_until = null
        where org_id = ${ctx.orgId} and id = ${sourceId} and lease_id = ${leaseId}`),
    );
    return { kind: 'stopped' };
  }

  /** A crawl whose upstream may answer in a while goes on then; of another nothing is left. */
  private async fail(ctx: Ctx, crawl: OpenCrawl, error: unknown): Promise<void> {
    const fault = error instanceof UpstreamFault ? error : null;
    const leadsNowhere = fault !== null && (!fault.isTransient || BEGINS_ANEW.has(fault.code));
    await this.db.write(ctx, async (tx) => {
      await holdSource(tx, crawl);
      if (leadsNowhere) await dropCrawl(tx, crawl.sourceId, crawl.number);
      await tx.run(sql`
        update source
        set lease_id = null, lease_until = null, last_error = ${fault?.code ?? 'internal_error'},
            failures = failures + ${fault === null ? 0 : 1}, not_before = ${restSql(fault)},
            last_full_at = case when ${fault?.code === 'cursor_refused'} then null else last_full_at end,
            takes_updated_since = takes_updated_since and ${fault?.code !== 'since_ignored'},
            api_version = case when ${fault?.httpStatus === 404} then null else api_version end
        where org_id = ${ctx.orgId} and id = ${crawl.sourceId} and lease_id = ${crawl.leaseId}`);
      if (fault !== null)
        await tx.run(sql`
          update source_crawl set http_status = ${fault.httpStatus}
          where org_id = ${ctx.orgId} and source_id = ${crawl.sourceId} and number = ${crawl.number}`);
    });
  }
}

const REST_AFTER_FAILURES = 5;
const REST_FIRST_SECONDS = 30;
const REST_MAX_SECONDS = 3_600;

/** Until when the upstream is left alone: as long as it asks for; after five failures 30 s, doubled up to an hour. */
function restSql(fault: UpstreamFault | null) {
  const askedSeconds = Math.min(Math.ceil((fault?.retryAfterMs ?? 0) / 1_000), REST_MAX_SECONDS);
  return sql`case
    when ${askedSeconds}::integer > 0 then clock_timestamp() + make_interval(secs => ${askedSeconds}::integer)
    when failures + 1 >= ${REST_AFTER_FAILURES} then clock_timestamp() + make_interval(secs => least(
      ${REST_MAX_SECONDS}::integer, ${REST_FIRST_SECONDS} * 2 ^ least(failures + 1 - ${REST_AFTER_FAILURES}, 10)))
    end`;
}

// Else a full list would pass for what has changed, and what is missing in it would never be noticed.
function requireSince(versions: readonly ReadVersion[], since: string): void {
  if (versions.some(({ updatedAt }) => updatedAt === null || updatedAt < since))
    throw new UpstreamFault(
      'since_ignored',
      'The upstream does not tell what has changed since a time, so all of it is read each time',
    );
}

// Cursors may be as long as pages, and a list may have many.
function digestOf(cursor: string): string {
  return createHash('sha256').update(cursor).digest('base64');
}
