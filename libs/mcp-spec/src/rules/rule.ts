import type { RuleIssue } from '../server-json';

/** One row of a table of rules. The first argument is the object under test, the second what it may refer to. */
export interface Rule<T, C = undefined> {
  reference: string;
  /** Property at fault, relative to the object under test. */
  field: string;
  /** The message when the rule is broken. */
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

/** Applies every row, in the order of the table. */
export function applyRules<T, C>(rules: readonly Rule<T, C>[], subject: T, path: string, context: C): RuleIssue[] {
  const issues: RuleIssue[] = [];
  for (const rule of rules) {
    const message = rule.broken(subject, context);
    if (message !== undefined) issues.push(semanticError(joined(path, rule.field), message, rule.reference));
  }
  return issues;
}

/** Applies a table to each member of a list which may be absent. */
export function applyToEach<T>(
  rules: readonly Rule<T>[],
  subjects: readonly T[] | undefined,
  path: string,
): RuleIssue[] {
  return (subjects ?? []).flatMap((subject, index) => applyRules(rules, subject, `${path}[${index}]`, undefined));
}
