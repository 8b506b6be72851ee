import { constant, sql, type Tx } from '@portolan/db';
import { AppError, isUuid, type ListFields } from '@portolan/kernel';

export interface ReplayRow {
  readonly id: string;
  /** `failing`: the last attempt failed and the next is due at `next_attempt_at`; nothing gives a replay up. */
  readonly state: 'running' | 'failing' | 'paused' | 'completed';
  /** Rows of this time on, RFC 3339, UTC, microseconds. */
  readonly start_at: string;
  /** Rows before this time. */
  readonly end_at: string;
  /** Place in the chain of the first and of the last row; null when there is none. */
  readonly first_sequence: number | null;
  readonly last_sequence: number | null;
  /** Number of the last row that was delivered; null before the first. */
  readonly delivered_sequence: number | null;
  /** Entries, checkpoints included. */
  readonly delivered: number;
  /** Rows that were purged before they could be delivered. */
  readonly missed: number;
  /** Failed since the last success. */
  readonly attempts: number;
  readonly last_attempt_at: string | null;
  readonly last_response_code: number | null;
  readonly last_response_message: string | null;
  readonly next_attempt_at: string | null;
  readonly created_at: string;
  readonly ended_at: string | null;
}

export const REPLAY_COLUMNS = constant(`
  id, case when ended_at is not null then 'completed' when paused then 'paused' when attempts > 0 then 'failing'
           else 'running' end as state,
  rfc3339(start_at) as start_at, rfc3339(end_at) as end_at,
  case when first <= head then first::float8 end as first_sequence,
  case when first <= head then head::float8 end as last_sequence,
  case when first <= position then position::float8 end as delivered_sequence,
  delivered::float8 as delivered, missed::float8 as missed, attempts, rfc3339(last_attempt_at) as last_attempt_at,
  last_response_code, last_response_message,
  case when ended_at is null and not paused then rfc3339(next_attempt_at) end as next_attempt_at,
  rfc3339(created_at) as created_at, rfc3339(ended_at) as ended_at`);

/** What a list of replays can be filtered and sorted by. */
export const REPLAY_FIELDS: ListFields = {
  id: { column: 'id', kind: 'uuid', sortable: false },
  created_at: { column: 'audit_delivery.created_at', kind: 'date', sortable: true },
  ended_at: { column: 'audit_delivery.ended_at', kind: 'date', sortable: true },
};

/** @throws AppError audit_replay_not_found, alike for a foreign id, a missing one and what is no id */
export async function findReplay(tx: Tx, destinationId: string, id: string): Promise<ReplayRow> {
  const row = isUuid(id)
    ? await tx.row<ReplayRow>(sql`
        select ${REPLAY_COLUMNS} from audit_delivery
        where org_id = ${tx.ctx.orgId} and id = ${id} and destination_id = ${destinationId} and kind = 'replay'`)
    : undefined;
  if (!row) throw new AppError('audit_replay_not_found');
  return row;
}
