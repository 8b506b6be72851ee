import { createHash } from 'node:crypto';
import { sql, type Tx } from '@portolan/db';
import { enqueue } from '@portolan/queue';

const HASHES_PER_JOB = 1_000;

export function documentHash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Stores a document unless it is there already, whoever stored it. */
export async function storeDocument(tx: Tx, hash: Buffer, text: string): Promise<void> {
  await tx.run(sql`insert into document (hash, body) values (${hash}, ${text}) on conflict do nothing`);
}

/** Has documents (SHA-256, hex) deleted that nobody points at any more, after this transaction. */
export async function releaseDocuments(tx: Tx, hashes: readonly string[]): Promise<void> {
  for (let start = 0; start < hashes.length; start += HASHES_PER_JOB)
    await enqueue(tx, 'catalogue.sweep_documents', { hashes: hashes.slice(start, start + HASHES_PER_JOB) });
}
