import { ApiQuery } from '@nestjs/swagger';
import { invalidParameter, single, unknownParameter } from '@portolan/kernel';

/** `force` of a query string that may hold nothing else. */
export function forceOf(query: Readonly<Record<string, unknown>>): boolean {
  let force = false;
  for (const [key, raw] of Object.entries(query)) {
    if (key !== 'force') throw unknownParameter(key);
    const value = single(key, raw);
    if (value !== 'true' && value !== 'false')
      throw invalidParameter({
        field: key,
        rule: 'is_boolean',
        choices: ['true', 'false'],
        reason: 'force must be true or false',
        source: 'query',
      });
    force = value === 'true';
  }
  return force;
}

export const ApiForce = (description: string) =>
  ApiQuery({ name: 'force', required: false, schema: { type: 'boolean', default: false }, description });
