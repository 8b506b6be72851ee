import { sql, type Tx } from '@portolan/db';
import { boundaryText, CHAIN_BEGIN, hashOfLink, type Boundary, type ChainEnd, type Link } from '../chain/links';
import type { Verifier } from '../chain/signing-keys';

interface Signed {
  readonly key_id: string;
  readonly signature: Buffer;
}

type SignedSeal = Link & ChainEnd & Signed;
type SignedBoundary = Boundary & Signed;

/**
 * The last link of what was sealed before a time, or where an earlier purge has left the chain.
 *
 * @param before RFC 3339
 * @throws Error when the chain does not hold there: what it tells of the rows must not be made true by our signature
 */
export async function endOfPurged(tx: Tx, before: string, verifier: Verifier): Promise<ChainEnd> {
  const boundary = await lastBoundary(tx);
  if (boundary && !verifier.verify(boundary.key_id, boundaryText(boundary), boundary.signature))
    throw new Error(`the boundary before ${boundary.purged_before} is not signed by a key of ours`);
  const [last, previous] = await lastSeals(tx, before);
  if (!last) return boundary ?? CHAIN_BEGIN;
  const link = previous ?? boundary ?? CHAIN_BEGIN;
  if (
    last.sequence !== link.sequence + 1 ||
    !hashOfLink(link.hash, last).equals(last.hash) ||
    !verifier.verify(last.key_id, last.hash, last.signature)
  )
    throw new Error(`the chain is broken at ${last.sequence}`);
  return last;
}

function lastBoundary(tx: Tx): Promise<SignedBoundary | undefined> {
  return tx.row<SignedBoundary>(sql`
    select org_id, sequence::float8 as sequence, hash, rfc3339(created_at) as created_at, key_id,
           rfc3339(purged_before) as purged_before, signature
    from audit_boundary where org_id = ${tx.ctx.orgId} order by purged_before desc limit 1`);
}

function lastSeals(tx: Tx, before: string): Promise<SignedSeal[]> {
  return tx.rows<SignedSeal>(sql`
    select org_id, sequence::float8 as sequence, rfc3339(sealed_at) as sealed_at, audit_id,
           rfc3339(occurred_at) as occurred_at, digest, hash, key_id, signature
    from audit_seal where org_id = ${tx.ctx.orgId} and sealed_at < ${before}::timestamptz
    order by audit_seal.sequence desc limit 2`);
}
