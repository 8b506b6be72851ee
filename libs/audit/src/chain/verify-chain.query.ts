import { Injectable } from '@nestjs/common';
import { OrgDb, sql, type Tx } from '@portolan/db';
import { invalidParameter, isRfc3339, isUuid, type AppError, type Ctx } from '@portolan/kernel';
import { chainStart, type ChainStart } from './boundaries';
import { isGenuine, parseCheckpointToken, type SignedCheckpoint } from './checkpoints';
import type { ChainEnd } from './links';
import { FindRowsOutside, type OutsideSearch, type RowPosition } from './rows-outside.query';
import { SigningKeys, type Verifier } from './signing-keys';
import type { Flaw, GivenCheckpointState, Verification } from './verification';
import { WalkChain, type Walk } from './walk-chain.query';

export interface VerifyRequest {
  /** `next` of the run before; null to begin at the beginning. */
  readonly after: string | null;
  /** Token of a checkpoint that was kept elsewhere. */
  readonly checkpoint: string | null;
  /** Of the chain, and as many of the trail; Infinity for all. */
  readonly rowsMax: number;
  readonly onProgress?: (sequence: number) => void;
}

interface Position {
  readonly end: ChainEnd;
  readonly row: RowPosition | null;
}

const RUNS_MAX = 5;
const POSITION =
  /^([0-9a-f-]{36})_(\d{1,15})_([0-9a-f]{64})_(?:(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z)_([0-9a-f-]{36}))?$/;

/** Tells whether an organization's trail is as it was sealed, and if not, which row is the first that is not. */
@Injectable()
export class VerifyChain {
  constructor(
    private readonly db: OrgDb,
    private readonly keys: SigningKeys,
    private readonly walkChain: WalkChain,
    private readonly findRowsOutside: FindRowsOutside,
  ) {}

  /**
   * @throws AppError invalid_parameters naming `page[after]` or `checkpoint`
   * @throws AppError encryption_not_configured: signatures cannot be verified without SECRETS_KEY
   */
  async run(ctx: Ctx, request: VerifyRequest): Promise<Verification> {
    const position = request.after === null ? null : decode(ctx.orgId, request.after);
    const given = request.checkpoint === null ? null : givenCheckpoint(ctx.orgId, request.checkpoint);
    for (let run = 1; ; run += 1) {
      const verifier = await this.keys.verifier();
      const start = await this.db.read(ctx, (tx) => chainStart(tx, verifier));
      const verification = await this.verify(ctx, request, { position, given, start, verifier });
      if (verification.status === 'valid' || run === RUNS_MAX) return verification;
      // A purge moves the beginning, and a new key begins to sign, while rows are looked at.
      const verifierNow = await this.keys.verifier();
      const startNow = await this.db.read(ctx, (tx) => chainStart(tx, verifierNow));
      const isSame =
        startNow.purgedBefore === start.purgedBefore && verifierNow.keyIds.join() === verifier.keyIds.join();
      if (isSame) return verification;
    }
  }

  private async verify(ctx: Ctx, request: VerifyRequest, state: State): Promise<Verification> {
    const { position, given, start, verifier } = state;
    const from = position !== null && position.end.sequence > start.end.sequence ? position.end : start.end;
    const flaw = await this.db.read(ctx, (tx) => flawBefore(tx, state, from));
    const walk = await this.walkChain.run(ctx, {
      start,
      from,
      verifier,
      given,
      rowsMax: request.rowsMax,
      onProgress: request.onProgress ?? (() => undefined),
    });
    const search = await this.findRowsOutside.run(ctx, start, position?.row ?? null, request.rowsMax);
    const unsealedSince = await this.db.read(ctx, oldestUnsealed);
    return verificationOf({ ctx, state, from, walk, search, flaw, unsealedSince });
  }
}

interface State {
  readonly position: Position | null;
  readonly given: SignedCheckpoint | null;
  readonly start: ChainStart;
  readonly verifier: Verifier;
}

interface Findings {
  readonly ctx: Ctx;
  readonly state: State;
  readonly from: ChainEnd;
  readonly walk: Walk;
  readonly search: OutsideSearch;
  /** Of what the walk does not see. */
  readonly flaw: Flaw | null;
  readonly unsealedSince: string | null;
}

function verificationOf({ ctx, state, from, walk, search, flaw: before, unsealedSince }: Findings): Verification {
  const flaw = firstOf([state.start.flaw, before, walk.flaw], search.flaw);
  const through = Math.max(from.sequence, Math.min(walk.end.sequence, flaw === null ? Infinity : lastGood(flaw)));
  const isComplete = walk.isAtEnd && search.isAtEnd;
  return {
    status: flaw === null ? 'valid' : 'broken',
    complete: flaw === null && isComplete,
    from_sequence: from.sequence + 1,
    through_sequence: through,
    rows_verified: through - from.sequence,
    checkpoints_verified: walk.checkpoints,
    first_bad_sequence: flaw?.sequence ?? null,
    problem: flaw?.problem ?? null,
    detail: flaw?.detail ?? soundness(from.sequence, through, isComplete),
    given_checkpoint: givenState(state, walk),
    unsealed_since: unsealedSince,
    next: flaw === null && !isComplete ? encode(ctx.orgId, { end: walk.end, row: search.position }) : null,
  };
}

function soundness(before: number, through: number, isComplete: boolean): string {
  if (through === before) return isComplete ? 'There is no row to verify.' : 'No row of the chain was verified yet.';
  const rows = `The rows ${before + 1} to ${through} are as they were sealed`;
  return isComplete ? `${rows}, and none is missing or was put in.` : `${rows}; others follow.`;
}

/** The one with the smallest number. A row outside the chain is often what a missing seal leaves behind. */
function firstOf(flaws: readonly (Flaw | null)[], outside: Flaw | null): Flaw | null {
  const [first] = flaws.flatMap((flaw) => flaw ?? []).sort((one, other) => one.sequence - other.sequence);
  if (first === undefined || outside === null) return first ?? outside;
  return outside.sequence + 1 < first.sequence ? outside : first;
}

function lastGood({ problem, sequence }: Flaw): number {
  return problem === 'row_not_in_chain' ? sequence : sequence - 1;
}

function givenState({ given, start }: State, walk: Walk): GivenCheckpointState | null {
  if (given === null) return null;
  if (given.sequence < start.end.sequence) return 'purged';
  return given.sequence <= walk.end.sequence ? 'fits' : 'not_reached';
}

/** What is wrong with what lies before the rows of this run. */
async function flawBefore(tx: Tx, { position, given, start, verifier }: State, from: ChainEnd): Promise<Flaw | null> {
  if (given !== null && !isGenuine(given, verifier))
    return {
      problem: 'given_checkpoint_forged',
      sequence: given.sequence,
      detail: `The given checkpoint ${given.sequence} is signed by no key of this installation.`,
    };
  const ends = [
    ...(position !== null && from === position.end ? [{ ...from, problem: 'hash_wrong' as const }] : []),
    ...(given !== null && given.sequence <= from.sequence && given.sequence >= start.end.sequence
      ? [{ ...given, problem: 'checkpoint_mismatch' as const }]
      : []),
  ];
  for (const { sequence, hash, problem } of ends) {
    const flaw = await flawOfEnd(tx, start, { sequence, hash }, problem);
    if (flaw !== null) return flaw;
  }
  return null;
}

async function flawOfEnd(
  tx: Tx,
  { end }: ChainStart,
  { sequence, hash }: ChainEnd,
  problem: 'hash_wrong' | 'checkpoint_mismatch',
): Promise<Flaw | null> {
  const { orgId } = tx.ctx;
  const there =
    sequence === end.sequence
      ? end
      : await tx.row<{ hash: Buffer }>(
          sql`select hash from audit_seal where org_id = ${orgId} and sequence = ${sequence}`,
        );
  if (there?.hash.equals(hash)) return null;
  if (there !== undefined) return { problem, sequence, detail: `The hash of ${sequence} is not what it was.` };
  const last = await tx.row<{ sequence: number }>(sql`
    select sequence::float8 as sequence from audit_seal
    where org_id = ${orgId} and sequence < ${sequence} order by audit_seal.sequence desc limit 1`);
  const cut = (last?.sequence ?? end.sequence) + 1;
  return { problem: 'chain_cut', sequence: cut, detail: `The seals ${cut} to ${sequence} are not there any more.` };
}

async function oldestUnsealed(tx: Tx): Promise<string | null> {
  const row = await tx.row<{ at: string }>(sql`
    select rfc3339(occurred_at) as at from audit_unsealed where org_id = ${tx.ctx.orgId} order by occurred_at limit 1`);
  return row?.at ?? null;
}

function givenCheckpoint(orgId: string, token: string): SignedCheckpoint {
  const given = parseCheckpointToken(token);
  if (given?.org_id !== orgId)
    throw refused('checkpoint', 'checkpoint must be the token of a checkpoint of this organization');
  return given;
}

function encode(orgId: string, { end, row }: Position): string {
  const seen = row === null ? '' : `${row.occurred_at}_${row.id}`;
  return Buffer.from(`${orgId}_${end.sequence}_${end.hash.toString('hex')}_${seen}`).toString('base64url');
}

function decode(orgId: string, text: string): Position {
  const [all, organization, sequence, hash = '', occurredAt, id] =
    POSITION.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  const row = occurredAt === undefined || id === undefined ? null : { occurred_at: occurredAt, id };
  const isOurs = all !== undefined && organization === orgId;
  if (!isOurs || (row !== null && !(isRfc3339(row.occurred_at) && isUuid(row.id))))
    throw refused('page[after]', 'page[after] must be taken from `next` of an earlier answer');
  return { end: { sequence: Number(sequence), hash: Buffer.from(hash, 'hex') }, row };
}

function refused(field: string, reason: string): AppError {
  return invalidParameter({ field, rule: 'invalid', reason, source: 'query' });
}
