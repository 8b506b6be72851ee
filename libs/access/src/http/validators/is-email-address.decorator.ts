import { isEmail, registerDecorator } from 'class-validator';
import { isAscii } from '../../users/ascii';

/**
 * A mail address in ASCII: no other one can sign in. The check of class-validator would throw on half a surrogate pair.
 */
export function IsEmailAddress(): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isEmail',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && isAscii(value) && isEmail(value),
        defaultMessage: () => `${String(property)} must be an email address in ASCII`,
      },
    });
  };
}
