import { createHash } from 'node:crypto';

/** SQL text with numbered parameters. Values never become text. */
export interface Sql {
  readonly text: string;
  readonly values: readonly unknown[];
}

class Fragment {
  constructor(
    readonly strings: readonly string[],
    readonly values: readonly unknown[],
  ) {}
}

export type SqlFragment = Fragment;

/** A tagged template: each value becomes a parameter, each nested fragment becomes part of the text. */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): SqlFragment {
  return new Fragment(strings, values);
}

/** Text that is a constant of the code, such as a column of a table of allowed columns. Never input. */
export function constant(text: string): SqlFragment {
  return new Fragment([text], []);
}

export function join(fragments: readonly SqlFragment[], separator: string): SqlFragment {
  if (fragments.length === 0) return constant('');
  return new Fragment(['', ...fragments.slice(1).map(() => separator), ''], fragments);
}

export function toSql(fragment: SqlFragment): Sql {
  const values: unknown[] = [];
  return { text: render(fragment, values), values };
}

function render(fragment: SqlFragment, values: unknown[]): string {
  return fragment.strings.reduce((text, part, index) => {
    const value = fragment.values[index - 1];
    if (value instanceof Fragment) return text + render(value, values) + part;
    values.push(value);
    return `${text}$${values.length}${part}`;
  });
}

const names = new Map<string, string>();

/** The statement as one that a connection prepares once, under a name made of its text. */
export function preparedOf(fragment: SqlFragment): { name: string; text: string; values: unknown[] } {
  const { text, values } = toSql(fragment);
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = createHash('sha256').update(text).digest('base64url').slice(0, 24)));
  return { name, text, values: [...values] };
}
