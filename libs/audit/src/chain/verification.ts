/** What can be wrong with a chain. */
export type ChainProblem =
  | 'seal_missing'
  | 'seal_repeated'
  | 'row_missing'
  | 'row_changed'
  | 'personal_data_changed'
  | 'hash_wrong'
  | 'signature_wrong'
  | 'checkpoint_forged'
  | 'checkpoint_mismatch'
  | 'chain_cut'
  | 'boundary_forged'
  | 'row_not_in_chain'
  | 'given_checkpoint_forged';

/** The first thing that is wrong. */
export interface Flaw {
  readonly problem: ChainProblem;
  /** Number of the first row that is not as it was sealed; of `row_not_in_chain` the one after which the row stands. */
  readonly sequence: number;
  /** A sentence for people. */
  readonly detail: string;
}

/**
 * How a checkpoint that the caller gave stands to the chain: it fits, it was not reached yet, or its rows were purged so
 * that nothing is left to hold it against.
 */
export type GivenCheckpointState = 'fits' | 'not_reached' | 'purged';

export interface Verification {
  readonly status: 'valid' | 'broken';
  /** False when rows follow that this run did not look at. */
  readonly complete: boolean;
  readonly from_sequence: number;
  /** The last row that was found as it was sealed; less than `from_sequence` when there is none. */
  readonly through_sequence: number;
  readonly rows_verified: number;
  readonly checkpoints_verified: number;
  readonly first_bad_sequence: number | null;
  readonly problem: ChainProblem | null;
  readonly detail: string;
  /** Null when none was given. */
  readonly given_checkpoint: GivenCheckpointState | null;
  /** When the oldest row that is not sealed yet occurred, RFC 3339; null when all are. */
  readonly unsealed_since: string | null;
  /** Position from which the next run goes on; null when this one is complete or found a flaw. */
  readonly next: string | null;
}
