import { canonical, sha256 } from './canonical';

const HASH_BYTES = 32;

/** The end of a chain, to which the next row is added. */
export interface ChainEnd {
  /** 0 for a chain without rows. */
  readonly sequence: number;
  readonly hash: Buffer;
}

/** Where the chain of every organization begins. */
export const CHAIN_BEGIN: ChainEnd = { sequence: 0, hash: Buffer.alloc(HASH_BYTES) };

/** What ties a row to its place in the chain. */
export interface Link {
  readonly org_id: string;
  readonly sequence: number;
  /** RFC 3339, UTC, microseconds, like `occurred_at`. */
  readonly sealed_at: string;
  readonly audit_id: string;
  readonly occurred_at: string;
  readonly digest: Buffer;
}

/** The hash of a row in its place: SHA-256 over canonical JSON with the hash of the row before it. */
export function hashOfLink(previous: Buffer, link: Link): Buffer {
  const { org_id, sequence, sealed_at, audit_id, occurred_at, digest } = link;
  return sha256(
    canonical({
      type: 'audit_seal',
      org_id,
      sequence,
      sealed_at,
      audit_id,
      occurred_at,
      digest: digest.toString('hex'),
      previous: previous.toString('hex'),
    }),
  );
}

/** What a signed checkpoint says: up to here the chain was this. */
export interface Checkpoint extends ChainEnd {
  readonly org_id: string;
  readonly created_at: string;
  readonly key_id: string;
}

/** The text that the signature of a checkpoint is over. */
export function checkpointText({ org_id, sequence, hash, created_at, key_id }: Checkpoint): string {
  return canonical({ type: 'audit_checkpoint', org_id, sequence, hash: hash.toString('hex'), created_at, key_id });
}

/** What a signed boundary says: rows older than this were purged, and here the chain goes on. */
export interface Boundary extends Checkpoint {
  readonly purged_before: string;
}

/** The text that the signature of a boundary is over. */
export function boundaryText({ org_id, sequence, hash, created_at, key_id, purged_before }: Boundary): string {
  return canonical({
    type: 'audit_boundary',
    org_id,
    sequence,
    hash: hash.toString('hex'),
    created_at,
    key_id,
    purged_before,
  });
}
