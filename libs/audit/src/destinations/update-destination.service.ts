import { Injectable } from '@nestjs/common';
import { brokenConstraint, OrgDb, sql } from '@portolan/db';
import { Egress } from '@portolan/egress';
import { AppError, invalidParameter, type Ctx } from '@portolan/kernel';
import { SecretBox } from '@portolan/vault';
import { recordAudit } from '../record-audit';
import type { NewDestination } from './create-destination.service';
import { authorizationContext, DESTINATION_COLUMNS, findDestination, type DestinationRow } from './destination-row';

/** Absent means unchanged; an authorization of null is taken away. */
export type DestinationChange = Partial<NewDestination>;

/** Changes, pauses or resumes a destination. Whatever has changed, the next attempt is due at once. */
@Injectable()
export class UpdateDestination {
  constructor(
    private readonly db: OrgDb,
    private readonly egress: Egress,
    private readonly secretBox: SecretBox,
  ) {}

  /**
   * @throws AppError audit_destination_not_found, forbidden_address, encryption_not_configured,
   * audit_destination_name_taken, invalid_parameters when another endpoint would get the authorization
   */
  async execute(ctx: Ctx, id: string, change: DestinationChange): Promise<DestinationRow> {
    const { authorization } = change;
    if (change.endpoint !== undefined) this.egress.check(change.endpoint);
    const sealed =
      typeof authorization === 'string'
        ? this.secretBox.seal(authorization, authorizationContext(id.toLowerCase()))
        : null;
    try {
      return await this.db.write(ctx, async (tx) => {
        const before = await findDestination(tx, id, 'change');
        const next = { ...before, ...change };
        if (next.endpoint !== before.endpoint && before.authorization_set && authorization === undefined)
          throw authorizationRequired();
        const after = await tx.row<DestinationRow>(sql`
          update audit_destination
          set name = ${next.name}, endpoint = ${next.endpoint}, format = ${next.format}, enabled = ${next.enabled},
              authorization_sealed = case when ${authorization === undefined} then authorization_sealed else ${sealed} end,
              updated_at = clock_timestamp()
          where org_id = ${ctx.orgId} and id = ${before.id}
          returning ${DESTINATION_COLUMNS}`);
        if (!after) throw new AppError('audit_destination_not_found');
        await tx.run(sql`
          update audit_delivery set paused = ${!after.enabled}, next_attempt_at = clock_timestamp()
          where org_id = ${ctx.orgId} and destination_id = ${after.id} and ended_at is null`);
        await recordAudit(tx, {
          action: 'audit_destination.update',
          targetId: after.id,
          targetName: after.name,
          before,
          after: { ...after, authorization_changed: authorization !== undefined },
        });
        return after;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'audit_destination_name_key') throw new AppError('audit_destination_name_taken');
      throw error;
    }
  }
}

// Else whoever may edit a destination could have its authorization sent to a server of his own.
function authorizationRequired(): AppError {
  return invalidParameter({
    field: 'authorization',
    rule: 'required',
    reason: 'authorization must be given, or null, along with another endpoint',
    source: 'body',
  });
}
