import { excerpt } from '../excerpt';
import type { RuleIssue, Transport } from '../server-json';
import { applyRules, type Rule } from './rule';
import { isRemoteUrl, isWebTransport, templateFault } from './url-template';

/** A remote without URL breaks two rows: the official registry tests the empty text as a template as well. */
const remoteRules: readonly Rule<Transport>[] = [
  {
    reference: 'remote-transport-url-required',
    field: 'url',
    broken: ({ type, url }) =>
      isWebTransport(type) && url === undefined ? `url is required for ${type} transport type` : undefined,
  },
  {
    reference: 'invalid-remote-url',
    field: 'url',
    broken: ({ type, url }) =>
      isWebTransport(type) && url !== undefined && !isRemoteUrl(url)
        ? `invalid remote URL: ${excerpt(url)}`
        : undefined,
  },
  {
    reference: 'invalid-templated-url',
    field: 'url',
    broken: ({ type, url = '', variables = {} }) =>
      isWebTransport(type)
        ? templateFault(
            'invalid remote URL',
            url,
            Object.keys(variables).filter((name) => name !== ''),
          )
        : undefined,
  },
  {
    reference: 'unsupported-remote-transport-type',
    field: 'type',
    broken: ({ type }) =>
      isWebTransport(type)
        ? undefined
        : `unsupported transport type for remotes: ${excerpt(type)} (only streamable-http and sse are supported)`,
  },
];

export const checkRemote = (subject: Transport, path: string): Generator<RuleIssue> =>
  applyRules(remoteRules, subject, path, undefined);
