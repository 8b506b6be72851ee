import { CrawlSource } from './crawl-source.service';
import { TidySources } from './tidy-sources.service';
import { UpstreamClient } from './upstream-client';

export const SOURCES = [CrawlSource, TidySources, UpstreamClient];
