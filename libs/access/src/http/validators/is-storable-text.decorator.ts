import { isStorableText } from '@portolan/kernel';
import { registerDecorator } from 'class-validator';

/** Text that PostgreSQL can hold: no NUL, no half surrogate pairs. */
export function IsStorableText(): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isStorableText',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => typeof value !== 'string' || isStorableText(value),
        defaultMessage: () => `${String(property)} must be well-formed Unicode without NUL characters`,
      },
    });
  };
}
