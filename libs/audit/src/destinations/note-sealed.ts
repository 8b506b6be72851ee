import { sql, type Tx } from '@portolan/db';

/** A chain that is shorter than live deliveries have known it. */
export interface CutChain {
  /** Number of the last row that one of them knew of. */
  readonly known: number;
  /** Number of the last row that there was. */
  readonly end: number;
}

/**
 * Tells the live deliveries of the organization that its chain, or the last checkpoint of it, has moved on. Where the tail
 * of the chain was cut off, other rows get the numbers of those that are gone: deliveries that were further go back to
 * where it ended, so that they send these too, rather twice than never.
 *
 * @param end of the chain before the rows that were sealed now
 * @param sequence of the last row of it now
 */
export async function noteSealed(tx: Tx, end: number, sequence: number): Promise<CutChain | null> {
  const { orgId } = tx.ctx;
  const row = await tx.row<{ known: number | null }>(sql`
    select max(greatest(head, position))::float8 as known from audit_delivery
    where org_id = ${orgId} and kind = 'live'`);
  const known = row?.known ?? 0;
  if (known > end) await goBack(tx, end);
  await tx.run(sql`
    update audit_delivery d set head = greatest(d.head, ${sequence}), checkpoint_head = greatest(d.checkpoint_head, c.last)
    from (select coalesce(max(sequence), 0) as last from audit_checkpoint
          where org_id = ${orgId} and sequence <= ${sequence}) c
    where d.org_id = ${orgId} and d.kind = 'live' and (d.head < ${sequence} or d.checkpoint_head < c.last)`);
  return known > end ? { known, end } : null;
}

// Whoever is sending one of them loses his claim: where he is was a place in the chain that is gone.
async function goBack(tx: Tx, end: number): Promise<void> {
  await tx.run(sql`
    update audit_delivery
    set position = least(position, ${end}), head = least(head, ${end}),
        checkpoint_position = least(checkpoint_position, ${end}), checkpoint_head = least(checkpoint_head, ${end}),
        claimed_until = null
    where org_id = ${tx.ctx.orgId} and kind = 'live' and greatest(head, position) > ${end}`);
}
