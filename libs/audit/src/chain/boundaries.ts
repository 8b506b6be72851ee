import { sql, type Tx } from '@portolan/db';
import { boundaryText, CHAIN_BEGIN, type Boundary, type ChainEnd } from './links';
import type { Verifier } from './signing-keys';
import type { Flaw } from './verification';

interface SignedBoundary extends Boundary {
  readonly signature: Buffer;
}

/** Where the chain of an organization begins today. */
export interface ChainStart {
  /** The last row that is gone; the beginning of all when nothing was purged. */
  readonly end: ChainEnd;
  /** RFC 3339, UTC, microseconds. Rows older than this are gone; null when nothing was purged. */
  readonly purgedBefore: string | null;
  /** A boundary that no key of ours signed. */
  readonly flaw: Flaw | null;
}

/** Takes the newest boundary that is signed; one that is not is told, and means nothing. */
export async function chainStart(tx: Tx, verifier: Verifier): Promise<ChainStart> {
  const boundaries = await tx.rows<SignedBoundary>(sql`
    select org_id, sequence::float8 as sequence, hash, rfc3339(created_at) as created_at, key_id, signature,
           rfc3339(purged_before) as purged_before
    from audit_boundary where org_id = ${tx.ctx.orgId} order by sequence desc, purged_before desc`);
  const isGenuine = (boundary: SignedBoundary) =>
    verifier.verify(boundary.key_id, boundaryText(boundary), boundary.signature);
  const newest = boundaries.find(isGenuine);
  const forged = boundaries.findLast((boundary) => !isGenuine(boundary));
  return {
    end: newest === undefined ? CHAIN_BEGIN : { sequence: newest.sequence, hash: newest.hash },
    purgedBefore: newest?.purged_before ?? null,
    flaw:
      forged === undefined
        ? null
        : {
            problem: 'boundary_forged',
            sequence: forged.sequence,
            detail: `The boundary of a purge of what is before ${forged.purged_before} is signed by no key of this installation.`,
          },
  };
}
