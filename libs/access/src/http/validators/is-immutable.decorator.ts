import { registerDecorator } from 'class-validator';

/** A property that a change may not carry; the reason is clearer than "unknown". */
export function IsImmutable(): PropertyDecorator {
  return (target, property) => {
    registerDecorator({
      name: 'isImmutable',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => value === undefined,
        defaultMessage: () => `${String(property)} cannot be changed after creation`,
      },
    });
  };
}
