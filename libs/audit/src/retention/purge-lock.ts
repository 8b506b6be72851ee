import { constant, sql, type Tx } from '@portolan/db';

// The functions of the database that delete take it, too.
const LOCK = constant(`hashtextextended('portolan audit purge', 0)`);

/** Waits until the step of a purge that is under way has ended; the next one sees what this transaction has changed. */
export async function waitForPurge(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock_shared(${LOCK})`);
}

/**
 * Waits until nobody else purges or changes how long rows are kept. The queue is fair: whoever changes his settings again
 * and again keeps nobody from it.
 *
 * @throws AppError database_busy after two seconds, as for any lock that this transaction waits for from now on
 */
export async function takePurgeLock(tx: Tx): Promise<void> {
  await tx.run(sql`select set_config('lock_timeout', '2s', true)`);
  await tx.run(sql`select pg_advisory_xact_lock(${LOCK})`);
}
