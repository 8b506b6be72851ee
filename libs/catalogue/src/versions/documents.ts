import { createHash } from 'node:crypto';
import { sql, type SqlFragment, type Tx } from '@portolan/db';
import { enqueue } from '@portolan/queue';

const HASHES_PER_JOB = 1_000;

export function documentHash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Stores a document unless it is there already, whoever stored it. */
export async function storeDocument(tx: Tx, hash: Buffer, text: string): Promise<void> {
  await tx.run(insertDocument(hash, text));
}

/** The statement of storeDocument, for one that does more. */
export function insertDocument(hash: Buffer, text: string): SqlFragment {
  return sql`insert into document (hash, body) values (${hash}, ${text}) on conflict do nothing`;
}

/** Stores many documents like storeDocument. */
export async function storeDocuments(
  tx: Tx,
  documents: readonly { readonly hash: Buffer; readonly text: string }[],
): Promise<void> {
  if (documents.length === 0) return;
  // One order for everybody, so that two who store the same ones cannot wait for each other in a circle.
  const byHash = new Map(documents.map(({ hash, text }) => [hash.toString('hex'), text]));
  const hashes = [...byHash.keys()].sort();
  await tx.run(sql`
    insert into document (hash, body)
    select decode(d.hash, 'hex'), d.body
    from unnest(${hashes}::text[], ${hashes.map((hash) => byHash.get(hash))}::text[]) as d(hash, body)
    on conflict do nothing`);
}

/** Has documents (SHA-256, hex) deleted that nobody points at any more, after this transaction. */
export async function releaseDocuments(tx: Tx, hashes: readonly string[]): Promise<void> {
  for (let start = 0; start < hashes.length; start += HASHES_PER_JOB)
    await enqueue(tx, 'catalogue.sweep_documents', { hashes: hashes.slice(start, start + HASHES_PER_JOB) });
}
