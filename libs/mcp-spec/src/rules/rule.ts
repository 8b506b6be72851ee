import type { RuleIssue } from '../server-json';

/** One row of a table of rules. The first argument is the object under test, the second what it may refer to. */
export interface Rule<T, C = undefined> {
  reference: string;
  /** Property at fault, relative to the object under test. */
  field: string;
  /** The message when the rule is broken. What it quotes from the document goes through `excerpt`. */
  broken(subject: T, context: C): string | undefined;
}

const semanticError = (path: string, message: string, reference: string): RuleIssue => ({
  type: 'semantic',
  path,
  message,
  severity: 'error',
  reference,
});

const joined = (base: string, field: string): string => {
  if (base === '' || field === '') return base + field;
  return `${base}.${field}`;
};

/** Applies the rows in the order of the table. Each runs when its turn is asked for: who has heard enough stops the work. */
export function* applyRules<T, C>(
  rules: readonly Rule<T, C>[],
  subject: T,
  path: string,
  context: C,
): Generator<RuleIssue> {
  for (const rule of rules) {
    const message = rule.broken(subject, context);
    if (message !== undefined) yield semanticError(joined(path, rule.field), message, rule.reference);
  }
}

/** Applies a table to each member of a list which may be absent. */
export function* applyToEach<T>(
  rules: readonly Rule<T>[],
  subjects: readonly T[] = [],
  path: string,
): Generator<RuleIssue> {
  for (const [index, subject] of subjects.entries()) yield* applyRules(rules, subject, `${path}[${index}]`, undefined);
}
