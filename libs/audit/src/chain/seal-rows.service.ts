import { Injectable, Logger } from '@nestjs/common';
import { boundedPageSql, constant, OrgDb, sql, type Found, type Tx } from '@portolan/db';
import { systemCtx } from '@portolan/kernel';
import { newRequestId } from '@portolan/telemetry';
import { noteSealed, type CutChain } from '../destinations/note-sealed';
import { sha256 } from './canonical';
import { chainEnd, type SealedEnd } from './chain-end';
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
import { checkpointText, hashOfLink, type ChainEnd, type Link } from './links';
import type { Signer } from './signing-keys';

const CHECKPOINT_ROWS = 1_000;
export const CHECKPOINT_SECONDS = 300;
/** Of what a batch holds before and after; one row may hold more. */
const BATCH_BYTES_MAX = 4_000_000;
const IN_ORDER = 'waiting_at, waiting_id';

/** A row that waits to be sealed; without `id` it was deleted before that. */
type WaitingRow = Beside &
  Found & {
    readonly waiting_id: string;
    readonly waiting_since: string;
  } & (ChainedRow | { readonly id: null });

interface Seal extends Link, Digests {
  readonly hash: Buffer;
  readonly signature: Buffer;
}

export interface Sealed {
  /** Rows that were sealed; 0 when none is left, or somebody else is at it. */
  readonly rows: number;
  /** True when more may wait than was taken. */
  readonly more: boolean;
  /** True when the chain has rows beyond its last checkpoint. */
  readonly isCheckpointDue: boolean;
}

/**
 * Adds waiting rows of an organization to its chain, in order. One process at a time does so; those who write rows wait
 * for nobody here.
 */
@Injectable()
export class SealRows {
  private readonly logger = new Logger(SealRows.name);

  constructor(private readonly db: OrgDb) {}

  /** @param rowsMax of one transaction; fewer when they are large */
  async execute(orgId: string, signer: Signer, rowsMax: number): Promise<Sealed> {
    const { cut, ...sealed } = await this.seal(orgId, signer, rowsMax);
    if (cut !== null)
      this.logger.error(
        `the audit chain of ${orgId} ended at ${cut.end}, but deliveries knew it up to ${cut.known}: it was cut off; ` +
          `what follows ${cut.end} is delivered anew`,
      );
    return sealed;
  }

  private seal(orgId: string, signer: Signer, rowsMax: number): Promise<Sealed & { readonly cut: CutChain | null }> {
    const ctx = systemCtx(orgId, 'audit', newRequestId());
    return this.db.write(ctx, async (tx) => {
      const lock = await tx.row<{ got: boolean }>(
        sql`select pg_try_advisory_xact_lock(hashtextextended(${`portolan audit chain ${orgId}`}, 0)) as got`,
      );
      if (lock?.got !== true) return { rows: 0, more: false, isCheckpointDue: false, cut: null };
      const end = await chainEnd(tx);
      const waiting = await findWaiting(tx, rowsMax);
      const sealedAt = await sealingTime(tx, end, waiting.at(-1)?.waiting_since ?? null);
      const found = waiting[0]?.found ?? 0;
      const seals = linkUp(orgId, end, waiting, sealedAt, signer);
      const last = seals.at(-1) ?? end;
      if (seals.length > 0) {
        await insertSeals(tx, seals, signer);
        await forgetWaiting(tx, seals);
      }
      const isCheckpointDue = await checkpoint(tx, last, signer);
      const cut = await noteSealed(tx, end.sequence, last.sequence);
      const more = seals.length < found || found === rowsMax;
      return { rows: seals.length, more, isCheckpointDue, cut };
    });
  }
}

function findWaiting(tx: Tx, limit: number): Promise<WaitingRow[]> {
  return tx.rows<WaitingRow>(sql`
    with a as materialized (
      ${boundedPageSql({
        columns: constant(`waiting_id, waiting_at, ${CHAINED_NAMES.join(', ')}`),
        rows: sql`
          select u.id as waiting_id, u.occurred_at as waiting_at, r.*
          from (select * from audit_unsealed where org_id = ${tx.ctx.orgId} order by occurred_at, id limit ${limit}) u
          left join lateral (
            select * from audit_log l
            where l.org_id = u.org_id and l.occurred_at = u.occurred_at and l.id = u.id limit 1) r on true`,
        order: IN_ORDER,
        bytes: 'octet_length(concat(before::text, after::text))',
        bytesMax: BATCH_BYTES_MAX,
      })})
    select a.found, a.waiting_id, rfc3339(a.waiting_at) as waiting_since, ${CHAINED_COLUMNS}, ${BESIDE_COLUMNS}
    from a ${BESIDE_JOINS} order by a.waiting_at, a.waiting_id`);
}

// A clock that was set back must not break the order in which seals are purged.
async function sealingTime(tx: Tx, { sealed_at: previous }: SealedEnd, youngest: string | null): Promise<string> {
  const row = await tx.row<{ at: string }>(
    sql`select rfc3339(greatest(clock_timestamp(), ${previous}::timestamptz, ${youngest}::timestamptz)) as at`,
  );
  if (!row) throw new Error('the database did not tell the time');
  return row.at;
}

function linkUp(
  orgId: string,
  end: ChainEnd,
  waiting: readonly WaitingRow[],
  sealedAt: string,
  signer: Signer,
): Seal[] {
  const seals: Seal[] = [];
  let { sequence, hash } = end;
  for (const row of waiting) {
    const digests = digestsOf(row);
    sequence += 1;
    const link: Link = {
      org_id: orgId,
      sequence,
      sealed_at: sealedAt,
      audit_id: row.waiting_id,
      occurred_at: row.waiting_since,
      // Whoever deletes a row before it is sealed leaves a place in the chain that nothing fits.
      digest: row.id === null ? sha256('missing') : digestOfRow(row, digests),
    };
    hash = hashOfLink(hash, link);
    seals.push({ ...link, ...digests, hash, signature: signer.sign(hash) });
  }
  return seals;
}

async function insertSeals(tx: Tx, seals: readonly Seal[], signer: Signer): Promise<void> {
  const all = <K extends keyof Seal>(key: K) => seals.map((seal) => seal[key]);
  await tx.run(sql`
    insert into audit_seal (org_id, sequence, sealed_at, audit_id, occurred_at, principal_digest, person_digest,
                            personal_digest, digest, hash, signature, key_id)
    select ${tx.ctx.orgId}, s.*, ${signer.keyId}
    from unnest(${all('sequence')}::bigint[], ${all('sealed_at')}::timestamptz[], ${all('audit_id')}::uuid[],
                ${all('occurred_at')}::timestamptz[], ${all('principal_digest')}::bytea[],
                ${all('person_digest')}::bytea[], ${all('personal_digest')}::bytea[], ${all('digest')}::bytea[],
                ${all('hash')}::bytea[], ${all('signature')}::bytea[]) s`);
}

async function forgetWaiting(tx: Tx, seals: readonly Seal[]): Promise<void> {
  await tx.run(sql`
    delete from audit_unsealed u
    using unnest(${seals.map(({ occurred_at: at }) => at)}::timestamptz[],
                 ${seals.map(({ audit_id: id }) => id)}::uuid[]) s(occurred_at, id)
    where u.org_id = ${tx.ctx.orgId} and u.occurred_at = s.occurred_at and u.id = s.id`);
}

/** Signs where the chain stands after so many rows, or so long after the last time; tells whether that is still due. */
async function checkpoint(tx: Tx, end: ChainEnd, signer: Signer): Promise<boolean> {
  const { orgId } = tx.ctx;
  const row = await tx.row<{ now: string; sequence: number; is_old: boolean }>(sql`
    select rfc3339(clock_timestamp()) as now, coalesce(max(c.sequence), 0)::float8 as sequence,
           coalesce(max(c.created_at) < now() - make_interval(secs => ${CHECKPOINT_SECONDS}), true) as is_old
    from (select sequence, created_at from audit_checkpoint where org_id = ${orgId} order by sequence desc limit 1) c`);
  if (!row) throw new Error('the database did not tell the time');
  const behind = end.sequence - row.sequence;
  if (behind <= 0) return false;
  if (behind < CHECKPOINT_ROWS && !row.is_old) return true;
  const said = { ...end, org_id: orgId, created_at: row.now, key_id: signer.keyId };
  await tx.run(sql`
    insert into audit_checkpoint (org_id, sequence, created_at, hash, key_id, signature)
    values (${orgId}, ${end.sequence}, ${row.now}::timestamptz, ${end.hash}, ${signer.keyId},
            ${signer.sign(checkpointText(said))})`);
  return false;
}
