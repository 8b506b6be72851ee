import { constant } from '@portolan/db';
import type { QuotaSettings } from '../limits/quotas.service';
import type { RateLimitSettings } from '../limits/rate-limit-settings';

/** An organization as its members see it. */
export interface OrganizationRow {
  readonly id: string;
  readonly name: string;
  readonly display_name: string;
  readonly login_path: string;
  readonly state: 'active' | 'suspended';
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
  readonly updated_at: string;
}

/** An organization as the operator of the platform sees it. */
export interface OperatedOrganizationRow extends OrganizationRow {
  readonly suspended_reason: string | null;
  readonly rate_limits: RateLimitSettings;
  readonly quotas: QuotaSettings;
}

export const ORGANIZATION_COLUMNS = constant(
  'id, name, display_name, login_path, state, rfc3339(created_at) as created_at, rfc3339(updated_at) as updated_at',
);

export const OPERATED_COLUMNS = constant(
  `id, name, display_name, login_path, state, suspended_reason, rate_limits, quotas, rfc3339(created_at) as created_at,
   rfc3339(updated_at) as updated_at`,
);
