/** Imported by a spec before all else: the APIs of its tests keep no page. */
process.env.TEST_PAGE_CACHE_MB = '0';
