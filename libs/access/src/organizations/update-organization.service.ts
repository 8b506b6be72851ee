import { Injectable } from '@nestjs/common';
import { recordAudit, type AuditEvent } from '@portolan/audit';
import { constant, OrgDb, sql } from '@portolan/db';
import { AppError, invalidParameter, type Ctx } from '@portolan/kernel';
import type { QuotaSettings } from '../limits/quotas.service';
import type { RateLimitSettings } from '../limits/rate-limit-settings';
import { operatedOrganization, operatorCtx } from './operated-organization';
import { OPERATED_COLUMNS, type OperatedOrganizationRow } from './organization-row';

/** For each name a value, or null for the platform's again; null itself: the platform's for all. */
type Override<T> = { readonly [K in keyof T]?: T[K] | null } | null;

/** Absent means unchanged. */
export interface OrganizationChange {
  readonly displayName?: string;
  readonly state?: 'active' | 'suspended';
  readonly suspendedReason?: string | null;
  readonly rateLimits?: Override<RateLimitSettings>;
  readonly quotas?: Override<QuotaSettings>;
}

/** What the operator decides about an organization. */
@Injectable()
export class UpdateOrganization {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError organization_not_found, invalid_parameters for a reason without a suspension */
  async execute(ctx: Ctx, organizationId: string, change: OrganizationChange): Promise<OperatedOrganizationRow> {
    return this.db.write(operatorCtx(ctx, organizationId), async (tx) => {
      const { orgId } = tx.ctx;
      const before = await operatedOrganization(tx, constant('for no key update'));
      const state = change.state ?? before.state;
      if (state === 'active' && typeof change.suspendedReason === 'string') throw notSuspended();
      const kept = change.suspendedReason === undefined ? before.suspended_reason : change.suspendedReason;
      const reason = state === 'active' ? null : kept;
      const rateLimits = JSON.stringify(overridden(before.rate_limits, change.rateLimits));
      const quotas = JSON.stringify(overridden(before.quotas, change.quotas));
      const after = await tx.row<OperatedOrganizationRow>(sql`
        update organization
        set display_name = ${change.displayName ?? before.display_name}, state = ${state},
            suspended_reason = ${reason}, rate_limits = ${rateLimits}::jsonb, quotas = ${quotas}::jsonb,
            updated_at = clock_timestamp()
        where id = ${orgId} returning ${OPERATED_COLUMNS}`);
      if (!after) throw new AppError('organization_not_found');
      await recordAudit(tx, {
        action: actionOf(before, after),
        targetId: after.id,
        targetName: after.name,
        before,
        after,
      });
      return after;
    });
  }
}

function overridden<T extends object>(before: T, change: Override<T> | undefined): object {
  if (change === undefined) return before;
  const merged = Object.entries(change === null ? {} : { ...before, ...change });
  return Object.fromEntries(merged.filter(([, value]) => value !== null));
}

function actionOf(before: OperatedOrganizationRow, after: OperatedOrganizationRow): AuditEvent['action'] {
  if (before.state === after.state) return 'organization.update';
  return after.state === 'suspended' ? 'organization.suspend' : 'organization.resume';
}

function notSuspended(): AppError {
  return invalidParameter({
    field: 'suspended_reason',
    rule: 'dependent_fields',
    reason: 'suspended_reason needs the state suspended',
    source: 'body',
  });
}
