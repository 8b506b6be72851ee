import { sql, type SqlFragment } from '@portolan/db';

/**
 * A condition: some reserved namespace of the organization covers a server's name. A namespace covers itself and all
 * below it, whatever the case of the name.
 *
 * @param name the server's name, or what stands before its slash, as text; looked at once for each row,
 * whatever the number of reserved namespaces
 */
export function isReservedSql(orgId: string, name: SqlFragment): SqlFragment {
  // From each namespace that the name lies in to the reserved ones, never the other way: the limit holds the planner to
  // that, who takes names to have many more labels than they have.
  return sql`exists (
    select from string_to_array(split_part(lower((${name}) collate "C"), '/', 1), '.') labels
    cross join generate_series(1, cardinality(labels)) depth
    cross join lateral (
      select from reserved_namespace r
      where r.org_id = ${orgId} and r.namespace = array_to_string(labels[1:depth], '.') limit 1) covering)`;
}
