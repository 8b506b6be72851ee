import { createHash } from 'node:crypto';
import { RepeatTransaction, sql, type Tx } from '@portolan/db';

interface Claim {
  readonly hash: string;
  readonly name: string;
}

/**
 * Claims remote URLs for a server inside its registry. The primary key settles races: a second claimant waits for the
 * first one's transaction.
 *
 * @returns why not, when another server holds one of them, else null
 */
export async function claimRemoteUrls(
  tx: Tx,
  registryId: string,
  name: string,
  urls: readonly string[],
): Promise<string | null> {
  if (urls.length === 0) return null;
  const { orgId } = tx.ctx;
  const byHash = new Map(urls.map((url) => [createHash('sha256').update(url).digest('hex'), url]));
  // One order for everybody, so that two servers with the same URLs cannot wait for each other in a circle.
  const hashes = [...byHash.keys()].sort();
  const keys = hashes.map((hash) => Buffer.from(hash, 'hex'));
  // An array, not a subquery: beside one the planner may read all claims of the registry.
  const held = sql`
    select encode(url_hash, 'hex') as hash, name from remote_url_claim
    where org_id = ${orgId} and registry_id = ${registryId} and url_hash = any(${keys}::bytea[])`;
  let claims = await tx.rows<Claim>(sql`
    with claimed as (
      insert into remote_url_claim (org_id, registry_id, url_hash, name)
      select ${orgId}, ${registryId}, hash, ${name} from unnest(${keys}::bytea[]) hash on conflict do nothing
      returning url_hash, name)
    ${held} union all select encode(url_hash, 'hex'), name from claimed`);
  const isOurs = (hash: string) => claims.some((claim) => claim.hash === hash && claim.name === name);
  if (hashes.every(isOurs)) return null;
  // What the statement saw was there before it waited for others.
  claims = await tx.rows<Claim>(held);
  const taken = claims.find((claim) => claim.name !== name);
  if (taken) return `remote URL ${byHash.get(taken.hash) ?? ''} is already used by server ${taken.name}`;
  // The holder gave a URL up between the two statements.
  if (claims.length < hashes.length) throw new RepeatTransaction();
  return null;
}

/** Gives up the claims of a server that none of its versions needs any more. Deleted versions need none. */
export async function releaseRemoteUrls(tx: Tx, registryId: string, name: string): Promise<void> {
  const { orgId } = tx.ctx;
  await tx.run(sql`
    delete from remote_url_claim
    where org_id = ${orgId} and registry_id = ${registryId} and name = ${name}
      and url_hash not in (
        select sha256(convert_to(remote ->> 'url', 'UTF8'))
        from version_document, jsonb_array_elements(body::jsonb -> 'remotes') remote
        where registry_id = ${registryId} and name = ${name} and status <> 'deleted'
          and remote ->> 'url' is not null)`);
}
