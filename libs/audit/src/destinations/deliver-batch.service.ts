import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import { backoffMs, systemCtx, type Ctx } from '@portolan/kernel';
import { newRequestId } from '@portolan/telemetry';
import type { Signer } from '../chain/signing-keys';
import { ClaimDelivery, type ClaimedDelivery } from './claim-delivery.service';
import { DestinationSender, type Addressee, type SendResult } from './destination-sender';
import { ENCODINGS, type Encoding } from './formats/encodings';
import { readBatch, type Batch, type Place, type Progress } from './read-batch';

const BYTES_MAX = 1_000_000;

interface Delivery extends Progress {
  readonly id: string;
  readonly attempts: number;
  readonly destination: Addressee;
}

interface EncodedBatch {
  readonly lines: readonly string[];
  readonly end: Place;
}

/**
 * Sends the next batch of a claimed delivery. It counts as delivered only after it was, so that whoever is killed in
 * between sends it again and loses nothing.
 */
@Injectable()
export class DeliverBatch {
  constructor(
    private readonly db: OrgDb,
    private readonly sender: DestinationSender,
    private readonly claims: ClaimDelivery,
  ) {}

  /** @returns true when the delivery has moved on */
  async execute(claimed: ClaimedDelivery, signer: Signer): Promise<boolean> {
    const ctx = systemCtx(claimed.org_id, 'audit', newRequestId());
    const found = await this.db.read(ctx, async (tx) => {
      const delivery = await tx.row<Delivery>(sql`
        select d.id, d.kind, rfc3339(d.start_at) as start_at, rfc3339(d.end_at) as end_at,
               d.position::float8 as position, d.head::float8 as head,
               d.checkpoint_position::float8 as checkpoint_position, d.checkpoint_head::float8 as checkpoint_head,
               d.entries_max, d.attempts,
               jsonb_build_object('id', t.id, 'endpoint', t.endpoint, 'authorization_sealed', t.authorization_sealed,
                                  'format', t.format) as destination
        from audit_delivery d join audit_destination t on t.org_id = d.org_id and t.id = d.destination_id
        where d.org_id = ${ctx.orgId} and d.id = ${claimed.id} and not d.paused and d.ended_at is null`);
      return delivery && { delivery, batch: await readBatch(tx, delivery) };
    });
    // Paused or deleted since it was claimed.
    if (!found) return false;
    const { delivery, batch } = found;
    const { lines, end } = encodeBatch(batch, ENCODINGS[delivery.destination.format], signer);
    if (lines.length === 0) return this.moveOn(ctx, claimed, end, 0, null);
    // Reading may have been slow, and two that send at the same time would break the order.
    const claim = await this.claims.ensure(ctx, claimed);
    if (claim === null) return false;
    const result = await this.sender.send(delivery.destination, {
      orgId: ctx.orgId,
      lines,
      replayId: delivery.kind === 'replay' ? delivery.id : null,
    });
    if (result.ok) return this.moveOn(ctx, claim, end, lines.length, result);
    await this.putOff(ctx, claim, delivery.attempts + 1, result);
    return false;
  }

  private async moveOn(
    ctx: Ctx,
    claim: ClaimedDelivery,
    { position, checkpointPosition, missed }: Place,
    delivered: number,
    result: SendResult | null,
  ): Promise<boolean> {
    const moved = await this.db.write(ctx, (tx) =>
      tx.run(sql`
        update audit_delivery
        set position = ${position}, checkpoint_position = ${checkpointPosition}, missed = missed + ${missed},
            delivered = delivered + ${delivered}, attempts = 0, failing_since = null, claimed_until = null,
            next_attempt_at = clock_timestamp(), entries_max = least(500, entries_max * 2),
            last_attempt_at = case when ${result !== null} then clock_timestamp() else last_attempt_at end,
            last_success_at = case when ${result !== null} then clock_timestamp() else last_success_at end,
            last_response_code = coalesce(${result?.code ?? null}, last_response_code),
            last_response_message = coalesce(${result?.message ?? null}, last_response_message),
            ended_at = case when kind = 'replay' and ${position} >= head and ${checkpointPosition} >= checkpoint_head
                            then clock_timestamp() end
        where ${isStillClaimed(ctx, claim)}`),
    );
    return moved > 0;
  }

  private async putOff(
    ctx: Ctx,
    claim: ClaimedDelivery,
    attempts: number,
    { code, message, retryAfterMs }: SendResult,
  ): Promise<void> {
    const waitMs = backoffMs(attempts, retryAfterMs);
    await this.db.write(ctx, (tx) =>
      tx.run(sql`
        update audit_delivery
        set attempts = ${attempts}, failing_since = coalesce(failing_since, clock_timestamp()), claimed_until = null,
            next_attempt_at = clock_timestamp() + make_interval(secs => ${waitMs / 1_000}),
            entries_max = case when ${code === 413} then greatest(1, entries_max / 2) else entries_max end,
            last_attempt_at = clock_timestamp(), last_response_code = ${code}, last_response_message = ${message}
        where ${isStillClaimed(ctx, claim)}`),
    );
  }
}

// Who has lost his claim must not undo what another one does, nor move past a chain that was cut meanwhile.
function isStillClaimed({ orgId }: Ctx, { id, claimed_until: until }: ClaimedDelivery) {
  return sql`org_id = ${orgId} and id = ${id} and claimed_until = ${until}::timestamptz and ended_at is null`;
}

/** As many entries as fit; one always does. */
function encodeBatch({ items, end }: Batch, { encode }: Encoding, signer: Signer): EncodedBatch {
  const lines: string[] = [];
  let bytes = 0;
  let last = end;
  for (const { entry, after } of items) {
    const line = encode(entry, signer);
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > BYTES_MAX && lines.length > 0) return { lines, end: last };
    lines.push(line);
    last = after;
  }
  return { lines, end };
}
