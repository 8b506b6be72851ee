/**
 * Text primitives with the meaning they have in Go. Messages and limits of the official registry come from there, and
 * JavaScript's own versions differ in details (UTF-16 lengths and order, U+FEFF as a space, escapes).
 */

const GO_ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);
const INVISIBLE = /[\p{C}\p{Z}]/u;
const WHITE_SPACE = /\p{White_Space}/u;

const hex = (codePoint: number, width: number): string => codePoint.toString(16).padStart(width, '0');

function quotedCharacter(character: string): string {
  const codePoint = character.codePointAt(0) ?? 0;
  const escape = GO_ESCAPES.get(codePoint);
  if (escape !== undefined) return escape;
  if (codePoint < 0x20 || codePoint === 0x7f) return `\\x${hex(codePoint, 2)}`;
  if (codePoint < 0x7f || !INVISIBLE.test(character)) return character;
  return codePoint > 0xffff ? `\\U${hex(codePoint, 8)}` : `\\u${hex(codePoint, 4)}`;
}

/** `%q`: the string between double quotes, with what cannot be seen escaped. */
export function goQuoted(text: string): string {
  let quoted = '"';
  for (const character of text) quoted += quotedCharacter(character);
  return `${quoted}"`;
}

/** `strings.TrimSpace`. A loop, because a regular expression anchored at the end is quadratic on long runs of spaces. */
export function goTrimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && WHITE_SPACE.test(text.charAt(start))) start += 1;
  while (end > start && WHITE_SPACE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** `utf8.RuneCountInString` of well-formed text. */
export function runeCount(text: string): number {
  let pairs = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xd800 && unit < 0xdc00) pairs += 1;
  }
  return text.length - pairs;
}

/** Order of the UTF-8 bytes, in which Go emits the keys of a map. Equals code point order, not UTF-16 order. */
export function compareBytewise(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return sortWeight(left) - sortWeight(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above U+FFFF, so they sort after every other unit. */
const sortWeight = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);
