const EXCERPT_MAX_LENGTH = 200;

/**
 * A value as a message quotes it: longer ones are cut, so that a small request cannot ask for a large reply. Counted in
 * code points, which never cuts a surrogate pair in two, and without a look at the part that is cut off.
 */
export function excerpt(text: string): string {
  if (text.length <= EXCERPT_MAX_LENGTH) return text;
  const start = [...text.slice(0, 2 * EXCERPT_MAX_LENGTH + 1)];
  return start.length <= EXCERPT_MAX_LENGTH ? text : `${start.slice(0, EXCERPT_MAX_LENGTH).join('')}…`;
}
