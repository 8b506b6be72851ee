import { isStorableText } from '@portolan/kernel';
import { isEmail, registerDecorator } from 'class-validator';

/** A mail address. The check of class-validator throws on half a surrogate pair, so it is not asked about one. */
export function IsEmailAddress(options: { allow_utf8_local_part?: boolean } = {}): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isEmail',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && isStorableText(value) && isEmail(value, options),
        defaultMessage: () => `${String(property)} must be an email`,
      },
    });
  };
}
