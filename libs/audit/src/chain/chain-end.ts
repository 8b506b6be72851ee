import { sql, type SqlFragment, type Tx } from '@portolan/db';
import { CHAIN_BEGIN, type ChainEnd } from './links';

export interface SealedEnd extends ChainEnd {
  /** RFC 3339; null when the chain holds no row. */
  readonly sealed_at: string | null;
}

/** The last row of the chain, or where a purge has left it, or its beginning. */
export async function chainEnd(tx: Tx): Promise<SealedEnd> {
  const { orgId } = tx.ctx;
  const last = await tx.row<SealedEnd>(lastSealSql(orgId));
  if (last) return last;
  const boundary = await tx.row<ChainEnd>(sql`
    select sequence::float8 as sequence, hash from audit_boundary
    where org_id = ${orgId} order by audit_boundary.sequence desc limit 1`);
  return { ...(boundary ?? CHAIN_BEGIN), sealed_at: null };
}

/** In the order of the table's column: the one that is selected under the same name is of a type that no index has. */
export function lastSealSql(orgId: string): SqlFragment {
  return sql`
    select sequence::float8 as sequence, hash, rfc3339(sealed_at) as sealed_at from audit_seal
    where org_id = ${orgId} order by audit_seal.sequence desc limit 1`;
}
