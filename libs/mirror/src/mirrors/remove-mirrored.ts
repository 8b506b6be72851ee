import { releaseDocuments } from '@portolan/catalogue';
import { constant, sql, type SqlFragment, type Tx } from '@portolan/db';

/** What has left a registry. */
export interface Removed {
  readonly versions: number;
  readonly servers: number;
  /** Of servers, in order; at most 100. */
  readonly names: readonly string[];
}

const NAMES_MAX = 100;

/**
 * Takes versions that a mirror has brought out of its registry, with what they hold of documents; the registry's own
 * count of them is the caller's to change. While the mirror is locked.
 *
 * @param which a condition on a version `v` that is alike for all versions of a server, for a name has one origin
 */
export async function removeMirrored(
  tx: Tx,
  registryId: string,
  mirrorId: string,
  which: SqlFragment = constant('true'),
): Promise<Removed> {
  const gone = await tx.row<Removed & { hashes: string[] }>(sql`
    with gone as (
      delete from server_version v
      where v.org_id = ${tx.ctx.orgId} and v.registry_id = ${registryId} and v.mirror_id = ${mirrorId} and ${which}
      returning v.name, v.document_hash)
    select count(*)::integer as versions, count(distinct name)::integer as servers,
           coalesce(array_agg(distinct encode(document_hash, 'hex')), '{}') as hashes,
           array(select distinct name from gone order by name limit ${NAMES_MAX}) as names
    from gone`);
  if (!gone) throw new Error('the database did not tell what is gone');
  const { hashes, ...removed } = gone;
  await releaseDocuments(tx, hashes);
  return removed;
}
