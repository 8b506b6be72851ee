import { checkPackage } from './rules/package-rules';
import { checkRemote } from './rules/remote-rules';
import { applyRules, applyToEach } from './rules/rule';
import { schemaAssumedIssue, schemaVersionOf } from './rules/schema-version';
import { iconRules, repositoryRules, serverRules, versionRules } from './rules/server-rules';
import { checkSchema } from './schemas/schema-check';
import type { RuleIssue, ServerJson, SoundServerJson, ValidationResult } from './server-json';

/** A document with more findings than this is answered with the first ones only. */
const ISSUES_MAX = 1000;

const isError = ({ severity }: RuleIssue): boolean => severity === 'error';

function* checkMeaning(document: ServerJson): Generator<RuleIssue> {
  const { repository, packages = [], remotes = [] } = document;
  yield* applyRules(serverRules.name, document, '', undefined);
  yield* applyRules(versionRules, document, '', undefined);
  if (repository) yield* applyRules(repositoryRules, repository, 'repository', undefined);
  yield* applyRules(serverRules.website, document, '', undefined);
  yield* applyRules(serverRules.title, document, '', undefined);
  yield* applyToEach(iconRules, document.icons, 'icons');
  for (const [index, each] of packages.entries()) yield* checkPackage(each, `packages[${index}]`);
  for (const [index, each] of remotes.entries()) yield* checkRemote(each, `remotes[${index}]`);
}

function* checkFormatAndMeaning(document: ServerJson): Generator<RuleIssue> {
  yield* schemaVersionOf(document.$schema).issues;
  yield* checkMeaning(document);
}

function* checkAll({ document, schemaAssumed }: SoundServerJson): Generator<RuleIssue> {
  if (schemaAssumed) yield schemaAssumedIssue;
  const { issues, date } = schemaVersionOf(document.$schema);
  yield* issues;
  if (date !== undefined) yield* checkSchema(document, date);
  yield* checkMeaning(document);
}

/** Takes issues up to the one that settles the matter. The checks behind those not taken never run. */
function takenUntil(issues: Iterable<RuleIssue>, isLast: (issue: RuleIssue, count: number) => boolean): RuleIssue[] {
  const taken: RuleIssue[] = [];
  for (const issue of issues) {
    taken.push(issue);
    if (isLast(issue, taken.length)) break;
  }
  return taken;
}

/**
 * What publishing and editing test: the format named by `$schema`, then the meaning. Errors refuse the document,
 * warnings do not; so the issues end with the first error, which nothing after it can undo.
 */
export function checkRules(document: ServerJson): RuleIssue[] {
  return takenUntil(checkFormatAndMeaning(document), isError);
}

/**
 * What `/validate` tests: all that `checkRules` looks for, and in between the JSON Schema of the format which the
 * document names. There are only a few warnings and they come first, so an issue left out never decides on `valid`.
 */
export function validateServerJson(sound: SoundServerJson): ValidationResult {
  const issues = takenUntil(checkAll(sound), (_issue, count) => count === ISSUES_MAX);
  return { valid: !issues.some(isError), issues };
}
