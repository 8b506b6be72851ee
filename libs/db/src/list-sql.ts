import type { Filter, ListQuery } from '@portolan/kernel';
import { constant, join, sql, type SqlFragment } from './sql';

/** `and ...` for each filter of a management list. Columns come from the list's own table of fields. */
export function filterSql(filters: readonly Filter[]): SqlFragment {
  return join(
    filters.map((filter) => sql` and ${condition(filter)}`),
    '',
  );
}

/** `order by ... limit ... offset ...`; `tiebreak` is a unique column. */
export function pageSql(query: ListQuery, tiebreak: string): SqlFragment {
  const order = query.sort.map(({ column, descending }) => `${column}${descending ? ' desc' : ''}`);
  const offset = (query.pageNumber - 1) * query.pageSize;
  return sql` order by ${constant([...order, tiebreak].join(', '))} limit ${query.pageSize} offset ${offset}`;
}

function condition(filter: Filter): SqlFragment {
  const column =
    filter.labelKey === null
      ? constant(filter.field.column)
      : sql`(${constant(filter.field.column)} ->> ${filter.labelKey}::text)`;
  const type = constant(
    { string: 'text', labels: 'text', uuid: 'uuid', date: 'timestamptz', boolean: 'boolean' }[filter.field.kind],
  );
  const [value] = filter.values;
  switch (filter.operator) {
    case 'exists':
      return sql`${column} is not null`;
    case 'eq':
      return sql`${column} = ${value}::${type}`;
    case 'neq':
      return sql`${column} is distinct from ${value}::${type}`;
    case 'lt':
      return sql`${column} < ${value}::${type}`;
    case 'lte':
      return sql`${column} <= ${value}::${type}`;
    case 'gt':
      return sql`${column} > ${value}::${type}`;
    case 'gte':
      return sql`${column} >= ${value}::${type}`;
    case 'oeq':
      return sql`${column} = any(${filter.values}::${type}[])`;
    case 'contains':
    case 'ocontains':
      return sql`${column} ilike any(${filter.values.map(containsPattern)}::text[])`;
  }
}

/** A LIKE pattern that finds `text` anywhere and takes `%`, `_` and `\` as they are. */
export function containsPattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
