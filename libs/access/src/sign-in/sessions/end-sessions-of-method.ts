import { sql, type Tx } from '@portolan/db';
import type { SessionRow } from './session-row';

/**
 * Ends all sessions of the organization that came by a way which is closed now. To be called behind the lock of
 * `lockSignIn`, for which sessions that are being opened wait.
 *
 * @returns how many
 */
export function endSessionsOfMethod(tx: Tx, method: SessionRow['method']): Promise<number> {
  return tx.run(sql`
    update user_session set ended_at = now()
    where org_id = ${tx.ctx.orgId} and method = ${method} and ended_at is null`);
}
