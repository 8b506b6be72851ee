import { constant, sql, type Tx } from '@portolan/db';
import { isRfc3339, isUuid } from '@portolan/kernel';
import { checkpointText, type Checkpoint } from './links';
import type { Verifier } from './signing-keys';

/** A checkpoint with its Ed25519 signature. */
export interface SignedCheckpoint extends Checkpoint {
  readonly signature: Buffer;
}

const HASH = /^[0-9a-f]{64}$/;
const KEY_ID = /^[\w-]{1,100}$/;
const TOKEN = /^([\w-]{1,2000})\.([\w-]{86})$/;

const COLUMNS = constant(
  `c.org_id, c.sequence::float8 as sequence, c.hash, rfc3339(c.created_at) as created_at, c.key_id, c.signature`,
);

/** Checkpoints with numbers above `after`, up to `through`, in order. */
export function findCheckpoints(tx: Tx, after: number, through: number): Promise<SignedCheckpoint[]> {
  return tx.rows<SignedCheckpoint>(sql`
    select ${COLUMNS} from audit_checkpoint c
    where c.org_id = ${tx.ctx.orgId} and c.sequence > ${after} and c.sequence <= ${through} order by c.sequence`);
}

/** The newest checkpoints with numbers below `before`, newest first. */
export function newestCheckpoints(tx: Tx, before: number | null, limit: number): Promise<SignedCheckpoint[]> {
  return tx.rows<SignedCheckpoint>(sql`
    select ${COLUMNS} from audit_checkpoint c
    where c.org_id = ${tx.ctx.orgId} ${before === null ? constant('') : sql`and c.sequence < ${before}`}
    order by c.sequence desc limit ${limit}`);
}

/**
 * Checkpoints that say the chain goes on where it ends; none when rows were sealed after `end`. At most `limit`.
 */
export function checkpointsBeyond(tx: Tx, end: number, limit: number): Promise<SignedCheckpoint[]> {
  return tx.rows<SignedCheckpoint>(sql`
    select ${COLUMNS} from audit_checkpoint c
    where c.org_id = ${tx.ctx.orgId} and c.sequence > ${end}
      and not exists (select from audit_seal s where s.org_id = ${tx.ctx.orgId} and s.sequence > ${end})
    order by c.sequence limit ${limit}`);
}

export function isGenuine(checkpoint: SignedCheckpoint, verifier: Verifier): boolean {
  return verifier.verify(checkpoint.key_id, checkpointText(checkpoint), checkpoint.signature);
}

/** A checkpoint as one word that can be kept elsewhere: base64url of its text, a dot, base64url of its signature. */
export function checkpointToken(checkpoint: SignedCheckpoint): string {
  return `${Buffer.from(checkpointText(checkpoint)).toString('base64url')}.${checkpoint.signature.toString('base64url')}`;
}

/** @returns null for what is not exactly the token of a checkpoint, be it genuine or not */
export function parseCheckpointToken(token: string): SignedCheckpoint | null {
  const [, text = '', signature = ''] = TOKEN.exec(token) ?? [];
  const said = parseObject(Buffer.from(text, 'base64url').toString());
  if (said === null) return null;
  const { org_id, sequence, hash, created_at, key_id } = said;
  if (typeof org_id !== 'string' || !isUuid(org_id)) return null;
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 1) return null;
  if (typeof hash !== 'string' || !HASH.test(hash)) return null;
  if (typeof created_at !== 'string' || !isRfc3339(created_at)) return null;
  if (typeof key_id !== 'string' || !KEY_ID.test(key_id)) return null;
  const checkpoint: SignedCheckpoint = {
    org_id,
    sequence,
    hash: Buffer.from(hash, 'hex'),
    created_at,
    key_id,
    signature: Buffer.from(signature, 'base64url'),
  };
  // One text for one checkpoint: nothing more in it, nothing written otherwise.
  return checkpointToken(checkpoint) === token ? checkpoint : null;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
