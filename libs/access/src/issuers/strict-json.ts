const DEPTH_MAX = 32;
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs;

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
  refuseRepeatedNames(text);
  return value;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param text of which JSON.parse has said that it is JSON */
function refuseRepeatedNames(text: string): void {
  const open: Set<string>[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const name = JSON.parse(last) as string;
      const names = open.at(-1);
      if (names?.has(name) === true || name === '__proto__') throw new Error('a name of an object is not acceptable');
      names?.add(name);
    }
    if (open.length > DEPTH_MAX) throw new Error('nested too deep');
    last = token;
  }
}
