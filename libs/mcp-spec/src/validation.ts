import { checkPackage } from './rules/package-rules';
import { checkRemote } from './rules/remote-rules';
import { applyRules, applyToEach } from './rules/rule';
import { schemaAssumedIssue, schemaVersionOf } from './rules/schema-version';
import { iconRules, repositoryRules, serverRules, versionRules } from './rules/server-rules';
import { checkSchema } from './schemas/schema-check';
import type { RuleIssue, ServerJson, SoundServerJson, ValidationResult } from './server-json';

function checkMeaning(document: ServerJson): RuleIssue[] {
  const { repository, packages = [], remotes = [] } = document;
  return [
    ...applyRules(serverRules.name, document, '', undefined),
    ...applyRules(versionRules, document, '', undefined),
    ...(repository ? applyRules(repositoryRules, repository, 'repository', undefined) : []),
    ...applyRules(serverRules.website, document, '', undefined),
    ...applyRules(serverRules.title, document, '', undefined),
    ...applyToEach(iconRules, document.icons, 'icons'),
    ...packages.flatMap((each, index) => checkPackage(each, `packages[${index}]`)),
    ...remotes.flatMap((each, index) => checkRemote(each, `remotes[${index}]`)),
  ];
}

/** What publishing and editing test: the format named by `$schema`, then the meaning. Errors refuse the document, warnings do not. */
export function checkRules(document: ServerJson): RuleIssue[] {
  return [...schemaVersionOf(document.$schema).issues, ...checkMeaning(document)];
}

/** What `/validate` tests: the same as `checkRules`, and in between the JSON Schema of the format which the document names. */
export function validateServerJson({ document, schemaAssumed }: SoundServerJson): ValidationResult {
  const { issues, date } = schemaVersionOf(document.$schema);
  const all = [
    ...(schemaAssumed ? [schemaAssumedIssue] : []),
    ...issues,
    ...(date === undefined ? [] : checkSchema(document, date)),
    ...checkMeaning(document),
  ];
  return { valid: all.every(({ severity }) => severity !== 'error'), issues: all };
}
