import { storeDocuments } from '@portolan/catalogue';
import { inTurn, sql, type Tx } from '@portolan/db';
import type { VersionsPage } from './ask-for-versions';
import type { OpenCrawl } from './crawl';
import { SOURCE_LEASE_SECONDS } from './open-crawl';
import type { ReadVersion } from './read-entry';

/** A process that was thought dead, and whose work another one goes on with. */
export class LeaseLost extends Error {}

/** @throws LeaseLost */
export async function holdSource(tx: Tx, { sourceId, leaseId }: OpenCrawl): Promise<void> {
  const held = await tx.run(sql`
    update source set lease_until = clock_timestamp() + make_interval(secs => ${SOURCE_LEASE_SECONDS})
    where org_id = ${tx.ctx.orgId} and id = ${sourceId} and lease_id = ${leaseId}`);
  if (held === 0) throw new LeaseLost('the crawl was handed to somebody else');
}

/**
 * Keeps what a page held together with where it leads to: a process that dies after this goes on behind it.
 *
 * @returns how many versions of it the crawl had not read before
 * @throws LeaseLost
 */
export async function storePage(tx: Tx, crawl: OpenCrawl, page: VersionsPage): Promise<number> {
  const { versions } = page;
  await holdSource(tx, crawl);
  const at = page.answeredAtMs === null ? null : new Date(page.answeredAtMs).toISOString();
  const [, added] = await inTurn([
    storeDocuments(
      tx,
      versions.flatMap(({ document }) => document ?? []),
    ),
    addItems(tx, crawl, versions),
    tx.run(sql`
      update source_crawl
      set cursor = ${page.nextCursor}, pages = pages + 1, bytes = bytes + ${page.bytes}, fetched = fetched + ${versions.length},
          http_status = ${page.httpStatus}, upstream_began_at = coalesce(upstream_began_at, ${at}::timestamptz),
          updated_max = greatest(updated_max, ${latestOf(versions)}::timestamptz)
      where org_id = ${tx.ctx.orgId} and source_id = ${crawl.sourceId} and number = ${crawl.number}`),
  ]);
  return added;
}

async function addItems(tx: Tx, { sourceId, number }: OpenCrawl, versions: readonly ReadVersion[]): Promise<number> {
  // The last one counts of what a page holds twice.
  const rows = new Map(versions.map((one) => [JSON.stringify([one.name, one.version]), itemOf(one)]));
  const added = await tx.rows<{ isNew: boolean }>(sql`
    insert into crawl_item (org_id, source_id, number, name, version, document_hash, fault, meta, status, status_message,
                            status_changed_at, published_at, updated_at, precedence, registry_types, transports)
    select ${tx.ctx.orgId}, ${sourceId}, ${number}, i.name, i.version, decode(i.hash, 'hex'), i.fault, i.meta, i.status,
           i.status_message, i.status_changed_at, i.published_at, i.updated_at, i.precedence, i.registry_types,
           i.transports
    from jsonb_to_recordset(${JSON.stringify([...rows.values()])}::jsonb) as i(
      name text, version text, hash text, fault text, meta text, status text, status_message text,
      status_changed_at timestamptz, published_at timestamptz, updated_at timestamptz, precedence text,
      registry_types text[], transports text[])
    on conflict (source_id, number, name, version) do update
    set document_hash = excluded.document_hash, fault = excluded.fault, meta = excluded.meta, status = excluded.status,
        status_message = excluded.status_message, status_changed_at = excluded.status_changed_at,
        published_at = excluded.published_at, updated_at = excluded.updated_at, precedence = excluded.precedence,
        registry_types = excluded.registry_types, transports = excluded.transports
    returning xmax = 0 as "isNew"`);
  return added.filter(({ isNew }) => isNew).length;
}

function itemOf(one: ReadVersion) {
  return {
    name: one.name,
    version: one.version,
    hash: one.document?.hash.toString('hex') ?? null,
    fault: one.fault,
    meta: one.meta,
    status: one.status,
    status_message: one.statusMessage,
    status_changed_at: one.statusChangedAt,
    published_at: one.publishedAt,
    updated_at: one.updatedAt,
    precedence: one.precedence,
    registry_types: one.registryTypes,
    transports: one.transports,
  };
}

function latestOf(versions: readonly ReadVersion[]): string | null {
  return versions.reduce<string | null>(
    (latest, { updatedAt }) => (updatedAt !== null && (latest === null || updatedAt > latest) ? updatedAt : latest),
    null,
  );
}
