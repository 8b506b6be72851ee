import { runeCount } from './go-text';
import { parseGoUrl } from './go-url';
import { readMetaBlock, sortedEntries } from './meta-block';
import type { JsonObject, JsonValue } from './server-json';
import type { Field, Property, Shape, TextField } from './shape';
import type { StructuralIssues } from './structural-issue';

/**
 * Reads one value by its field. Returns the normalised value, or undefined when there is nothing to keep; faults go to
 * `issues`, with the wording of the official registry. Recursion is bounded by the depth of the shapes, not by the body.
 */
function readField(field: Field, raw: unknown, location: string, issues: StructuralIssues): JsonValue | undefined {
  switch (field.kind) {
    case 'text':
      return readText(field, raw, location, issues);
    case 'flag':
      if (typeof raw === 'boolean') return raw;
      issues.add(location, 'expected boolean', raw);
      return undefined;
    case 'list':
      return readList(field.items, raw, location, issues);
    case 'record':
    case 'map':
    case 'meta':
      if (!isObject(raw)) {
        issues.add(location, 'expected object', raw);
        return undefined;
      }
      if (field.kind === 'record') return readRecord(field.shape, raw, location, issues);
      if (field.kind === 'meta') return readMetaBlock(raw, location, issues);
      return readMap(field.values, raw, location, issues);
  }
}

const isObject = (raw: unknown): raw is object => typeof raw === 'object' && raw !== null && !Array.isArray(raw);

interface TextRule {
  faultOf(field: TextField, value: string): string | undefined;
}

const textRules: readonly TextRule[] = [
  {
    faultOf: ({ minLength }, value) =>
      minLength !== undefined && runeCount(value) < minLength ? `expected length >= ${minLength}` : undefined,
  },
  {
    faultOf: ({ maxLength }, value) =>
      maxLength !== undefined && runeCount(value) > maxLength ? `expected length <= ${maxLength}` : undefined,
  },
  {
    faultOf: ({ pattern }, value) =>
      pattern && !pattern.expression.test(value) ? `expected string to match pattern ${pattern.source}` : undefined,
  },
  {
    faultOf({ uri }, value) {
      if (uri !== true) return undefined;
      const parsed = parseGoUrl(value);
      return parsed.ok ? undefined : `expected string to be RFC 3986 uri: ${parsed.error}`;
    },
  },
  {
    faultOf: ({ choices }, value) =>
      choices && !choices.includes(value) ? `expected value to be one of "${choices.join(', ')}"` : undefined,
  },
];

function readText(field: TextField, raw: unknown, location: string, issues: StructuralIssues): string | undefined {
  if (typeof raw !== 'string') {
    issues.add(location, 'expected string', raw);
    return undefined;
  }
  for (const rule of textRules) {
    const fault = rule.faultOf(field, raw);
    if (fault !== undefined) issues.add(location, fault, raw);
  }
  return raw;
}

function readList(items: Field, raw: unknown, location: string, issues: StructuralIssues): JsonValue[] | undefined {
  if (!Array.isArray(raw)) {
    issues.add(location, 'expected array', raw);
    return undefined;
  }
  const kept: JsonValue[] = [];
  for (const [index, item] of (raw as unknown[]).entries()) {
    if (issues.isFull) break;
    const value = readField(items, item, `${location}[${index}]`, issues);
    if (value !== undefined) kept.push(value);
  }
  return kept;
}

function readMap(values: Field, raw: object, location: string, issues: StructuralIssues): JsonObject {
  const kept: [string, JsonValue][] = [];
  for (const [key, item] of Object.entries(raw)) {
    if (issues.isFull) break;
    const value = readField(values, item, `${location}.${key}`, issues);
    if (value !== undefined) kept.push([key, value]);
  }
  return sortedEntries(kept);
}

/** Members by canonical name. An exact name wins over one in other letter case; of two such the last wins. */
function membersOf(shape: Shape, raw: object): { known: Map<string, unknown>; unexpected: string[] } {
  const known = new Map<string, unknown>();
  const exact = new Set<string>();
  const unexpected: string[] = [];
  for (const [key, value] of Object.entries(raw) as [string, unknown][]) {
    const name = shape.byLowerName.get(key.toLowerCase())?.name;
    if (name === undefined) unexpected.push(key);
    else if (key === name || !exact.has(name)) known.set(name, value);
    if (key === name) exact.add(name);
  }
  return { known, unexpected };
}

/** Reads an object of a known shape into an object with canonical names in canonical order. */
export function readRecord(shape: Shape, raw: object, location: string, issues: StructuralIssues): JsonObject {
  const { known, unexpected } = membersOf(shape, raw);
  const values = new Map<string, JsonValue>();
  for (const property of shape.alphabetical) {
    const { name, field } = property;
    const value = known.get(name);
    if (!known.has(name)) {
      if (property.requiredInBody) issues.add(location, `expected required property ${name} to be present`, raw);
    } else if (value !== null || property.requiredInBody) {
      const kept = readField(field, value, `${location}.${name}`, issues);
      if (kept !== undefined && isWorthKeeping(property, kept)) values.set(name, kept);
    }
  }
  for (const key of unexpected) {
    if (issues.isFull) break;
    issues.add(`${location}.${key}`, 'unexpected property', raw);
  }
  return inOrder(shape, values);
}

function isWorthKeeping(property: Property, value: JsonValue): boolean {
  if (property.keptWhenEmpty) return true;
  if (value === '' || value === false) return false;
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0;
}

function inOrder(shape: Shape, values: ReadonlyMap<string, JsonValue>): JsonObject {
  const ordered: JsonObject = {};
  for (const { name } of shape.properties) {
    const value = values.get(name);
    if (value !== undefined) ordered[name] = value;
  }
  return ordered;
}
