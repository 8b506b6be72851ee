import { sql, type Tx } from '@portolan/db';
import { enqueue } from '@portolan/queue';
import { v7 as uuidv7 } from 'uuid';
import { findRun, type RunMode, type RunRow, type RunTrigger } from './run-row';

/** `freshFrom` of a run that takes what was read already, however long ago. */
export const LONG_AGO = '1970-01-01T00:00:00Z';

export interface RequestedRun {
  readonly mirrorId: string;
  readonly mode: RunMode;
  readonly dryRun: boolean;
  readonly trigger: RunTrigger;
  /** RFC 3339: a crawl that began before is too old. Null: one that begins from now on. */
  readonly freshFrom: string | null;
}

/**
 * Asks for a run of a mirror that is there, with the call that wakes a worker up for it. Null when one is waiting or under
 * way already: of each mirror there is one at a time.
 */
export async function requestRun(
  tx: Tx,
  { mirrorId, mode, dryRun, trigger, freshFrom }: RequestedRun,
): Promise<RunRow | null> {
  const id = uuidv7();
  const inserted = await tx.run(sql`
    insert into mirror_run (org_id, id, mirror_id, mode, dry_run, trigger, fresh_from)
    values (${tx.ctx.orgId}, ${id}, ${mirrorId}, ${mode}, ${dryRun}, ${trigger},
            coalesce(${freshFrom}::timestamptz, clock_timestamp()))
    on conflict (org_id, mirror_id) where state in ('waiting', 'running') do nothing`);
  if (inserted === 0) return null;
  await enqueue(tx, 'mirror.run', { run_id: id });
  return findRun(tx, mirrorId, id);
}

/** Asks for a run that takes what was read already, however long ago. */
export function requestRunOfCopy(tx: Tx, mirrorId: string, trigger: RunTrigger): Promise<RunRow | null> {
  return requestRun(tx, { mirrorId, mode: 'incremental', dryRun: false, trigger, freshFrom: LONG_AGO });
}
