import { sql, type Tx } from '@portolan/db';

/** Ends the sessions of a user, except one that is to go on. */
export async function endSessions(tx: Tx, userId: string, exceptId: string | null = null): Promise<void> {
  await tx.run(sql`
    update user_session set ended_at = now()
    where org_id = ${tx.ctx.orgId} and user_id = ${userId} and ended_at is null
      and id is distinct from ${exceptId}::uuid`);
}
