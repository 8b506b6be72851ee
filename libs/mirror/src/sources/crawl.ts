import type { UpstreamTarget } from './upstream-target';

export type CrawlMode = 'full' | 'incremental';

/** Of whom the copies of upstreams without credentials are: nobody's. */
export const SHARED_ORG_ID = '00000000-0000-0000-0000-000000000000';

/** A copy of an upstream, and where that is. */
export interface CrawledSource {
  readonly id: string;
  /** SHARED_ORG_ID, or the organization whose credentials read it. */
  readonly orgId: string;
  readonly target: UpstreamTarget;
}

export interface CrawlRequest {
  readonly source: CrawledSource;
  readonly mode: CrawlMode;
  /** RFC 3339: a crawl that began before then is too old. */
  readonly freshFrom: string;
  /** A person is waiting: one attempt is made although the upstream is left alone for a while. */
  readonly mayProbe: boolean;
  /** A person wants all of it read: what an earlier crawl has left is not gone on with. */
  readonly beginAnew: boolean;
}

/** A crawl that this process is at. */
export interface OpenCrawl {
  readonly sourceId: string;
  readonly number: number;
  readonly leaseId: string;
  readonly mode: CrawlMode;
  /** RFC 3339; null in a full crawl that is not catching up yet. */
  readonly since: string | null;
  /** Where the last page that was kept leads to; null before the first one. */
  readonly cursor: string | null;
  readonly pages: number;
  readonly bytes: number;
  readonly fetched: number;
  readonly apiVersion: 'v0.1' | 'v0' | null;
}

/** What a crawl, or the attempt to begin one, came to. */
export type CrawlOutcome =
  /** The copy is as fresh as was asked for. `crawled` is null when it was already. */
  | { readonly kind: 'fresh'; readonly crawled: CrawlTotals | null }
  /** Another run is reading it. */
  | { readonly kind: 'busy' }
  /** The upstream failed again and again and is left alone until then; RFC 3339. */
  | { readonly kind: 'resting'; readonly until: string }
  /** Whoever asked wants nothing any more, or another process has taken over. */
  | { readonly kind: 'stopped' };

export interface CrawlTotals {
  readonly pages: number;
  readonly bytes: number;
  readonly fetched: number;
  readonly httpStatus: number | null;
  /** Whether it found anything new. */
  readonly moved: boolean;
}
