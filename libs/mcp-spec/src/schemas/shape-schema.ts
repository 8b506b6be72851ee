import type { Field, Property, Shape, TextField } from '../shape';

/** A JSON Schema, of Draft-07 or of the later one that OpenAPI 3.1 uses: only keywords with one meaning in both are built. */
export type JsonSchema = Record<string, unknown>;

/** How a nested shape is written: a reference to the definition that has been made of it. */
type ReferenceOf = (shape: Shape) => JsonSchema;

function textSchema(field: TextField): JsonSchema {
  return {
    type: 'string',
    ...(field.minLength === undefined ? {} : { minLength: field.minLength }),
    ...(field.maxLength === undefined ? {} : { maxLength: field.maxLength }),
    ...(field.pattern === undefined ? {} : { pattern: field.pattern.source }),
    ...(field.uri === true ? { format: 'uri' } : {}),
    ...(field.choices === undefined ? {} : { enum: [...field.choices] }),
  };
}

function fieldSchema(field: Field, referenceOf: ReferenceOf): JsonSchema {
  switch (field.kind) {
    case 'text':
      return textSchema(field);
    case 'flag':
      return { type: 'boolean' };
    case 'record':
      return referenceOf(field.shape);
    case 'list':
      return { type: 'array', items: fieldSchema(field.items, referenceOf) };
    case 'map':
      return { type: 'object', additionalProperties: fieldSchema(field.values, referenceOf) };
    case 'meta':
      return { type: 'object', additionalProperties: true };
  }
}

/** The schema of each property of a shape, by name. */
export function propertySchemas(
  properties: readonly Property[],
  referenceOf: ReferenceOf,
  describe: (property: Property) => JsonSchema = () => ({}),
): Record<string, JsonSchema> {
  return Object.fromEntries(
    properties.map((property) => [
      property.name,
      { ...fieldSchema(property.field, referenceOf), ...describe(property) },
    ]),
  );
}

/** The schema of an object of a shape. `extra` wins over what the shape says. */
export function shapeSchema(shape: Shape, referenceOf: ReferenceOf, extra: JsonSchema = {}): JsonSchema {
  return {
    type: 'object',
    required: shape.properties.filter((property) => property.required).map(({ name }) => name),
    properties: propertySchemas(shape.properties, referenceOf),
    ...extra,
  };
}
