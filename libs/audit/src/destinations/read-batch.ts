import { boundedPageSql, constant, cutPage, sql, type Found, type Tx } from '@portolan/db';
import { CHAINED_NAMES } from '../chain/chained-row';
import { STORED_COLUMNS, STORED_JOINS, toAuditRow, type StoredAuditRow } from '../rows/audit-row';
import type { Entry } from './formats/entry';

const BYTES_MAX = 1_000_000;
const CHECKPOINTS_MAX = 500;

/** How far a delivery has come, and to where it goes. */
export interface Progress {
  readonly kind: 'live' | 'replay';
  /** Rows of this time only; null for all. */
  readonly start_at: string | null;
  readonly end_at: string | null;
  readonly position: number;
  readonly head: number;
  readonly checkpoint_position: number;
  readonly checkpoint_head: number;
  readonly entries_max: number;
}

/** Where a delivery is after an entry. */
export interface Place {
  readonly position: number;
  readonly checkpointPosition: number;
  /** Rows on the way there that are gone. */
  readonly missed: number;
}

export interface Batch {
  readonly items: readonly { readonly entry: Entry; readonly after: Place }[];
  /** After all of it. */
  readonly end: Place;
}

interface FoundRow extends Omit<StoredAuditRow, 'id' | 'sequence'>, Found {
  /** Null when the row is gone and its seal is not. */
  readonly id: string | null;
  readonly sequence: number;
  readonly sealed_at: string;
}

interface CheckpointRow {
  readonly sequence: number;
  readonly created_at: string;
  readonly hash: Buffer;
  readonly key_id: string;
  readonly signature: Buffer;
}

/** The next rows in the order of the chain, each checkpoint after the row that it is about. */
export async function readBatch(tx: Tx, progress: Progress): Promise<Batch> {
  const begin = progress.kind === 'live' ? null : await chainBegin(tx);
  const { page, more } = cutPage(await readRows(tx, progress), progress.entries_max);
  const rowsEnd = more ? (page.at(-1)?.sequence ?? progress.head) : progress.head;
  const checkpoints = await readCheckpoints(tx, progress, rowsEnd);
  const position = checkpoints.length < CHECKPOINTS_MAX ? rowsEnd : (checkpoints.at(-1)?.sequence ?? rowsEnd);
  return assemble(tx.ctx.orgId, progress, begin, page, checkpoints, position);
}

function readRows(tx: Tx, { start_at: startAt, end_at: endAt, ...progress }: Progress): Promise<FoundRow[]> {
  const { orgId } = tx.ctx;
  const inTime =
    startAt === null || endAt === null
      ? constant('')
      : sql`and occurred_at >= ${startAt}::timestamptz and occurred_at < ${endAt}::timestamptz`;
  return tx.rows<FoundRow>(sql`
    with a as materialized (
      ${boundedPageSql({
        columns: constant(`${CHAINED_NAMES.join(', ')}, place, hash, sealed_at`),
        rows: sql`
          select a.*, s.sequence as place, s.hash, rfc3339(s.sealed_at) as sealed_at
          from (select sequence, sealed_at, hash, audit_id, occurred_at from audit_seal
                where org_id = ${orgId} and sequence > ${progress.position} and sequence <= ${progress.head} ${inTime}
                order by sequence limit ${progress.entries_max + 1}) s
          left join audit_log a on a.org_id = ${orgId} and a.occurred_at = s.occurred_at and a.id = s.audit_id
          order by s.sequence`,
        order: 'place',
        bytes: 'coalesce(octet_length(concat(before::text, after::text)), 0)',
        bytesMax: BYTES_MAX,
      })})
    select a.place::float8 as sequence, a.hash, a.sealed_at, a.found, ${STORED_COLUMNS}
    from a ${STORED_JOINS} order by a.place`);
}

async function chainBegin(tx: Tx): Promise<number | null> {
  const row = await tx.row<{ sequence: number }>(sql`
    select sequence::float8 as sequence from audit_seal
    where org_id = ${tx.ctx.orgId} order by audit_seal.sequence limit 1`);
  return row?.sequence ?? null;
}

// After the rows: one that came in between is for a row that is there already, or for the next batch.
function readCheckpoints(tx: Tx, progress: Progress, rowsEnd: number): Promise<CheckpointRow[]> {
  return tx.rows<CheckpointRow>(sql`
    select sequence::float8 as sequence, rfc3339(created_at) as created_at, hash, key_id, signature
    from audit_checkpoint
    where org_id = ${tx.ctx.orgId} and sequence > ${progress.checkpoint_position}
      and sequence <= ${Math.min(rowsEnd, progress.checkpoint_head)}
    order by audit_checkpoint.sequence limit ${CHECKPOINTS_MAX}`);
}

function assemble(
  orgId: string,
  progress: Progress,
  begin: number | null,
  rows: readonly FoundRow[],
  checkpoints: readonly CheckpointRow[],
  position: number,
): Batch {
  const items: { entry: Entry; after: Place }[] = [];
  let present = 0;
  let gone = 0;
  let checkpointPosition = progress.checkpoint_position;
  // The chain has no gaps, but a replay leaves out what is not of its time.
  const missedUpTo = (sequence: number) =>
    progress.kind === 'live'
      ? sequence - progress.position - present
      : gone + Math.max(0, Math.min((begin ?? sequence + 1) - 1, sequence) - progress.position);
  const place = (sequence: number): Place => ({ position: sequence, checkpointPosition, missed: missedUpTo(sequence) });
  const waiting = [...checkpoints];
  const addCheckpoints = (before: number) => {
    for (let next = waiting[0]; next !== undefined && next.sequence < before; next = waiting[0]) {
      waiting.shift();
      checkpointPosition = next.sequence;
      items.push({ entry: toCheckpoint(orgId, next), after: place(Math.max(next.sequence, progress.position)) });
    }
  };
  for (const row of rows) {
    if (row.sequence > position) break;
    addCheckpoints(row.sequence);
    if (row.id === null) gone += 1;
    else {
      present += 1;
      const { id, sealed_at: sealedAt } = row;
      const entry: Entry = { type: 'event', orgId, sealedAt, row: toAuditRow({ ...row, id }) };
      items.push({ entry, after: place(row.sequence) });
    }
  }
  addCheckpoints(Infinity);
  return { items, end: place(position) };
}

function toCheckpoint(orgId: string, row: CheckpointRow): Entry {
  return {
    type: 'checkpoint',
    orgId,
    sequence: row.sequence,
    hash: row.hash.toString('hex'),
    createdAt: row.created_at,
    keyId: row.key_id,
    signature: row.signature.toString('base64url'),
  };
}
