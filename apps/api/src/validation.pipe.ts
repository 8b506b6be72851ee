import { ValidationPipe } from '@nestjs/common';
import { AppError, type InvalidParameter } from '@portolan/kernel';
import type { ValidationError } from 'class-validator';

const RULES: Readonly<Record<string, string>> = {
  isString: 'is_string',
  isIn: 'enum',
  isLength: 'length',
  maxLength: 'max_length',
  matches: 'matches_regex',
  isLabel: 'is_label',
  isImmutable: 'immutable',
  isStorableText: 'is_storable_text',
  whitelistValidation: 'unknown_property',
};

/** Checks management bodies against their DTO; unknown properties are refused. */
export const validationPipe = new ValidationPipe({
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: false,
  exceptionFactory: (errors) => new AppError('invalid_parameters', { invalidParameters: errors.flatMap(describe) }),
});

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
  const number = Number(/than or equal to (\d+) characters/.exec(reason)?.[1]);
  if (constraint === 'maxLength') return { maximum: number };
  if (constraint === 'isLength') return reason.includes('shorter than') ? { maximum: number } : { minimum: number };
  if (constraint !== 'isIn') return {};
  return { choices: (/following values: (.*)$/.exec(reason)?.[1] ?? '').split(', ') };
}
