import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { SecretBox } from '@portolan/vault';
import { chainEnd } from '../chain/chain-end';
import { findDestination } from './destination-row';

interface LiveDelivery {
  /** RFC 3339, UTC, microseconds, like all times here. */
  readonly last_attempt_at: string | null;
  readonly last_success_at: string | null;
  /** HTTP status; null when there was no answer. */
  readonly last_response_code: number | null;
  readonly last_response_message: string | null;
  /** The first of the attempts that have failed since the last success. */
  readonly failing_since: string | null;
  /** Failed since the last success. */
  readonly attempts: number;
  /** Null when nothing is to be sent. */
  readonly next_attempt_at: string | null;
  /** Number of the last row that was delivered. */
  readonly delivered_sequence: number;
  /** Rows that were purged before they could be delivered. */
  readonly missed: number;
}

export interface DestinationStatus extends LiveDelivery {
  /** `inactive`: the last attempt failed; `unconfigured`: the platform has no key to sign entries with. */
  readonly status: 'active' | 'inactive' | 'paused' | 'unconfigured';
  /** Number of the last row of the organization's chain. */
  readonly last_sequence: number;
}

@Injectable()
export class GetDestinationStatus {
  constructor(
    private readonly db: OrgDb,
    private readonly secretBox: SecretBox,
  ) {}

  /** @throws AppError audit_destination_not_found */
  run(ctx: Ctx, id: string): Promise<DestinationStatus> {
    return this.db.read(ctx, async (tx) => {
      const { id: destinationId, enabled } = await findDestination(tx, id);
      const { sequence } = await chainEnd(tx);
      const live = await tx.row<LiveDelivery>(sql`
        select rfc3339(last_attempt_at) as last_attempt_at, rfc3339(last_success_at) as last_success_at,
               last_response_code, last_response_message, rfc3339(failing_since) as failing_since, attempts,
               case when not paused and (position < head or checkpoint_position < checkpoint_head)
                    then rfc3339(next_attempt_at) end as next_attempt_at,
               position::float8 as delivered_sequence, missed::float8 as missed
        from audit_delivery where org_id = ${ctx.orgId} and destination_id = ${destinationId} and kind = 'live'`);
      if (!live) throw new AppError('audit_destination_not_found');
      return { status: this.statusOf(enabled, live), ...live, last_sequence: sequence };
    });
  }

  private statusOf(enabled: boolean, { failing_since: failingSince }: LiveDelivery): DestinationStatus['status'] {
    if (!enabled) return 'paused';
    if (!this.canSign()) return 'unconfigured';
    return failingSince === null ? 'active' : 'inactive';
  }

  private canSign(): boolean {
    try {
      return this.secretBox.seal('', '') !== '';
    } catch {
      return false;
    }
  }
}
