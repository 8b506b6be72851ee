import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { OrgDb, sql, type Tx } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import type { ChainStart } from './boundaries';
import { checkpointsBeyond, findCheckpoints, isGenuine, type SignedCheckpoint } from './checkpoints';
import type { ChainEnd } from './links';
import type { Verifier } from './signing-keys';
import type { ChainProblem, Flaw } from './verification';
import { flawOfSeal, readSeals, type WalkedSeal } from './walked-seals';

const CHUNK_ROWS = 500;
/** Rows between two turns of the event loop. */
const TURN_ROWS = 10;
const BEYOND_MAX = 100;

export interface WalkOptions {
  readonly start: ChainStart;
  readonly from: ChainEnd;
  readonly verifier: Verifier;
  /** One that is held against the chain besides those of the database. */
  readonly given: SignedCheckpoint | null;
  readonly rowsMax: number;
  /** Is told how far the walk has come. */
  readonly onProgress: (sequence: number) => void;
}

export interface Walk {
  /** The last row that was found good. */
  readonly end: ChainEnd;
  readonly checkpoints: number;
  readonly isAtEnd: boolean;
  readonly flaw: Flaw | null;
}

interface SignedHash extends ChainEnd {
  readonly key_id: string;
  readonly signature: Buffer;
}

interface Progress {
  end: ChainEnd;
  /** The last row up to which a checkpoint vouches for the hashes. */
  confirmed: ChainEnd;
  checkpoints: number;
}

/** Recomputes the hashes of a chain from its rows, and holds them against what is signed. */
@Injectable()
export class WalkChain {
  constructor(private readonly db: OrgDb) {}

  /** One short transaction for each chunk: rows are only added meanwhile. */
  async run(ctx: Ctx, options: WalkOptions): Promise<Walk> {
    const { from, verifier } = options;
    const progress: Progress = { end: from, confirmed: from, checkpoints: 0 };
    const flaw = await this.walk(ctx, options, progress);
    const isAtEnd = flaw === 'end';
    const found = typeof flaw === 'string' ? null : flaw;
    const { confirmed, checkpoints } = progress;
    if (found === null && !isAtEnd && confirmed.sequence > from.sequence)
      return { end: confirmed, checkpoints, isAtEnd, flaw: null };
    // Hashes can be recomputed by anybody: what no checkpoint vouches for has to be signed itself.
    const last = found === null ? progress.end.sequence : Math.min(found.sequence - 1, progress.end.sequence);
    const unsigned = await this.firstUnsigned(ctx, verifier, confirmed, last);
    if (unsigned === null) return { end: progress.end, checkpoints, isAtEnd, flaw: found };
    return { end: unsigned.before, checkpoints, isAtEnd: false, flaw: unsigned.flaw };
  }

  /** Goes on until something is wrong, the chain ends or enough was looked at. */
  private async walk(ctx: Ctx, options: WalkOptions, progress: Progress): Promise<Flaw | 'end' | 'enough'> {
    const through = progress.end.sequence + options.rowsMax;
    while (progress.end.sequence < through) {
      const { sequence } = progress.end;
      const limit = Math.min(CHUNK_ROWS, through - sequence);
      const chunk = await this.db.read(
        ctx,
        async (tx) => {
          const { seals, more } = await readSeals(tx, sequence, limit);
          const checkpoints = await findCheckpoints(tx, sequence, seals.at(-1)?.sequence ?? sequence);
          return { seals, more, checkpoints };
        },
        { inIndexOrder: true },
      );
      const flaw = await followSeals(ctx.orgId, chunk.seals, chunk.checkpoints, options, progress);
      if (flaw !== null) return flaw;
      options.onProgress(progress.end.sequence);
      if (chunk.more) continue;
      const beyond = await this.db.read(ctx, (tx) => isCut(tx, options, progress.end));
      if (beyond !== 'grown') return beyond ?? 'end';
    }
    return 'enough';
  }

  private async firstUnsigned(
    ctx: Ctx,
    verifier: Verifier,
    after: ChainEnd,
    through: number,
  ): Promise<{ before: ChainEnd; flaw: Flaw } | null> {
    let before = after;
    while (before.sequence < through) {
      const { sequence: done } = before;
      const seals = await this.db.read(ctx, (tx) => signedHashes(tx, done, through), { inIndexOrder: true });
      if (seals.length === 0) return null;
      for (const [index, seal] of seals.entries()) {
        if (index % TURN_ROWS === 0) await nextTurn();
        if (!verifier.verify(seal.key_id, seal.hash, seal.signature))
          return {
            before,
            flaw: {
              problem: 'signature_wrong',
              sequence: seal.sequence,
              detail: `The hash of ${seal.sequence} ${unsignedBy(verifier, seal.key_id)}.`,
            },
          };
        before = seal;
      }
    }
    return null;
  }
}

async function followSeals(
  orgId: string,
  seals: readonly WalkedSeal[],
  checkpoints: readonly SignedCheckpoint[],
  { start, given, verifier }: WalkOptions,
  progress: Progress,
): Promise<Flaw | null> {
  const checkpointAt = new Map(checkpoints.map((checkpoint) => [checkpoint.sequence, checkpoint]));
  for (const [index, seal] of seals.entries()) {
    if (index % TURN_ROWS === 0) await nextTurn();
    const flaw = flawOfSeal(seal, orgId, progress.end, start.purgedBefore);
    if (flaw !== null) return flaw;
    const here: ChainEnd = { sequence: seal.sequence, hash: seal.hash };
    const checkpoint = checkpointAt.get(seal.sequence);
    const isGivenHere = given?.sequence === seal.sequence;
    const wrong =
      (checkpoint === undefined ? null : flawOfCheckpoint(checkpoint, here, verifier)) ??
      (isGivenHere ? flawOfCheckpoint(given, here, verifier) : null);
    progress.end = here;
    if (wrong !== null) return wrong;
    if (checkpoint !== undefined) progress.checkpoints += 1;
    if (checkpoint !== undefined || isGivenHere) progress.confirmed = here;
  }
  return null;
}

function flawOfCheckpoint(checkpoint: SignedCheckpoint, { sequence, hash }: ChainEnd, verifier: Verifier): Flaw | null {
  const flaw = (problem: ChainProblem, detail: string): Flaw => ({ problem, sequence, detail });
  if (!isGenuine(checkpoint, verifier))
    return flaw('checkpoint_forged', `The checkpoint ${sequence} ${unsignedBy(verifier, checkpoint.key_id)}.`);
  return checkpoint.hash.equals(hash)
    ? null
    : flaw('checkpoint_mismatch', `The signed checkpoint ${sequence} has another hash than the chain has there.`);
}

function unsignedBy(verifier: Verifier, keyId: string): string {
  return verifier.knows(keyId)
    ? 'does not carry a signature of its key'
    : `names the key ${keyId}, for which SECRETS_KEY does not vouch`;
}

/** Whether something signed lies beyond the end; 'grown' when the end is not the end any more. */
async function isCut(tx: Tx, { verifier, given }: WalkOptions, end: ChainEnd): Promise<Flaw | 'grown' | null> {
  const beyond = await checkpointsBeyond(tx, end.sequence, BEYOND_MAX);
  const row = await tx.row(sql`
    select 1 from audit_seal where org_id = ${tx.ctx.orgId} and sequence > ${end.sequence} limit 1`);
  if (row !== undefined) return 'grown';
  const all = given !== null && given.sequence > end.sequence ? [...beyond, given] : beyond;
  const genuine = all.find((checkpoint) => isGenuine(checkpoint, verifier));
  if (genuine !== undefined)
    return {
      problem: 'chain_cut',
      sequence: end.sequence + 1,
      detail: `The chain ends with ${end.sequence}, but a signed checkpoint says that it came to ${genuine.sequence}.`,
    };
  const [forged] = all;
  return forged === undefined
    ? null
    : {
        problem: 'checkpoint_forged',
        sequence: forged.sequence,
        detail: `The checkpoint ${forged.sequence} beyond the end of the chain ${unsignedBy(verifier, forged.key_id)}.`,
      };
}

function signedHashes(tx: Tx, after: number, through: number): Promise<SignedHash[]> {
  return tx.rows<SignedHash>(sql`
    select sequence::float8 as sequence, hash, key_id, signature from audit_seal
    where org_id = ${tx.ctx.orgId} and sequence > ${after} and sequence <= ${through}
    order by audit_seal.sequence limit ${CHUNK_ROWS}`);
}
