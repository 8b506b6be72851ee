import { sql, type Tx } from '@portolan/db';

/**
 * Forgets who somebody was: every row of the trail keeps his id and loses his name, address and what else told of him.
 * The chain holds digests of these, salted, and stays verifiable.
 */
export async function erasePerson(tx: Tx, id: string): Promise<void> {
  await tx.run(sql`select erase_audit_person(${id})`);
}
