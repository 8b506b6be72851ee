import { invalidParameter, type InvalidParameter } from '@portolan/kernel';

const DEFAULT_RETURN_TO = '/docs';
const RETURN_TO_MAX = 2_000;
// Browsers take `\` for `/` and drop control characters: `//` and `/\` lead to other sites.
const OWN_PATH = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/;

/**
 * Where a browser goes after it has signed in: a path of ours.
 *
 * @throws AppError invalid_parameters
 */
export function returnTo(text: string | undefined, source: InvalidParameter['source'] = 'query'): string {
  if (text === undefined) return DEFAULT_RETURN_TO;
  if (text.length <= RETURN_TO_MAX && OWN_PATH.test(text)) return text;
  throw invalidParameter({
    field: 'return_to',
    rule: 'matches_regex',
    maximum: RETURN_TO_MAX,
    reason: `return_to must be a path that begins with one slash, of at most ${RETURN_TO_MAX} characters`,
    source,
  });
}
