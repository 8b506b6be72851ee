import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import { AppError, invalidParameter, type InvalidParameter } from '@portolan/kernel';
import { getMetadataStorage, type ValidationError } from 'class-validator';

const UNKNOWN_MAX = 20;
const FIELD_LENGTH_MAX = 100;
// class-transformer compares each key of an object with every other one: tens of thousands would stop the process.
const MEMBERS_MAX = 5_000;

const RULES: Readonly<Record<string, string>> = {
  isString: 'is_string',
  isIn: 'enum',
  isLength: 'length',
  maxLength: 'max_length',
  matches: 'matches_regex',
  min: 'min',
  max: 'max',
  isBoolean: 'is_boolean',
  isInt: 'is_integer',
  isObject: 'is_object',
  isArray: 'is_array',
  arrayMinSize: 'min_items',
  arrayMaxSize: 'max_items',
  isUuid: 'is_uuid',
  isEmail: 'is_email',
  isDateTime: 'is_date_time',
  isLabel: 'is_label',
  isImmutable: 'immutable',
  isStorableText: 'is_storable_text',
};

/**
 * Checks management bodies against their DTO. Unknown properties are refused here, for class-transformer would drop some
 * (`__proto__`, `constructor`, `toString`) before anybody could.
 */
class BodyValidationPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' && metadata.metatype && metadata.metatype !== Object)
      refuseUnknown(value, metadata.metatype);
    return (await super.transform(value, metadata)) as unknown;
  }
}

export const validationPipe = new BodyValidationPipe({
  transform: true,
  forbidUnknownValues: false,
  exceptionFactory: (errors) => new AppError('invalid_parameters', { invalidParameters: errors.flatMap(describe) }),
});

function refuseUnknown(value: unknown, dto: NonNullable<ArgumentMetadata['metatype']>): void {
  if (value === undefined) throw new AppError('request_body_required');
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidParameter({ field: 'body', rule: 'is_object', reason: 'the body must be an object', source: 'body' });
  const known = new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(dto, '', false, false)
      .map(({ propertyName }) => propertyName),
  );
  const unknown = [...Object.keys(value).filter((key) => !known.has(key)), ...strippedKeys(value)];
  if (unknown.length === 0) {
    refuseCrowded(value);
    return;
  }
  throw new AppError('invalid_parameters', {
    invalidParameters: unknown.slice(0, UNKNOWN_MAX).map((key) => ({
      field: key.slice(0, FIELD_LENGTH_MAX),
      rule: 'unknown_property',
      reason: `property ${key.slice(0, FIELD_LENGTH_MAX)} should not exist`,
      source: 'body',
    })),
  });
}

function refuseCrowded(body: object): void {
  const waiting: object[] = [body];
  let members = 0;
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    const values = Object.values(one) as unknown[];
    members += values.length;
    if (members > MEMBERS_MAX)
      throw invalidParameter({
        field: 'body',
        rule: 'max_items',
        maximum: MEMBERS_MAX,
        reason: `the body must hold no more than ${MEMBERS_MAX} members and items`,
        source: 'body',
      });
    for (const inner of values) if (typeof inner === 'object' && inner !== null) waiting.push(inner);
  }
}

// Nest takes these out of every nested object without a word.
const STRIPPED = ['__proto__', 'prototype', 'constructor'];

function strippedKeys(body: object): string[] {
  return Object.entries(body).flatMap(([field, value]) =>
    typeof value === 'object' && value !== null
      ? STRIPPED.filter((key) => Object.hasOwn(value as object, key)).map((key) => `${field}.${key}`)
      : [],
  );
}

function describe(error: ValidationError): InvalidParameter[] {
  return Object.entries(error.constraints ?? {}).map(([constraint, reason]) => ({
    field: error.property,
    rule: error.value === undefined ? 'required' : ruleOf(constraint, reason),
    reason,
    source: 'body',
    ...limits(constraint, reason),
  }));
}

// class-validator puts both ends of a length into one constraint and says which was broken in its text only.
function ruleOf(constraint: string, reason: string): string {
  if (constraint !== 'isLength') return RULES[constraint] ?? 'invalid';
  return reason.includes('shorter than') ? 'max_length' : 'min_length';
}

function limits(constraint: string, reason: string): Pick<InvalidParameter, 'minimum' | 'maximum' | 'choices'> {
  const number = Number(/(?:than (?:or equal to )?|at least )(\d+)/.exec(reason)?.[1]);
  if (['maxLength', 'max', 'arrayMaxSize'].includes(constraint)) return { maximum: number };
  if (['min', 'arrayMinSize'].includes(constraint)) return { minimum: number };
  if (constraint === 'isLength') return reason.includes('shorter than') ? { maximum: number } : { minimum: number };
  if (constraint !== 'isIn') return {};
  return { choices: (/following values: (.*)$/.exec(reason)?.[1] ?? '').split(', ') };
}
