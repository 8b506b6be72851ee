import { repeatedName } from '@portolan/kernel';

const DEPTH_MAX = 32;

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * A JSON object in which no name stands twice, for parsers differ in which of the two they take.
 *
 * @throws Error also when the bytes are no UTF-8, or nested deeper than 32 levels
 */
export function parseStrictObject(bytes: Uint8Array): JsonObject {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error('not a JSON object');
  refuseOddNames(value, 1);
  if (repeatedName(text) !== null) throw new Error('a name stands twice in an object');
  return value;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuseOddNames(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > DEPTH_MAX) throw new Error('nested too deep');
  for (const [name, inner] of Object.entries(value)) {
    if (name === '__proto__') throw new Error('a name of an object is not acceptable');
    refuseOddNames(inner, depth + 1);
  }
}
