import { Injectable } from '@nestjs/common';
import { OrgDb, sql, SystemDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';

/** After it, somebody else may take the delivery. */
const LEASE_SECONDS = 30;
/** Sending has a limit of 10 s: what is begun within this time ends before the claim does, with time to spare. */
const BEGIN_WITHIN_MS = 15_000;

/** A delivery that one process at a time works at. */
export interface ClaimedDelivery {
  readonly org_id: string;
  readonly id: string;
  /** RFC 3339, microseconds; tells this claim from every other one. */
  readonly claimed_until: string;
  /** Of a clock of this process that is never set; before the claim began. */
  readonly askedAtMs: number;
}

/** Unproven: the last attempt failed, or none has succeeded yet. They are kept apart, to stand in nobody's way. */
export type Lane = 'proven' | 'unproven';

/** Takes a delivery that is due: of the organization that was served the longest time ago, the one due for longest. */
@Injectable()
export class ClaimDelivery {
  constructor(
    private readonly system: SystemDb,
    private readonly db: OrgDb,
  ) {}

  /**
   * @param busy ids of organizations that have to wait
   * @returns null when none is due
   */
  async execute(lane: Lane, busy: readonly string[]): Promise<ClaimedDelivery | null> {
    const askedAtMs = performance.now();
    const [claimed] = await this.system.call<Omit<ClaimedDelivery, 'askedAtMs'>>(sql`
      select org_id, id, rfc3339(claimed_until) as claimed_until
      from claim_audit_deliveries(1, make_interval(secs => ${LEASE_SECONDS}), ${lane === 'unproven'}, ${busy}::uuid[])`);
    return claimed ? { ...claimed, askedAtMs } : null;
  }

  /**
   * Makes sure that there is time to send before the claim runs out.
   *
   * @returns the claim, made longer if too much of it was over; null when it is somebody else's by now
   */
  async ensure(ctx: Ctx, claimed: ClaimedDelivery): Promise<ClaimedDelivery | null> {
    let current: ClaimedDelivery | null = claimed;
    while (current !== null && performance.now() - current.askedAtMs > BEGIN_WITHIN_MS)
      current = await this.renew(ctx, current);
    return current;
  }

  private async renew(ctx: Ctx, { id, claimed_until: until }: ClaimedDelivery): Promise<ClaimedDelivery | null> {
    const askedAtMs = performance.now();
    const renewed = await this.db.write(ctx, (tx) =>
      tx.row<Omit<ClaimedDelivery, 'askedAtMs'>>(sql`
        update audit_delivery set claimed_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
        where org_id = ${ctx.orgId} and id = ${id} and claimed_until = ${until}::timestamptz
        returning org_id, id, rfc3339(claimed_until) as claimed_until`),
    );
    return renewed ? { ...renewed, askedAtMs } : null;
  }
}
