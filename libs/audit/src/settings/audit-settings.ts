import { sql, type SqlFragment, type Tx } from '@portolan/db';

export const RETENTION_DAYS_MIN = 90;
export const RETENTION_DAYS_MAX = 3_650;

/** How an organization keeps its audit trail. */
export interface AuditSettings {
  /** Rows that are older go, a month at a time. */
  readonly retention_days: number;
  /** True: nothing goes, however old. */
  readonly legal_hold: boolean;
  /** True: requests that were allowed are written down, not only those that were refused. */
  readonly log_grants: boolean;
  /** How many of a hundred reads of a registry are written down. */
  readonly access_sample_percent: number;
}

export interface AuditSettingsRow extends AuditSettings {
  /** RFC 3339, UTC, microseconds; null: never changed. */
  readonly updated_at: string | null;
  /** RFC 3339, UTC, microseconds: less is kept than before, and nothing goes until then; null: nothing is waited for. */
  readonly purge_paused_until: string | null;
}

const DEFAULTS: AuditSettingsRow = {
  retention_days: 400,
  legal_hold: false,
  log_grants: false,
  access_sample_percent: 0,
  updated_at: null,
  purge_paused_until: null,
};

export async function auditSettingsOf(tx: Tx, lock: SqlFragment): Promise<AuditSettingsRow> {
  const row = await tx.row<AuditSettingsRow>(sql`
    select retention_days, legal_hold, log_grants, access_sample_percent, rfc3339(updated_at) as updated_at,
           case when loosened_at >= now() - interval '7 days'
                then rfc3339(loosened_at + interval '7 days') end as purge_paused_until
    from audit_settings where org_id = ${tx.ctx.orgId} ${lock}`);
  return row ?? DEFAULTS;
}
