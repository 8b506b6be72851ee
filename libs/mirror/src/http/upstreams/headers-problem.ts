const HEADERS_MAX = 20;
const NAME_LENGTH_MAX = 100;
const VALUE_LENGTH_MAX = 4_000;
// A token of RFC 9110.
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;
/** Of the connection and of how a message is framed on it: that is between the platform and the upstream. */
const OF_THE_CONNECTION = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Why headers cannot be sent to an upstream; null when they can. Their values are not in it. */
export function headersProblem(headers: Readonly<Record<string, unknown>>): string | null {
  const entries = Object.entries(headers);
  if (entries.length > HEADERS_MAX) return `must be no more than ${HEADERS_MAX}`;
  const seen = new Set<string>();
  for (const [name, value] of entries) {
    const problem = nameProblem(name, seen) ?? valueProblem(value);
    if (problem !== null) return `[${name.slice(0, NAME_LENGTH_MAX)}]: ${problem}`;
    seen.add(name.toLowerCase());
  }
  return null;
}

function nameProblem(name: string, seen: ReadonlySet<string>): string | null {
  const lowercase = name.toLowerCase();
  if (!NAME.test(name) || name.length > NAME_LENGTH_MAX)
    return `the name must be a header name of 1 to ${NAME_LENGTH_MAX} characters`;
  if (OF_THE_CONNECTION.has(lowercase) || lowercase.startsWith('proxy-')) return 'this header is set by the platform';
  return seen.has(lowercase) ? 'the name is given twice; upper and lower case make no difference' : null;
}

function valueProblem(value: unknown): string | null {
  return typeof value === 'string' && VALUE.test(value) && value.length <= VALUE_LENGTH_MAX
    ? null
    : `the value must be text of 1 to ${VALUE_LENGTH_MAX} printable ASCII characters without spaces at its ends`;
}
