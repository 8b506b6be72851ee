import { invalidParameter } from '@portolan/kernel';
import { isIpRange } from '../ip-range';

/**
 * A list of addresses and CIDR ranges of a body.
 *
 * @throws AppError invalid_parameters that names the field, the entry or the limit
 */
export function ipRangesOf(field: string, value: unknown, maximum: number): readonly string[] {
  if (!Array.isArray(value))
    throw invalidParameter({ field, rule: 'is_array', reason: `${field} must be an array`, source: 'body' });
  if (value.length > maximum)
    throw invalidParameter({
      field,
      rule: 'max_items',
      maximum,
      reason: `${field} must contain no more than ${maximum} entries`,
      source: 'body',
    });
  return value.map((one: unknown, index) => {
    if (typeof one === 'string' && isIpRange(one)) return one;
    throw invalidParameter({
      field: `${field}.${index}`,
      rule: 'is_ip_range',
      reason: `${field}.${index} must be an IPv4 or IPv6 address or a CIDR range of such`,
      source: 'body',
    });
  });
}
