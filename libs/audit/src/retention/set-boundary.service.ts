import { Injectable } from '@nestjs/common';
import { constant, OrgDb, sql, type Tx } from '@portolan/db';
import { systemCtx } from '@portolan/kernel';
import { newRequestId } from '@portolan/telemetry';
import { boundaryText } from '../chain/links';
import type { Signer, Verifier } from '../chain/signing-keys';
import { recordAudit } from '../record-audit';
import { auditSettingsOf } from '../settings/audit-settings';
import { endOfPurged } from './end-of-purged';
import { takePurgeLock } from './purge-lock';

/**
 * Gives up the months of an organization's trail that it no longer keeps: writes the purge down and signs where the chain
 * begins from now on. Only then may anything be deleted.
 */
@Injectable()
export class SetBoundary {
  constructor(private readonly db: OrgDb) {}

  /**
   * @returns false when nothing is to be given up, or it cannot be yet
   * @throws Error when the chain is broken where it would begin; AppError database_busy
   */
  execute(orgId: string, signer: Signer, verifier: Verifier): Promise<boolean> {
    const ctx = systemCtx(orgId, 'audit', newRequestId());
    return this.db.write(ctx, async (tx) => {
      await takePurgeLock(tx);
      const settings = await auditSettingsOf(tx, constant(''));
      if (settings.legal_hold || settings.purge_paused_until !== null) return false;
      const at = await timesOf(tx, settings.retention_days);
      const state = await stateOf(tx, at.purged_before);
      if (!state.has_old || state.has_unsealed || state.has_boundary) return false;
      const end = await endOfPurged(tx, at.purged_before, verifier);
      const said = { ...at, org_id: orgId, sequence: end.sequence, hash: end.hash, key_id: signer.keyId };
      await tx.run(sql`
        insert into audit_boundary (org_id, purged_before, sequence, hash, created_at, key_id, signature)
        values (${orgId}, ${at.purged_before}::timestamptz, ${end.sequence}, ${end.hash}, ${at.created_at}::timestamptz,
                ${signer.keyId}, ${signer.sign(boundaryText(said))})`);
      // The trail of a deleted organization comes to an end: a row about it would have to be purged in its turn.
      if (state.has_organization || state.has_new)
        await recordAudit(tx, {
          action: 'audit_log.purge',
          targetId: orgId,
          after: {
            purged_before: at.purged_before,
            through_sequence: end.sequence,
            head_hash: end.hash.toString('hex'),
          },
        });
      return true;
    });
  }
}

interface Times {
  /** The first moment that is kept: the beginning of a month, UTC, RFC 3339. */
  readonly purged_before: string;
  readonly created_at: string;
}

async function timesOf(tx: Tx, retentionDays: number): Promise<Times> {
  const row = await tx.row<Times>(sql`
    select rfc3339(date_trunc('month', now() - make_interval(days => ${retentionDays}), 'UTC')) as purged_before,
           rfc3339(clock_timestamp()) as created_at`);
  if (!row) throw new Error('the database did not tell the time');
  return row;
}

interface State {
  readonly has_old: boolean;
  readonly has_new: boolean;
  readonly has_unsealed: boolean;
  readonly has_boundary: boolean;
  readonly has_organization: boolean;
}

async function stateOf(tx: Tx, purgedBefore: string): Promise<State> {
  const { orgId } = tx.ctx;
  const row = await tx.row<State>(sql`
    with cut as (select ${purgedBefore}::timestamptz as at)
    select exists (select from audit_log where org_id = ${orgId} and occurred_at < cut.at)
             or exists (select from audit_seal where org_id = ${orgId} and sealed_at < cut.at) as has_old,
           exists (select from audit_log where org_id = ${orgId} and occurred_at >= cut.at) as has_new,
           exists (select from audit_unsealed where org_id = ${orgId} and occurred_at < cut.at) as has_unsealed,
           exists (select from audit_boundary where org_id = ${orgId} and purged_before >= cut.at) as has_boundary,
           exists (select from organization where id = ${orgId}) as has_organization
    from cut`);
  if (!row) throw new Error('the state of the trail was not told');
  return row;
}
