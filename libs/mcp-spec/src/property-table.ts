import { flag, list, map, pattern, property, record, required, shape, text, type Property } from './shape';

/**
 * Every object of server.json, property by property, in the order of the normalised document. Limits are those which
 * the official registry puts on the structure of a request body; stricter rules are in `rules/` and `schemas/`.
 */

export const repositoryShape = shape([
  property('url', text({ uri: true }), 'Where the source code can be browsed and cloned.'),
  property('source', text(), 'The service which hosts the code: github or gitlab.'),
  property('id', text(), 'Identifier given by the hosting service; it survives renames of the repository.'),
  property('subfolder', text(), 'Path of the server inside the repository, relative and without dot segments.'),
]);

const ICON_MIME_TYPES = ['image/png', 'image/jpeg', 'image/jpg', 'image/svg+xml', 'image/webp'] as const;

export const iconShape = shape([
  required('src', text({ uri: true, maxLength: 255 }), 'HTTPS address of the image.'),
  property('mimeType', text({ choices: ICON_MIME_TYPES }), 'Media type, where the server of the image does not tell.'),
  property('sizes', list(text()), 'Sizes the image is made for: width x height in pixels, or any.'),
  property('theme', text({ choices: ['light', 'dark'] }), 'Background the image is made for.'),
]);

const inputProperties: readonly Property[] = [
  property('description', text(), 'What the value is for, to be shown to the user.'),
  property('isRequired', flag, 'Whether the server cannot start without the value.'),
  property(
    'format',
    text({ choices: ['string', 'number', 'boolean', 'filepath'] }),
    'Kind of the value. The value itself is always text.',
  ),
  property('value', text(), 'A fixed value; names in {braces} are taken from variables.'),
  property('isSecret', flag, 'Whether the value must be kept from view.'),
  property('default', text(), 'The value when the user gives none.'),
  property('placeholder', text(), 'A hint shown while there is no value.'),
  property('choices', list(text()), 'The only values a user may pick.'),
];

export const inputShape = shape(inputProperties);

const inputWithVariables: readonly Property[] = [
  ...inputProperties,
  property('variables', map(inputShape), 'Inputs by name, for the names in {braces} inside value.'),
];

export const keyValueInputShape = shape([
  ...inputWithVariables,
  required('name', text(), 'Name of the header or environment variable.'),
]);

export const argumentShape = shape([
  ...inputWithVariables,
  required('type', text(), 'positional or named.'),
  property('name', text(), 'The flag of a named argument, with its leading dashes.'),
  property('valueHint', text(), 'A name for a positional argument; may be used in {braces} in the transport URL.'),
  property('isRepeated', flag, 'Whether the argument may be given more than once.'),
]);

export const transportShape = shape([
  required('type', text(), 'stdio, streamable-http or sse. A remote cannot be stdio.'),
  property('url', text(), 'Address of the server; names in {braces} are filled in by the client. Not for stdio.'),
  property('headers', list(record(keyValueInputShape)), 'HTTP headers to send.'),
  property('variables', map(inputShape), 'Inputs by name, for the names in {braces} inside the URL of a remote.'),
]);

export const packageShape = shape([
  required('registryType', text({ minLength: 1 }), 'Kind of package, such as npm, pypi, nuget, oci or mcpb.'),
  property('registryBaseUrl', text({ uri: true }), 'Address of the package registry, where it is not the usual one.'),
  required(
    'identifier',
    text({ minLength: 1 }),
    'Name of the package, reference of the image, or address of the file.',
  ),
  property('version', text({ minLength: 1 }), 'One exact version; neither a range nor the word latest.'),
  property(
    'fileSha256',
    text({ pattern: pattern('^[a-f0-9]{64}$') }),
    'SHA-256 of the file in lower-case hexadecimal.',
  ),
  property('runtimeHint', text(), 'The program that runs the package, such as npx, uvx or docker.'),
  required('transport', record(transportShape), 'How to talk to the server once it runs.'),
  property('runtimeArguments', list(record(argumentShape)), 'Arguments for the program that runs the package.'),
  property('packageArguments', list(record(argumentShape)), 'Arguments for the package itself.'),
  property('environmentVariables', list(record(keyValueInputShape)), 'Environment of the process.'),
]);

export const serverShape = shape([
  property(
    '$schema',
    text({ uri: true, minLength: 1 }),
    'The format this document follows. The current one is assumed when it is missing.',
    {
      required: true,
      requiredInBody: false,
    },
  ),
  required(
    'name',
    text({ minLength: 3, maxLength: 200, pattern: pattern('^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$') }),
    'Namespace in reverse DNS, one slash, and the name of the server.',
  ),
  required('description', text({ minLength: 1, maxLength: 100 }), 'What the server does, in one sentence.'),
  property('title', text({ minLength: 1, maxLength: 100 }), 'Name for display.'),
  property('repository', record(repositoryShape), 'Where the source code lives.', { keptWhenEmpty: true }),
  required('version', text(), 'Version of the server, semantic if possible; neither a range nor the word latest.'),
  property('websiteUrl', text({ uri: true }), 'HTTPS address of the home page.'),
  property('icons', list(record(iconShape)), 'Images for display.'),
  property('packages', list(record(packageShape)), 'Ways to install and run the server.'),
  property('remotes', list(record(transportShape)), 'Addresses at which the server already runs.'),
  property('_meta', { kind: 'meta' }, 'Extensions under reverse-DNS keys.', { keptWhenEmpty: true }),
]);
