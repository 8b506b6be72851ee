import { Injectable } from '@nestjs/common';
import { OrgDb, sql, type Tx } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import type { ChainStart } from './boundaries';
import type { Flaw } from './verification';

const CHUNK_ROWS = 1_000;

export interface RowPosition {
  readonly occurred_at: string;
  readonly id: string;
}

export interface OutsideSearch {
  /** The last row that was looked at; null when there was none. */
  readonly position: RowPosition | null;
  readonly isAtEnd: boolean;
  readonly flaw: Flaw | null;
}

interface SearchedRow extends RowPosition {
  readonly is_known: boolean;
  readonly searched: number;
}

/** Looks for rows that are neither in the chain nor waiting for it. */
@Injectable()
export class FindRowsOutside {
  constructor(private readonly db: OrgDb) {}

  /** @param rowsMax to look at, in order of time */
  async run(ctx: Ctx, start: ChainStart, from: RowPosition | null, rowsMax: number): Promise<OutsideSearch> {
    let position = from;
    for (let left = rowsMax; left > 0; left -= CHUNK_ROWS) {
      const limit = Math.min(CHUNK_ROWS, left);
      const { rows, flaw } = await this.db.read(
        ctx,
        async (tx) => {
          const found = await searchedRows(tx, start, position, limit);
          const outside = found.find(({ is_known: isKnown }) => !isKnown);
          return { rows: found, flaw: outside === undefined ? null : await flawOf(tx, start, outside) };
        },
        { inIndexOrder: true },
      );
      position = rows.at(-1) ?? position;
      if (flaw !== null) return { position, isAtEnd: false, flaw };
      if ((rows[0]?.searched ?? 0) < limit) return { position, isAtEnd: true, flaw: null };
    }
    return { position, isAtEnd: false, flaw: null };
  }
}

/**
 * The last row of the chunk, and those before it that nothing knows. One statement, for sealing moves rows from one table
 * to the other. Only seals that a walk verifies count, so none that somebody put before the beginning.
 */
function searchedRows(tx: Tx, start: ChainStart, from: RowPosition | null, limit: number): Promise<SearchedRow[]> {
  const { orgId } = tx.ctx;
  const beyond =
    from === null
      ? sql`and occurred_at >= ${start.purgedBefore ?? '-infinity'}::timestamptz`
      : sql`and (occurred_at, id) > (${from.occurred_at}::timestamptz, ${from.id}::uuid)`;
  return tx.rows<SearchedRow>(sql`
    with a as materialized (
      select occurred_at, id from audit_log where org_id = ${orgId} ${beyond} order by occurred_at, id limit ${limit}),
    known as materialized (
      select a.*, coalesce(sealed.found, waiting.found, false) as is_known,
             row_number() over (order by a.occurred_at, a.id)::integer as number, count(*) over ()::integer as searched
      from a
      left join lateral (
        select true as found from audit_seal s
        where s.org_id = ${orgId} and s.audit_id = a.id and s.occurred_at = a.occurred_at
          and s.sequence + 0 > ${start.end.sequence} limit 1) sealed on true
      left join lateral (
        select true as found from audit_unsealed u
        where sealed.found is null and u.org_id = ${orgId} and u.occurred_at = a.occurred_at and u.id = a.id
        limit 1) waiting on true)
    select rfc3339(occurred_at) as occurred_at, id, is_known, searched from known
    where not is_known or number = searched order by number`);
}

async function flawOf(tx: Tx, start: ChainStart, row: RowPosition): Promise<Flaw> {
  const { orgId } = tx.ctx;
  const before = await tx.row<{ sequence: number }>(sql`
    select s.sequence::float8 as sequence
    from audit_log a join audit_seal s on s.org_id = a.org_id and s.audit_id = a.id and s.occurred_at = a.occurred_at
    where a.org_id = ${orgId} and s.sequence > ${start.end.sequence}
      and (a.occurred_at, a.id) < (${row.occurred_at}::timestamptz, ${row.id}::uuid)
    order by a.occurred_at desc, a.id desc limit 1`);
  const sequence = before?.sequence ?? start.end.sequence;
  return {
    problem: 'row_not_in_chain',
    sequence,
    detail: `The row ${row.id} stands after ${sequence} and is neither in the chain nor waiting for it.`,
  };
}
