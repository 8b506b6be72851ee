import { sql, type Tx } from '@portolan/db';

/** Marks an invite accepted; false when it is over. The caller has locked its user. */
export async function useInvite(tx: Tx, id: string): Promise<boolean> {
  const used = await tx.run(sql`
    update invite set accepted_at = now()
    where org_id = ${tx.ctx.orgId} and id = ${id} and accepted_at is null and revoked_at is null
      and expires_at > now()`);
  return used === 1;
}
