import { compareBytewise } from './go-text';
import { OFFICIAL_META_KEY, PUBLISHER_META_KEY, type JsonObject, type JsonValue } from './server-json';
import type { StructuralIssues } from './structural-issue';

const META_KEY_MAX_LENGTH = 255;
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const NAME = '[a-zA-Z0-9](?:[a-zA-Z0-9._-]*[a-zA-Z0-9])?';
const REVERSE_DNS_KEY = new RegExp(`^${LABEL}(?:\\.${LABEL})+/${NAME}$`);

/** The key under which a member of `_meta` is stored, or undefined when it may not be there. */
function canonicalKey(key: string): string | undefined {
  if (key.length > META_KEY_MAX_LENGTH || !REVERSE_DNS_KEY.test(key)) return undefined;
  const lower = key.toLowerCase();
  if (lower === OFFICIAL_META_KEY) return undefined;
  return lower === PUBLISHER_META_KEY ? PUBLISHER_META_KEY : key;
}

/** Sorted at every level, as Go writes maps: equal extensions then have equal text, whoever wrote them. */
function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return sortedEntries(Object.entries(value).map(([key, member]) => [key, sorted(member)]));
}

/** Through `fromEntries`, which defines properties: assigning to `__proto__` would lose the member. */
export function sortedEntries<T>(entries: [key: string, member: T][]): Record<string, T> {
  return Object.fromEntries(entries.sort(([a], [b]) => compareBytewise(a, b)));
}

/**
 * Reads the `_meta` of a request body. Extensions are kept verbatim, with whatever is empty inside them; only the
 * publisher's own block is sorted, and dropped when it holds nothing.
 */
export function readMetaBlock(raw: object, location: string, issues: StructuralIssues): JsonObject {
  const kept = new Map<string, JsonValue>();
  for (const [key, value] of Object.entries(raw) as [string, JsonValue][]) {
    const canonical = canonicalKey(key);
    if (canonical === undefined) {
      issues.add(`${location}.${key}`, 'unexpected property', raw);
    } else if (canonical !== PUBLISHER_META_KEY) {
      kept.set(key, value);
    } else if (value !== null && (key === canonical || !Object.hasOwn(raw, canonical))) {
      if (typeof value === 'object' && !Array.isArray(value)) kept.set(canonical, sorted(value));
      else issues.add(`${location}.${canonical}`, 'expected object', value);
    }
  }
  const publisher = kept.get(PUBLISHER_META_KEY);
  if (publisher !== undefined && Object.keys(publisher as object).length === 0) kept.delete(PUBLISHER_META_KEY);
  return sortedEntries([...kept]);
}
