import { Injectable } from '@nestjs/common';
import { brokenConstraint, OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import { recordAudit } from '../record-audit';
import { findDestination, type DestinationRow } from './destination-row';
import { findReplay, type ReplayRow } from './replay-row';

const REPLAYS_KEPT = 100;

export interface NewReplay {
  /** RFC 3339; rows of this time on. */
  readonly startAt: string;
  /** RFC 3339; rows before this time. */
  readonly endAt: string;
}

interface Range {
  readonly first: number;
  readonly last: number;
  /** Last checkpoint in the range; the number before the first when there is none. */
  readonly checkpoint: number;
}

/** Sends what happened in a range of time once more, as far as it is sealed by now, beside what is delivered anyway. */
@Injectable()
export class CreateReplay {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError audit_destination_not_found, audit_replay_running */
  async execute(ctx: Ctx, destinationId: string, input: NewReplay): Promise<ReplayRow> {
    try {
      return await this.db.write(ctx, async (tx) => {
        const destination = await findDestination(tx, destinationId, 'use');
        const id = uuidv7();
        await insertReplay(tx, id, destination, input);
        await forgetOld(tx, destination.id);
        const row = await findReplay(tx, destination.id, id);
        await recordAudit(tx, {
          action: 'audit_replay.create',
          targetId: row.id,
          parent: { type: 'audit_destination', id: destination.id },
          after: { start_at: row.start_at, end_at: row.end_at },
        });
        return row;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'audit_delivery_replay_key') throw new AppError('audit_replay_running');
      throw error;
    }
  }
}

async function insertReplay(
  tx: Tx,
  id: string,
  destination: DestinationRow,
  { startAt, endAt }: NewReplay,
): Promise<void> {
  const { orgId } = tx.ctx;
  const { first, last, checkpoint } = await rangeOf(tx, startAt, endAt);
  await tx.run(sql`
    insert into audit_delivery (org_id, id, destination_id, kind, start_at, end_at, first, position, head,
                                checkpoint_position, checkpoint_head, paused, ended_at)
    values (${orgId}, ${id}, ${destination.id}, 'replay', ${startAt}::timestamptz, ${endAt}::timestamptz, ${first},
            ${first - 1}, ${last}, ${first - 1}, ${checkpoint}, ${!destination.enabled},
            case when ${first > last} then clock_timestamp() end)`);
}

async function rangeOf(tx: Tx, startAt: string, endAt: string): Promise<Range> {
  const { orgId } = tx.ctx;
  const range = await tx.row<{ first: number | null; last: number | null; checkpoint: number | null }>(sql`
    select r.first::float8 as first, r.last::float8 as last,
           (select max(c.sequence)::float8 from audit_checkpoint c
            where c.org_id = ${orgId} and c.sequence between r.first and r.last) as checkpoint
    from (select min(sequence) as first, max(sequence) as last from audit_seal
          where org_id = ${orgId} and occurred_at >= ${startAt}::timestamptz
            and occurred_at < ${endAt}::timestamptz) r`);
  if (range?.first == null || range.last === null) return { first: 1, last: 0, checkpoint: 0 };
  return { first: range.first, last: range.last, checkpoint: range.checkpoint ?? range.first - 1 };
}

async function forgetOld(tx: Tx, destinationId: string): Promise<void> {
  const { orgId } = tx.ctx;
  await tx.run(sql`
    delete from audit_delivery where org_id = ${orgId} and id in (
      select id from audit_delivery
      where org_id = ${orgId} and destination_id = ${destinationId} and kind = 'replay' and ended_at is not null
      order by created_at desc offset ${REPLAYS_KEPT})`);
}
