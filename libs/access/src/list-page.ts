import { pageSql, sql, type SqlFragment, type Tx } from '@portolan/db';
import type { ListQuery, PageMeta } from '@portolan/kernel';

export interface Page<T> {
  readonly data: readonly T[];
  readonly meta: PageMeta;
}

export interface PagedSelect {
  readonly columns: SqlFragment;
  /** From `from` on, filters included; order, limit and offset come from the query. */
  readonly from: SqlFragment;
  /** A unique column. */
  readonly tiebreak: string;
}

/** One page of a management list, with the total of all. */
export async function readPage<T>(
  tx: Tx,
  query: ListQuery,
  { columns, from, tiebreak }: PagedSelect,
): Promise<Page<T>> {
  const data = await tx.rows<T>(sql`select ${columns} ${from}${pageSql(query, tiebreak)}`);
  const counted = await tx.row<{ total: number }>(sql`select count(*)::integer as total ${from}`);
  return { data, meta: { page: { number: query.pageNumber, size: query.pageSize, total: counted?.total ?? 0 } } };
}
