import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { excerpt } from '../excerpt';
import { runeCount } from '../go-text';
import { parseGoUrl } from '../go-url';
import type { RuleIssue, ServerJson } from '../server-json';
import { serverJsonSchema } from './schema-definitions';
import { SCHEMA_FEATURES, type SchemaDate, type SchemaFeatures } from './schema-features';

/** Absolute by Go's reading. Not the `uri` format of ajv-formats: that one refuses what the official registry accepts. */
function isAbsoluteUri(text: string): boolean {
  const parsed = parseGoUrl(text);
  return parsed.ok && parsed.url.scheme !== '';
}

const ROOT = 'server';

interface CompiledSchema {
  /** Validator of one definition, or of a schema inside one. */
  validatorOf(definition: string): ValidateFunction;
  /** Where each object of the schema stands in it: ajv itself gives a path relative to whatever it compiled apart. */
  pointers: ReadonlyMap<unknown, string>;
}

function pointersOf(node: unknown, pointer: string, into: Map<unknown, string>): Map<unknown, string> {
  if (typeof node !== 'object' || node === null || into.has(node)) return into;
  into.set(node, pointer);
  for (const [key, member] of Object.entries(node)) pointersOf(member, `${pointer}/${key}`, into);
  return into;
}

const compiled = new Map<SchemaDate, CompiledSchema>();

function compiledSchemaOf(date: SchemaDate): CompiledSchema {
  const known = compiled.get(date);
  if (known) return known;
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, strictRequired: false });
  ajv.addFormat('uri', isAbsoluteUri);
  const schema = serverJsonSchema(SCHEMA_FEATURES[date]);
  ajv.addSchema(schema, ROOT);
  const fresh: CompiledSchema = {
    validatorOf(definition) {
      const validator = ajv.getSchema(`${ROOT}#/definitions/${definition}`);
      if (!validator) throw new Error(`The schema of ${date} has no definition ${definition}`);
      return validator;
    },
    pointers: pointersOf(schema, '#', new Map()),
  };
  compiled.set(date, fresh);
  return fresh;
}

interface Part {
  definition: string;
  path: string;
  subject: unknown;
}

function* partsOfList(definition: string, path: string, subjects: readonly unknown[] = []): Generator<Part> {
  for (const [index, subject] of subjects.entries()) yield { definition, path: `${path}[${index}]`, subject };
}

/**
 * The document in pieces, each with few findings: ajv joins the findings of nested schemas by copying all that came
 * before, so one list with many faults would take quadratic time.
 */
function* partsOf({ icons, packages, remotes, ...server }: ServerJson, { display }: SchemaFeatures): Generator<Part> {
  yield { definition: 'ServerDetail', path: '', subject: server };
  for (const [index, { sizes, ...rest }] of display ? (icons ?? []).entries() : []) {
    const path = `icons[${index}]`;
    yield { definition: 'Icon', path, subject: rest };
    yield* partsOfList('Icon/properties/sizes/items', `${path}.sizes`, sizes);
  }
  for (const [index, { runtimeArguments, packageArguments, ...rest }] of (packages ?? []).entries()) {
    const path = `packages[${index}]`;
    yield { definition: 'Package', path, subject: rest };
    yield* partsOfList('Argument', `${path}.runtimeArguments`, runtimeArguments);
    yield* partsOfList('Argument', `${path}.packageArguments`, packageArguments);
  }
  yield* partsOfList('RemoteTransport', 'remotes', remotes);
}

interface Step {
  key: string;
  isIndex: boolean;
}

/** Steps of a JSON pointer. Whether a step is an index depends on the document: a variable may be called `0`. */
function stepsOf(pointer: string, document: unknown): Step[] {
  let at: unknown = document;
  return pointer
    .split('/')
    .slice(1)
    .map((token) => {
      const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
      const isIndex = Array.isArray(at);
      at = (at as Record<string, unknown>)[key];
      return { key, isIndex };
    });
}

function pathOf(pointer: string, { path: base, subject }: Part): string {
  return stepsOf(pointer, subject).reduce((path, { key, isIndex }) => {
    if (isIndex) return `${path}[${key}]`;
    return path === '' ? key : `${path}.${key}`;
  }, base);
}

const quoted = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ');
const lengthOf = ({ data }: ErrorObject): number => runeCount(String(data));

/** One row per keyword that the schemas use. Keywords without a row only wrap the findings of others. */
const messages: ReadonlyMap<string, (error: ErrorObject) => string> = new Map<string, (error: ErrorObject) => string>([
  ['required', ({ params }) => `missing required fields: '${String(params.missingProperty)}'`],
  ['type', ({ params, data }) => `expected ${String(params.type)}, but got ${jsonTypeOf(data)}`],
  ['minLength', (error) => `length must be >= ${String(error.params.limit)}, but got ${lengthOf(error)}`],
  ['maxLength', (error) => `length must be <= ${String(error.params.limit)}, but got ${lengthOf(error)}`],
  ['pattern', ({ params }) => `does not match pattern '${String(params.pattern)}'`],
  ['format', ({ params, data }) => `'${excerpt(String(data))}' has invalid format '${String(params.format)}'`],
  ['not', () => 'not failed'],
  [
    'enum',
    ({ params }) => {
      const allowed = params.allowedValues as unknown[];
      return allowed.length === 1 ? `value must be ${quoted(allowed)}` : `value must be one of ${quoted(allowed)}`;
    },
  ],
]);

function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

interface Finding {
  reference: string;
  error: ErrorObject;
}

/** All that is missing from one object is one finding, as the official registry writes it. */
function missingTogether(findings: readonly Finding[]): Finding[] {
  const merged: Finding[] = [];
  const missing = new Map<string, ErrorObject>();
  for (const finding of findings) {
    const { error, reference } = finding;
    const place = `${error.instancePath} ${reference}`;
    const earlier = error.keyword === 'required' ? missing.get(place) : undefined;
    if (earlier) {
      earlier.params.missingProperty = `${String(earlier.params.missingProperty)}', '${String(error.params.missingProperty)}`;
      continue;
    }
    if (error.keyword === 'required') missing.set(place, error);
    merged.push(finding);
  }
  return merged;
}

function checkPart(part: Part, schema: CompiledSchema): RuleIssue[] {
  const validate = schema.validatorOf(part.definition);
  if (validate(part.subject)) return [];
  const findings = (validate.errors ?? []).map((error) => ({
    error,
    reference: `${schema.pointers.get(error.parentSchema) ?? '#'}/${error.keyword}`,
  }));
  return missingTogether(findings).flatMap(({ error, reference }): RuleIssue[] => {
    const message = messages.get(error.keyword)?.(error);
    if (message === undefined) return [];
    return [{ type: 'schema', path: pathOf(error.instancePath, part), message, severity: 'error', reference }];
  });
}

/**
 * Checks a normalised document against the JSON Schema of a date, piece by piece as the issues are asked for.
 * @returns issues of type `schema`, all of them errors, in the order of the document
 */
export function* checkSchema(document: ServerJson, date: SchemaDate): Generator<RuleIssue> {
  const schema = compiledSchemaOf(date);
  for (const part of partsOf(document, SCHEMA_FEATURES[date])) yield* checkPart(part, schema);
}
