/** Words that many names of every registry hold: their lists in an index are long, and lead nowhere. */
const EVERYDAY: ReadonlySet<string> = new Set(['ai', 'com', 'dev', 'github', 'io', 'mcp', 'org', 'server', 'smithery']);
const WORDS = /[\p{L}\p{N}]+/gu;

/**
 * The part of a search text that an index is asked for: without the everyday words at its ends, unless it has no others. All
 * names that hold the text hold this part of it.
 */
export function rarePart(text: string): string {
  const words = [...text.matchAll(WORDS)].map(({ 0: word, index }) => ({ word, index, end: index + word.length }));
  const first = words.findIndex(({ word }) => !EVERYDAY.has(word));
  if (first < 0) return text;
  const last = words.findLastIndex(({ word }) => !EVERYDAY.has(word));
  // Separators stay: they say that a word begins or ends there.
  return text.slice(words[first - 1]?.end ?? 0, words[last + 1]?.index ?? text.length);
}
