import { boundedPageSql, constant, cutPage, sql, type Found, type Tx } from '@portolan/db';
import {
  BESIDE_COLUMNS,
  BESIDE_JOINS,
  CHAINED_COLUMNS,
  CHAINED_NAMES,
  digestOfRow,
  digestsOf,
  type Beside,
  type ChainedRow,
  type Digests,
} from './chained-row';
import { hashOfLink, type ChainEnd } from './links';
import type { ChainProblem, Flaw } from './verification';

const CHUNK_BYTES_MAX = 4_000_000;
const IN_ORDER = 'sequence, sealed_at';
const DIGEST_NAMES = [
  'principal_digest',
  'person_digest',
  'personal_digest',
] as const satisfies readonly (keyof Digests)[];

/** A seal with its row and what lies beside that; without `id` the row is gone. */
export type WalkedSeal = Digests &
  Beside & {
    readonly sequence: number;
    readonly sealed_at: string;
    readonly audit_id: string;
    /** What the seal says of the row. */
    readonly sealed_occurred_at: string;
    readonly digest: Buffer;
    readonly hash: Buffer;
  } & (ChainedRow | { readonly id: null });

export interface SealChunk {
  readonly seals: readonly WalkedSeal[];
  readonly more: boolean;
}

/** The seals that follow on a number, at most `limit`, fewer when their rows are large. */
export async function readSeals(tx: Tx, after: number, limit: number): Promise<SealChunk> {
  const { orgId } = tx.ctx;
  const rows = await tx.rows<WalkedSeal & Found>(sql`
    with a as materialized (
      ${boundedPageSql({
        columns: constant(`sequence, sealed_at, audit_id, sealed_occurred_at, principal_digest, person_digest,
          personal_digest, digest, hash, ${CHAINED_NAMES.join(', ')}`),
        rows: sql`
          select s.sequence, s.sealed_at, s.audit_id, s.occurred_at as sealed_occurred_at, s.principal_digest,
                 s.person_digest, s.personal_digest, s.digest, s.hash, r.*
          from (select * from audit_seal where org_id = ${orgId} and sequence > ${after}
                order by ${constant(IN_ORDER)} limit ${limit + 1}) s
          left join lateral (
            select * from audit_log l
            where l.org_id = s.org_id and l.occurred_at = s.occurred_at and l.id = s.audit_id limit 1) r on true`,
        order: IN_ORDER,
        bytes: 'octet_length(concat(before::text, after::text))',
        bytesMax: CHUNK_BYTES_MAX,
      })})
    select a.sequence::float8 as sequence, rfc3339(a.sealed_at) as sealed_at, a.audit_id,
           rfc3339(a.sealed_occurred_at) as sealed_occurred_at, a.principal_digest, a.person_digest, a.personal_digest,
           a.digest, a.hash, ${CHAINED_COLUMNS}, ${BESIDE_COLUMNS}, a.found
    from a ${BESIDE_JOINS} order by a.sequence, a.sealed_at`);
  const { page, more } = cutPage(rows, limit);
  return { seals: page, more };
}

/** What is wrong with a seal that should follow on `previous`; null when nothing is. */
export function flawOfSeal(
  seal: WalkedSeal,
  orgId: string,
  previous: ChainEnd,
  purgedBefore: string | null,
): Flaw | null {
  const { sequence } = seal;
  const flaw = (problem: ChainProblem, detail: string): Flaw => ({ problem, sequence, detail });
  const expected = previous.sequence + 1;
  if (sequence > expected)
    return {
      problem: 'seal_missing',
      sequence: expected,
      detail: `The seal ${expected} is not there, but ${sequence} is.`,
    };
  if (sequence < expected) return flaw('seal_repeated', `There are two seals ${sequence}.`);
  if (seal.id === null) {
    if (purgedBefore === null || seal.sealed_occurred_at >= purgedBefore)
      return flaw('row_missing', `The row ${seal.audit_id} is sealed and not there.`);
  } else {
    if (!digestOfRow(seal, seal).equals(seal.digest))
      return flaw('row_changed', `The row ${seal.audit_id} is not as it was sealed.`);
    if (!fitsBeside(seal))
      return flaw(
        'personal_data_changed',
        `Names or personal data of the row ${seal.audit_id} are not as they were sealed.`,
      );
  }
  const hash = hashOfLink(previous.hash, { ...seal, org_id: orgId, occurred_at: seal.sealed_occurred_at });
  return hash.equals(seal.hash)
    ? null
    : flaw('hash_wrong', `The hash of ${sequence} does not follow on the one before it.`);
}

// What was erased is not there any more; what is there must be what was sealed.
function fitsBeside(seal: WalkedSeal): boolean {
  const found = digestsOf(seal);
  return DIGEST_NAMES.every((name) => {
    const digest = found[name];
    return digest === null || (seal[name]?.equals(digest) ?? false);
  });
}
