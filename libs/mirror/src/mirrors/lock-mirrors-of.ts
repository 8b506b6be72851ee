import { sql, type SqlFragment, type Tx } from '@portolan/db';

/**
 * Has transactions that change what mirrors have brought to a registry follow each other: mirrors of one registry take names
 * from each other, and would each wait for what the other has. Before any mirror of it is locked.
 */
export async function lockMirrorsOf(tx: Tx, registryId: string): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(${keyOf(registryId)})`);
}

/** Like lockMirrorsOf, and waits for nobody. */
export async function tryLockMirrorsOf(tx: Tx, registryId: string): Promise<boolean> {
  const row = await tx.row<{ locked: boolean }>(sql`select pg_try_advisory_xact_lock(${keyOf(registryId)}) as locked`);
  return row?.locked ?? false;
}

function keyOf(registryId: string): SqlFragment {
  return sql`hashtextextended(${`portolan mirrors of ${registryId}`}, 0)`;
}
