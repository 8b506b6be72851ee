import { constant } from '@portolan/db';
import type { ListFields } from '@portolan/kernel';

/** Members of the provider's group become members of the team at each login. */
export interface TeamMappingRow {
  readonly id: string;
  readonly team_id: string;
  /** As the provider's claim names it; case counts. */
  readonly group: string;
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
}

export const TEAM_MAPPING_COLUMNS = constant('id, team_id, group_name as "group", rfc3339(created_at) as created_at');

/** What a list of mappings can be filtered and sorted by. */
export const TEAM_MAPPING_FIELDS: ListFields = {
  id: { column: 'id', kind: 'uuid', sortable: false },
  team_id: { column: 'team_id', kind: 'uuid', sortable: false },
  group: { column: 'group_name', kind: 'string', sortable: true },
  created_at: { column: 'team_group_mapping.created_at', kind: 'date', sortable: true },
};
