/** What one property of server.json may hold. One table of these feeds the reader, the JSON Schemas and the OpenAPI description. */
export type Field = TextField | FlagField | RecordField | ListField | MapField | MetaField;

export interface TextField {
  kind: 'text';
  /** Lengths in code points. */
  minLength?: number;
  maxLength?: number;
  pattern?: TextPattern;
  uri?: boolean;
  choices?: readonly string[];
}

interface TextPattern {
  source: string;
  expression: RegExp;
}

interface FlagField {
  kind: 'flag';
}

interface RecordField {
  kind: 'record';
  shape: Shape;
}

interface ListField {
  kind: 'list';
  items: TextField | RecordField;
}

interface MapField {
  kind: 'map';
  values: RecordField;
}

/** The extension block: reverse-DNS keys with any JSON value. */
interface MetaField {
  kind: 'meta';
}

export interface Property {
  name: string;
  field: Field;
  description: string;
  /** Must be present in a document; kept by normalisation even when empty. */
  required: boolean;
  /** Must be present in a request body. Differs from `required` only where a default is filled in. */
  requiredInBody: boolean;
  /** Written even when it holds nothing, because that is what the official registry writes. */
  keptWhenEmpty: boolean;
}

export interface Shape {
  /** In the order of the normalised document. */
  properties: readonly Property[];
  /** The same in the order in which faults are reported. */
  alphabetical: readonly Property[];
  byLowerName: ReadonlyMap<string, Property>;
}

type Options = Partial<Pick<Property, 'required' | 'requiredInBody' | 'keptWhenEmpty'>>;

export function property(name: string, field: Field, description: string, options: Options = {}): Property {
  const required = options.required ?? false;
  return {
    name,
    field,
    description,
    required,
    requiredInBody: options.requiredInBody ?? required,
    keptWhenEmpty: options.keptWhenEmpty ?? required,
  };
}

export const required = (name: string, field: Field, description: string): Property =>
  property(name, field, description, { required: true });

export function shape(properties: readonly Property[]): Shape {
  return {
    properties,
    alphabetical: [...properties].sort((a, b) => (a.name < b.name ? -1 : 1)),
    byLowerName: new Map(properties.map((each) => [each.name.toLowerCase(), each])),
  };
}

export const text = (options: Omit<TextField, 'kind'> = {}): TextField => ({ kind: 'text', ...options });
export const pattern = (source: string): TextPattern => ({ source, expression: new RegExp(source) });
export const flag: FlagField = { kind: 'flag' };
export const record = (of: Shape): RecordField => ({ kind: 'record', shape: of });
export const list = (items: TextField | RecordField): ListField => ({ kind: 'list', items });
export const map = (of: Shape): MapField => ({ kind: 'map', values: record(of) });
