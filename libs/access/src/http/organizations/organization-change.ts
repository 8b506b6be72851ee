import { invalidParameter, type InvalidParameter } from '@portolan/kernel';
import { LIMIT_CLASSES } from '../../limits/token-bucket';
import type { OrganizationChange } from '../../organizations/update-organization.service';
import type { UpdateOrganizationDto } from './operated-organization.dto';

const PER_SECOND_MAX = 999_999;
const BURST_MAX = 9_999_999;
const QUOTA_MAX = 999_999_999;
const QUOTA_KINDS = ['registries', 'servers', 'versions', 'tokens', 'teams'];

/** @throws AppError invalid_parameters */
export function organizationChangeOf(input: UpdateOrganizationDto): OrganizationChange {
  return {
    ...(input.display_name === undefined ? {} : { displayName: input.display_name }),
    ...(input.state === undefined ? {} : { state: input.state }),
    ...(input.suspended_reason === undefined ? {} : { suspendedReason: input.suspended_reason }),
    ...(input.rate_limits === undefined
      ? {}
      : { rateLimits: overrideOf('rate_limits', input.rate_limits, LIMIT_CLASSES, rateLimitOf) }),
    ...(input.quotas === undefined ? {} : { quotas: overrideOf('quotas', input.quotas, QUOTA_KINDS, quotaOf) }),
  };
}

/** A value of each named key, null where the platform's is meant; null itself for all keys. */
function overrideOf<T>(
  field: string,
  value: unknown,
  choices: readonly string[],
  valueOf: (field: string, value: unknown) => T,
): Record<string, T | null> | null {
  if (value === null) return null;
  const entries = Object.entries(objectOf(field, value)).map(([key, one]) => {
    const path = `${field}.${key.slice(0, 100)}`;
    if (!choices.includes(key))
      throw refusal({ field: path, rule: 'unknown_property', choices, reason: `property ${path} should not exist` });
    return [key, one === null ? null : valueOf(path, one)] as const;
  });
  return Object.fromEntries(entries);
}

function rateLimitOf(field: string, value: unknown): { per_second: number; burst: number } {
  const { per_second, burst, ...others } = objectOf(field, value) as { per_second?: unknown; burst?: unknown };
  const [other] = Object.keys(others);
  if (other !== undefined) {
    const path = `${field}.${other.slice(0, 100)}`;
    throw refusal({ field: path, rule: 'unknown_property', reason: `property ${path} should not exist` });
  }
  const perSecond = numberOf(`${field}.per_second`, per_second, 0.001, PER_SECOND_MAX);
  return { per_second: perSecond, burst: integerOf(`${field}.burst`, burst, 1, BURST_MAX) };
}

function quotaOf(field: string, value: unknown): number {
  return integerOf(field, value, 0, QUOTA_MAX);
}

function integerOf(field: string, value: unknown, minimum: number, maximum: number): number {
  if (!Number.isInteger(value))
    throw refusal({
      field,
      rule: value === undefined ? 'required' : 'is_integer',
      reason: `${field} must be an integer`,
    });
  return numberOf(field, value, minimum, maximum);
}

function numberOf(field: string, value: unknown, minimum: number, maximum: number): number {
  if (typeof value !== 'number')
    throw refusal({ field, rule: value === undefined ? 'required' : 'is_number', reason: `${field} must be a number` });
  if (value < minimum)
    throw refusal({ field, rule: 'min', minimum, reason: `${field} must not be less than ${minimum}` });
  if (value > maximum)
    throw refusal({ field, rule: 'max', maximum, reason: `${field} must not be greater than ${maximum}` });
  return value;
}

function objectOf(field: string, value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw refusal({ field, rule: 'is_object', reason: `${field} must be an object` });
}

function refusal(parameter: Omit<InvalidParameter, 'source'>): Error {
  return invalidParameter({ ...parameter, source: 'body' });
}
