import { Injectable } from '@nestjs/common';
import { brokenConstraint, OrgDb, sql, type Tx } from '@portolan/db';
import { Egress } from '@portolan/egress';
import { AppError, type Ctx } from '@portolan/kernel';
import { SecretBox } from '@portolan/vault';
import { v7 as uuidv7 } from 'uuid';
import { chainEnd } from '../chain/chain-end';
import { recordAudit } from '../record-audit';
import {
  authorizationContext,
  DESTINATION_COLUMNS,
  type DestinationFormat,
  type DestinationRow,
} from './destination-row';

const DESTINATIONS_MAX = 20;

export interface NewDestination {
  readonly name: string;
  readonly endpoint: string;
  /** Sent as the Authorization header; sealed before it is stored, and never comes back. */
  readonly authorization: string | null;
  readonly format: DestinationFormat;
  readonly enabled: boolean;
}

/** Adds a destination; what is sealed from now on goes there. */
@Injectable()
export class CreateDestination {
  constructor(
    private readonly db: OrgDb,
    private readonly egress: Egress,
    private readonly secretBox: SecretBox,
  ) {}

  /** @throws AppError forbidden_address, encryption_not_configured, quota_exceeded, audit_destination_name_taken */
  async execute(ctx: Ctx, input: NewDestination): Promise<DestinationRow> {
    this.egress.check(input.endpoint);
    const id = uuidv7();
    const sealed =
      input.authorization === null ? null : this.secretBox.seal(input.authorization, authorizationContext(id));
    try {
      return await this.db.write(ctx, async (tx) => {
        await requirePlace(tx);
        const row = await tx.row<DestinationRow>(sql`
          insert into audit_destination (org_id, id, name, endpoint, authorization_sealed, format, enabled)
          values (${ctx.orgId}, ${id}, ${input.name}, ${input.endpoint}, ${sealed}, ${input.format}, ${input.enabled})
          returning ${DESTINATION_COLUMNS}`);
        if (!row) throw new Error('the new destination was not returned');
        await insertLiveDelivery(tx, row);
        await recordAudit(tx, {
          action: 'audit_destination.create',
          targetId: row.id,
          targetName: row.name,
          after: row,
        });
        return row;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'audit_destination_name_key') throw new AppError('audit_destination_name_taken');
      throw error;
    }
  }
}

async function requirePlace(tx: Tx): Promise<void> {
  const { orgId } = tx.ctx;
  // A statement of its own: one that waits and counts would count what was there before it waited.
  await tx.run(sql`select pg_advisory_xact_lock(hashtextextended(${`quota/${orgId}/audit_destinations`}, 0))`);
  const row = await tx.row<{ in_use: number }>(
    sql`select count(*)::integer as in_use from audit_destination where org_id = ${orgId}`,
  );
  const inUse = row?.in_use ?? 0;
  if (inUse >= DESTINATIONS_MAX)
    throw new AppError('quota_exceeded', {
      detail: `Maximum number of audit log destinations exceeded. Max allowed: ${DESTINATIONS_MAX}. In use: ${inUse}.`,
    });
}

/** Begins at the present end of the chain: what was before is for a replay. */
async function insertLiveDelivery(tx: Tx, { id, enabled }: DestinationRow): Promise<void> {
  const { orgId } = tx.ctx;
  const { sequence } = await chainEnd(tx);
  await tx.run(sql`
    insert into audit_delivery (org_id, id, destination_id, kind, first, position, head, checkpoint_position,
                                checkpoint_head, paused)
    select ${orgId}, ${uuidv7()}, ${id}, 'live', ${sequence}::bigint + 1, ${sequence}, ${sequence}, c.last, c.last,
           ${!enabled}
    from (select coalesce(max(sequence), 0) as last from audit_checkpoint where org_id = ${orgId}) c`);
}
