import { sql, SystemDb } from '@portolan/db';
import type { QueueEnds } from '../backends';

const BATCH_SIZE = 100;
const LEASE_SECONDS = 60;

interface OutboxRow {
  readonly org_id: string;
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
}

/**
 * Moves waiting outbox rows to the queue, at least once: the queue drops a second delivery by the row's id.
 *
 * @returns how many rows were moved
 */
export async function relayOutbox(db: SystemDb, queue: QueueEnds['queue']): Promise<number> {
  const rows = await db.call<OutboxRow>(
    sql`select org_id, id, name, payload from claim_outbox(${BATCH_SIZE}, make_interval(secs => ${LEASE_SECONDS}))`,
  );
  for (const row of rows) await queue.add(row.name, { orgId: row.org_id, payload: row.payload }, { jobId: row.id });
  if (rows.length > 0) await db.call(sql`select finish_outbox(${rows.map(({ id }) => id)}::uuid[])`);
  return rows.length;
}
