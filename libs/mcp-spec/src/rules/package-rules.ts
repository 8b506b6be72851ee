import { excerpt } from '../excerpt';
import type { Argument, Package, RuleIssue, Transport } from '../server-json';
import { applyRules, applyToEach, type Rule } from './rule';
import { versionRules } from './server-rules';
import { isWebTransport, templateFault } from './url-template';

const isNamed = ({ type }: Argument): boolean => type === 'named';
const NOT_IN_ARGUMENT_NAME = /[<> $]/;

/** An argument without a name makes any value fail, since every text starts with the empty one. */
function startsWithName(argument: Argument, field: 'value' | 'default'): string | undefined {
  const { name = '', [field]: text } = argument;
  if (!isNamed(argument) || text === undefined || !text.startsWith(name)) return undefined;
  return `argument ${field} cannot start with the argument name: ${field} starts with argument name '${excerpt(name)}': ${excerpt(text)}`;
}

const argumentRules: readonly Rule<Argument>[] = [
  {
    reference: 'named-argument-name-required',
    field: 'name',
    broken: (argument) =>
      isNamed(argument) && argument.name === undefined ? 'named argument name is required' : undefined,
  },
  {
    reference: 'invalid-named-argument-name',
    field: 'name',
    broken: (argument) =>
      isNamed(argument) && NOT_IN_ARGUMENT_NAME.test(argument.name ?? '')
        ? `invalid named argument name format: ${excerpt(argument.name ?? '')}`
        : undefined,
  },
  {
    reference: 'argument-value-starts-with-name',
    field: 'value',
    broken: (argument) => startsWithName(argument, 'value'),
  },
  {
    reference: 'argument-default-starts-with-name',
    field: 'default',
    broken: (argument) => startsWithName(argument, 'default'),
  },
];

const identifierRules: readonly Rule<Package>[] = [
  {
    reference: 'package-name-has-spaces',
    field: 'identifier',
    broken: ({ identifier }) => (identifier.includes(' ') ? 'package name cannot contain spaces' : undefined),
  },
];

/** The context is the list of names which templates in the URL may refer to. */
const packageTransportRules: readonly Rule<Transport, readonly string[]>[] = [
  {
    reference: 'stdio-transport-url-not-empty',
    field: 'url',
    broken: ({ type, url }) =>
      type === 'stdio' && url !== undefined
        ? `url must be empty for stdio transport type, got: ${excerpt(url)}`
        : undefined,
  },
  {
    reference: 'streamable-transport-url-required',
    field: 'url',
    broken: ({ type, url }) =>
      isWebTransport(type) && url === undefined ? `url is required for ${type} transport type` : undefined,
  },
  {
    reference: 'invalid-templated-url',
    field: 'url',
    broken: ({ type, url }, available) =>
      isWebTransport(type) && url !== undefined
        ? templateFault('invalid package transport URL', url, available)
        : undefined,
  },
  {
    reference: 'unsupported-transport-type',
    field: 'type',
    broken: ({ type }) =>
      type !== 'stdio' && !isWebTransport(type) ? `unsupported transport type: ${excerpt(type)}` : undefined,
  },
];

function availableNames(subject: Package): string[] {
  const environment = (subject.environmentVariables ?? []).map(({ name }) => name);
  const argumentNames = [...(subject.runtimeArguments ?? []), ...(subject.packageArguments ?? [])]
    .flatMap(({ name, valueHint }) => [name, valueHint])
    .filter((name) => name !== undefined);
  return [...environment, ...argumentNames];
}

export function* checkPackage(subject: Package, path: string): Generator<RuleIssue> {
  yield* applyRules(identifierRules, subject, path, undefined);
  yield* applyRules(versionRules, subject, path, undefined);
  yield* applyToEach(argumentRules, subject.runtimeArguments, `${path}.runtimeArguments`);
  yield* applyToEach(argumentRules, subject.packageArguments, `${path}.packageArguments`);
  yield* applyRules(packageTransportRules, subject.transport, `${path}.transport`, availableNames(subject));
}
