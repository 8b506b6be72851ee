import { LABELS_MAX, labelProblem } from '@portolan/kernel';
import { registerDecorator, type ValidationArguments } from 'class-validator';

function problem(value: unknown, nullable: boolean): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be an object';
  const entries = Object.entries(value as Record<string, unknown>);
  if (entries.length > LABELS_MAX) return `must contain no more than ${LABELS_MAX} entries`;
  for (const [key, label] of entries) {
    const reason = label === null && !nullable ? 'values must be strings' : labelProblem(key, label);
    if (reason !== null) return `[${key.slice(0, 100)}]: ${reason}`;
  }
  return null;
}

/** A map of labels by Konnect's rules; `nullable` allows null for a label that is to be dropped. */
export function IsLabels(options: { nullable: boolean }): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isLabel',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => problem(value, options.nullable) === null,
        defaultMessage: (args?: ValidationArguments) => `labels ${problem(args?.value, options.nullable) ?? ''}`,
      },
    });
  };
}
