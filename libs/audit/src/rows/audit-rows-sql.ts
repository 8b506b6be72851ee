import { boundedPageSql, constant, filterSql, sql, type Found, type SqlFragment } from '@portolan/db';
import { isUuid, type Filter } from '@portolan/kernel';
import { CHAINED_NAMES } from '../chain/chained-row';
import { AUDIT_LOG_FIELDS, filterOfIds } from './audit-log-filter';
import { STORED_COLUMNS, STORED_JOINS, type StoredAuditRow } from './audit-row';

/** Rows that one page looks at. Those that its filters leave out count, too. */
export const LOOKED_AT_MAX = 10_000;

/** Values of one filter that are each followed along the index; more are looked for among the rows of another one. */
const VALUES_MAX = 8;
/** Rows of a page that is read in passing. */
const LIGHT_ROWS_MAX = 100;
const PAGE_BYTES_MAX = 4_000_000;
const NEWEST_FIRST = 'occurred_at desc, id desc';
const DAY_MS = 86_400_000;

/** Columns that an index leads to, the one with the fewest rows for a value first. */
const INDEXED = ['request_id', 'target_id', 'credential_id', 'principal_id', 'registry_id', 'action', 'result', 'kind'];

/** A place between two rows. */
export interface AuditPosition {
  /** RFC 3339, UTC, microseconds. */
  readonly occurredAt: string;
  readonly id: string;
}

export interface AuditRowsRequest {
  readonly orgId: string;
  /** With ids in the place of names; those of a registry's rows as they were said. */
  readonly filters: readonly Filter[];
  /**
   * Only rows of this registry are looked at, whatever another index would lead to: how far a page came, and where it
   * ends, tells nothing of the rows and people outside of it.
   */
  readonly registryId?: string;
  /** Only rows before it; null for the newest. */
  readonly before: AuditPosition | null;
  readonly pageSize: number;
}

export interface FoundAuditRow extends Omit<StoredAuditRow, 'sequence' | 'hash'>, Found {
  /** False only for the last row that was looked at, which then tells nothing but how far that was. */
  readonly matches: boolean;
  /** True for the last row that may be looked at. */
  readonly is_end: boolean;
}

/**
 * Keeps the plan of `auditRowsSql` to what it is written for, whatever the statistics of a young partition say: the index
 * with the fewest rows, however they lie on disk, and names looked up one by one.
 */
export const PLANNED_AS_WRITTEN = sql`
  select set_config(name, value, true)
  from (values ('random_page_cost', '0'), ('seq_page_cost', '0'), ('cpu_operator_cost', '0'), ('enable_seqscan', 'off'),
               ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'),
               ('max_parallel_workers_per_gather', '0')) settings(name, value)`;

/**
 * A page of rows, newest first, and one more. They are read along one index between the bounds of time, and looked at
 * until the page is full, LOOKED_AT_MAX are, or there are no more. Wants `inIndexOrder` and PLANNED_AS_WRITTEN.
 */
export function auditRowsSql({ orgId, filters, registryId, before, pageSize }: AuditRowsRequest): SqlFragment {
  const { bounds, leading, left } = partsOf(filters, registryId);
  const leftSql =
    registryId === undefined
      ? filterSql(left)
      : left.reduce((all, one) => sql`${all}${inRegistrySql(orgId, one)}`, constant(''));
  const range = sql`org_id = ${orgId} ${beforeSql(before)} ${filterSql(bounds.map(toMicrosecond))}`;
  const lookedAt = left.length === 0 ? pageSize + 1 : LOOKED_AT_MAX;
  return sql`
    with a as materialized (
      ${boundedPageSql({
        columns: constant(`${CHAINED_NAMES.join(', ')}, matches, is_end`),
        rows: sql`
          select * from (
            select s.*, (true ${leftSql}) is true as matches,
                   row_number() over (order by ${constant(NEWEST_FIRST)}) = ${left.length === 0 ? 0 : lookedAt} as is_end
            from (${rowsSql(range, leading, lookedAt)}) s) looked_at
          where matches or is_end order by ${constant(NEWEST_FIRST)} limit ${pageSize + 1}`,
        order: NEWEST_FIRST,
        bytes: 'octet_length(concat(before::text, after::text))',
        bytesMax: PAGE_BYTES_MAX,
      })})
    select ${STORED_COLUMNS}, a.found, a.matches, a.is_end from a ${STORED_JOINS}
    order by a.occurred_at desc, a.id desc`;
}

/** Whether a page costs a multiple of what most pages do, by its length or by the rows that it looks at. */
export function isHeavy(page: Pick<AuditRowsRequest, 'filters' | 'registryId' | 'pageSize'>): boolean {
  return page.pageSize > LIGHT_ROWS_MAX || partsOf(page.filters.map(byPrincipalId), page.registryId).left.length > 0;
}

interface Parts {
  readonly bounds: readonly Filter[];
  /** Chooses the index. */
  readonly leading: Filter | undefined;
  /** What the rows that the index leads to are looked at for. */
  readonly left: readonly Filter[];
}

function partsOf(filters: readonly Filter[], registryId: string | undefined): Parts {
  const others = filters.filter((filter) => !isBound(filter));
  const leading = registryId === undefined ? leadingOf(others) : filterOfIds('registry_id', [registryId]);
  // The index of results holds whatever did not succeed.
  const left = others.filter((filter) => filter !== leading || filter.field.column === 'result');
  return { bounds: filters.filter(isBound), leading, left };
}

function byPrincipalId(filter: Filter): Filter {
  const [name = ''] = filter.values;
  return filter.field === AUDIT_LOG_FIELDS.principal && isUuid(name) ? filterOfIds('principal_id', [name]) : filter;
}

// One condition for whoever has the name and for nobody: the same rows are looked at, and no answer tells who there is.
function inRegistrySql(orgId: string, said: Filter): SqlFragment {
  const filter = byPrincipalId(said);
  if (filter.field !== AUDIT_LOG_FIELDS.principal) return filterSql([filter]);
  const [name = ''] = filter.values;
  return sql` and (principal_name = ${name} or principal_id in (
    select p.id from audit_person p where p.org_id = ${orgId} and p.name_key = lower(${name})))`;
}

function isBound({ field }: Filter): boolean {
  return field.column === 'occurred_at';
}

// Rows have microseconds, and PostgreSQL would round what is finer.
function toMicrosecond(bound: Filter): Filter {
  const [value = ''] = bound.values;
  if (!/\.\d{6}\d*[1-9]/.test(value)) return bound;
  const { operator: said } = bound;
  const operator = said === 'gte' ? 'gt' : said === 'lt' ? 'lte' : said;
  return { ...bound, operator, values: [value.replace(/(\.\d{6})\d+/, '$1')] };
}

function leadingOf(filters: readonly Filter[]): Filter | undefined {
  return INDEXED.flatMap((column) => filters.filter(({ field }) => field.column === column)).find(
    ({ field, values }) => values.length <= VALUES_MAX && !(field.column === 'result' && values[0] === 'success'),
  );
}

function rowsSql(range: SqlFragment, leading: Filter | undefined, limit: number): SqlFragment {
  const along = (condition: SqlFragment) => sql`
    select * from audit_log where ${range} ${condition} order by ${constant(NEWEST_FIRST)} limit ${limit}`;
  if (leading === undefined) return along(constant(''));
  if (leading.field.column === 'result') return along(constant(`and result <> 'success'`));
  const [first = along(constant('and false')), ...others] = [...new Set(leading.values)].map((value) =>
    along(filterSql([{ ...leading, operator: 'eq', values: [value] }])),
  );
  if (others.length === 0) return first;
  // Each value has its own ordered range; these are merged.
  return sql`
    select * from (${others.reduce((all, one) => sql`${all} union all (${one})`, sql`(${first})`)}) merged
    order by ${constant(NEWEST_FIRST)} limit ${limit}`;
}

function beforeSql(before: AuditPosition | null): SqlFragment {
  // The upper bound keeps the partitions of the months to come out of the plan. Clocks may differ by less than a day.
  if (before === null) return sql`and occurred_at < ${new Date(Date.now() + DAY_MS).toISOString()}::timestamptz`;
  return sql`
    and occurred_at <= ${before.occurredAt}::timestamptz
    and (occurred_at, id) < (${before.occurredAt}::timestamptz, ${before.id}::uuid)`;
}
