import { isRfc3339 } from '@portolan/kernel';
import { registerDecorator } from 'class-validator';

/** An RFC 3339 date and time with a zone. */
export function IsDateTime(): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isDateTime',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && isRfc3339(value),
        defaultMessage: () => `${String(property)} must be an RFC 3339 date and time`,
      },
    });
  };
}
