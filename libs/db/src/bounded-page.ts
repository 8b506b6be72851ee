import { constant, sql, type SqlFragment } from './sql';

export interface BoundedPage {
  /** What the caller wants of each row. */
  readonly columns: SqlFragment;
  /** The rows in order and already limited, one more than the caller will keep. */
  readonly rows: SqlFragment;
  /** The order of `rows` once more. */
  readonly order: string;
  /** SQL for the bytes that a row adds to the answer. */
  readonly bytes: string;
  readonly bytesMax: number;
}

/** Found rows before the cut: more than came back means that something follows. */
export interface Found {
  readonly found: number;
}

/** Ends a page early once it holds `bytesMax`, so that no reader costs more memory than that; one row always comes. */
export function boundedPageSql({ columns, rows, order, bytes, bytesMax }: BoundedPage): SqlFragment {
  return sql`
    select ${columns}, found from (
      select page.*, count(*) over ()::integer as found,
             sum(${constant(bytes)}) over (order by ${constant(order)} rows unbounded preceding) - ${constant(bytes)} as bytes_before
      from (${rows}) page) counted
    where bytes_before < ${bytesMax} order by ${constant(order)}`;
}

/** The rows that the caller keeps, and whether others follow. */
export function cutPage<T extends Found>(rows: readonly T[], limit: number): { page: readonly T[]; more: boolean } {
  const page = rows.slice(0, limit);
  return { page, more: (rows[0]?.found ?? 0) > page.length };
}
