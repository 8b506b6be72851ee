import { goTrimmed } from '../go-text';

const SPACE = '[\\t\\n\\f\\r ]';
const VERSION = 'v?[0-9]+(?:\\.[0-9]+){0,3}(?:-[0-9A-Za-z.-]+)?';
const WILDCARD_PART = '(?:[0-9]+|x|X|\\*)';

const COMPARATOR = new RegExp(`^(?:\\^|~|>=|<=|>|<|=)${SPACE}*${VERSION}$`);
const HYPHEN = new RegExp(`^${VERSION}${SPACE}-${SPACE}*${VERSION}$`);
const ALTERNATIVE = new RegExp(`^${VERSION}$`);
const DOTTED = new RegExp(`^(?:v?[0-9]+|x|X|\\*)(?:\\.${WILDCARD_PART}){1,2}(?:-[0-9A-Za-z.-]+)?$`);
const WILDCARD = /[xX*]/;
const EDGE_SPACES = new RegExp(`^${SPACE}+`);

/** Split by hand: a repeated group over a long text can exhaust the stack of the regular expression engine. */
function isAlternatives(text: string): boolean {
  if (!text.includes('||')) return false;
  return text.split('||').every((piece, index) => {
    const started = index === 0 ? piece : piece.replace(EDGE_SPACES, '');
    return ALTERNATIVE.test(withoutTrailingSpaces(started));
  });
}

function withoutTrailingSpaces(text: string): string {
  let end = text.length;
  while (end > 0 && '\t\n\f\r '.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/**
 * Whether a version reads like a range instead of one version: `^1.2.3`, `>=1`, `1.0 - 2.0`, `1 || 2`, `1.2.x`.
 * Any x in a dotted version counts, even in its prerelease (`1.0.0-next`); a bare `*` or `x` does not.
 */
export function looksLikeRange(version: string): boolean {
  const text = goTrimmed(version);
  if (COMPARATOR.test(text) || HYPHEN.test(text) || isAlternatives(text)) return true;
  return DOTTED.test(text) && WILDCARD.test(text);
}
