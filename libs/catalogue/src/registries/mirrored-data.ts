import { constant } from '@portolan/db';

/**
 * `mirrored_data_as_of` of the row `registry`: the oldest of what its enabled mirrors show. What a mirror shows is as old
 * as its last run found it, or as the last crawl that found nothing new after it.
 */
export const MIRRORED_DATA_AS_OF = constant(
  `(select case when bool_and(shown.as_of is not null) then rfc3339(min(shown.as_of)) end
    from (select case when s.id is null then m.data_as_of else greatest(m.data_as_of, s.head_started_at) end as as_of
          from mirror m left join source s on s.id = m.source_id and s.head = m.applied_crawl
          where m.org_id = registry.org_id and m.registry_id = registry.id and m.enabled) shown) as mirrored_data_as_of`,
);
