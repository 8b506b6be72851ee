import { sql, type Tx } from '@portolan/db';
import { v7 as uuidv7 } from 'uuid';

/** A capability URL carries its own right to read: who knows it is not everybody. */
const SECRET_IN_PATH = /~[\w-]{16,}/;

export interface SourcePlace {
  readonly url: string;
  readonly verify_tls: boolean;
  readonly hasHeaders: boolean;
}

/**
 * The copy that an upstream is read into: the one that everybody shares who asks this URL without a credential, or else a
 * new one of its own. Nobody is shown what somebody else's credential, or a former one, has read. Copies that nobody names
 * any more are deleted in the background.
 *
 * @returns its id
 */
export async function nameSource(tx: Tx, upstreamId: string, place: SourcePlace): Promise<string> {
  if (!place.hasHeaders && !SECRET_IN_PATH.test(place.url)) {
    const shared = await tx.row<{ id: string }>(sql`select shared_source(${place.url}, ${place.verify_tls}) as id`);
    if (!shared) throw new Error('the shared source was not returned');
    return shared.id;
  }
  const id = uuidv7();
  await tx.run(sql`
    insert into source (org_id, id, upstream_id, url, verify_tls)
    values (${tx.ctx.orgId}, ${id}, ${upstreamId}, ${place.url}, ${place.verify_tls})`);
  return id;
}
