import { invalidParameter } from '@portolan/kernel';
import type { NewCapabilityUrl } from '../../capability-urls/create-capability-url.service';
import { ipRangesOf } from '../ip-ranges';
import { ALLOWED_IPS_MAX, type CreateCapabilityUrlDto } from './capability-url.dto';

/** @throws AppError invalid_parameters */
export function newCapabilityUrlOf({ name, expires_at, allowed_ips }: CreateCapabilityUrlDto): NewCapabilityUrl {
  return {
    name,
    expiresAt: inFuture(expires_at ?? null),
    allowedIps: allowed_ips === undefined ? [] : ipRangesOf('allowed_ips', allowed_ips, ALLOWED_IPS_MAX),
  };
}

function inFuture(expiresAt: string | null): string | null {
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.now())
    throw invalidParameter({
      field: 'expires_at',
      rule: 'min',
      reason: 'expires_at must be in the future',
      source: 'body',
    });
  return expiresAt;
}
