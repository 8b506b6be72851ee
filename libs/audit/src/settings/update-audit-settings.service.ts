import { Injectable } from '@nestjs/common';
import { constant, OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { AuditPolicy } from '../buffer/audit-policy';
import { recordAudit } from '../record-audit';
import { waitForPurge } from '../retention/purge-lock';
import { auditSettingsOf, type AuditSettings, type AuditSettingsRow } from './audit-settings';

/** Says how long the audit trail is kept and what is written down of reads and grants. */
@Injectable()
export class UpdateAuditSettings {
  constructor(
    private readonly db: OrgDb,
    private readonly policy: AuditPolicy,
  ) {}

  /**
   * @param change what is absent stays
   * @param force also when rows that are kept now go by it
   * @throws AppError retention_not_confirmed
   */
  async execute(ctx: Ctx, change: Partial<AuditSettings>, force: boolean): Promise<AuditSettingsRow> {
    const row = await this.db.write(ctx, async (tx) => {
      await tx.run(sql`insert into audit_settings (org_id) values (${ctx.orgId}) on conflict do nothing`);
      const {
        updated_at: _,
        purge_paused_until: __,
        ...before
      } = await auditSettingsOf(tx, constant('for no key update'));
      const after = { ...before, ...change };
      // Whoever is told of a hold may rely on it: no purge goes on that began before. Before any row of the trail is
      // touched, for the purge may wait for its table.
      if (after.retention_days !== before.retention_days || after.legal_hold !== before.legal_hold)
        await waitForPurge(tx);
      if (!force && (await letsRowsGo(tx, before, after))) throw new AppError('retention_not_confirmed');
      await tx.run(sql`
        update audit_settings
        set retention_days = ${after.retention_days}, legal_hold = ${after.legal_hold},
            log_grants = ${after.log_grants}, access_sample_percent = ${after.access_sample_percent},
            updated_at = clock_timestamp()
        where org_id = ${ctx.orgId}`);
      await recordAudit(tx, { action: 'audit_settings.update', targetId: ctx.orgId, before, after });
      return auditSettingsOf(tx, constant(''));
    });
    this.policy.forget(ctx.orgId);
    return row;
  }
}

/** Whether there are rows beyond what is kept afterwards that are within what was kept before. */
async function letsRowsGo(tx: Tx, before: AuditSettings, after: AuditSettings): Promise<boolean> {
  if (after.legal_hold) return false;
  const kept = before.legal_hold
    ? constant('')
    : sql`and occurred_at >= now() - make_interval(days => ${before.retention_days})`;
  const row = await tx.row(sql`
    select 1 from audit_log
    where org_id = ${tx.ctx.orgId} and occurred_at < now() - make_interval(days => ${after.retention_days}) ${kept}
    limit 1`);
  return row !== undefined;
}
