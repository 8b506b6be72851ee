import { excerpt } from '../excerpt';
import { goQuoted, goTrimmed } from '../go-text';
import { parseGoUrl, type GoUrl } from '../go-url';
import type { Icon, Repository, ServerJson } from '../server-json';
import type { Rule } from './rule';
import { looksLikeRange } from './version-range';

const NAMESPACE = /^[a-zA-Z0-9][a-zA-Z0-9.-]*[a-zA-Z0-9]$/;
const NAME_PART = /^[a-zA-Z0-9][a-zA-Z0-9._-]*[a-zA-Z0-9]$/;
const NAME_FORMAT = "server name must be in format 'dns-namespace/name'";

function nameFault(name: string): string | undefined {
  if (name === '') return 'server name is required and must be a string';
  const [namespace = '', part, ...more] = name.split('/');
  if (part === undefined) return `${NAME_FORMAT} (e.g., 'com.example.api/server')`;
  if (more.length > 0) return 'server name cannot contain multiple slashes';
  if (namespace === '' || part === '') return `${NAME_FORMAT} with non-empty namespace and name parts`;
  if (!NAMESPACE.test(namespace)) {
    return `server name format is invalid: namespace '${excerpt(namespace)}' is invalid. Namespace must start and end with alphanumeric characters, and may contain dots and hyphens in the middle`;
  }
  if (!NAME_PART.test(part)) {
    return `server name format is invalid: name '${excerpt(part)}' is invalid. Name must start and end with alphanumeric characters, and may contain dots, underscores, and hyphens in the middle`;
  }
  return undefined;
}

export const versionRules: readonly Rule<{ version?: string }>[] = [
  {
    reference: 'reserved-version-string',
    field: 'version',
    broken: ({ version }) =>
      version === 'latest' ? "version string 'latest' is reserved and cannot be used" : undefined,
  },
  {
    reference: 'version-looks-like-range',
    field: 'version',
    broken: ({ version = '' }) =>
      looksLikeRange(version)
        ? `version must be a specific version, not a range: ${goQuoted(excerpt(version))}`
        : undefined,
  },
];

const REPOSITORY_URLS: ReadonlyMap<string, RegExp> = new Map([
  ['github', /^https?:\/\/(?:www\.)?github\.com\/[\w.-]+\/[\w.-]+\/?$/],
  ['gitlab', /^https?:\/\/(?:www\.)?gitlab\.com\/[\w.-]+\/[\w.-]+\/?$/],
]);
const SUBFOLDER = /^[a-zA-Z0-9_./-]+$/;
const FORBIDDEN_SEGMENTS = new Set(['', '.', '..']);

/** A repository with neither URL nor source says nothing, so nothing in it can be wrong. */
const isStated = ({ url, source }: Repository): boolean => url !== undefined || source !== undefined;

/** An empty first or last segment stands for a path that is absolute or ends with a slash. */
const isSubfolder = (path: string): boolean =>
  SUBFOLDER.test(path) && path.split('/').every((segment) => !FORBIDDEN_SEGMENTS.has(segment));

export const repositoryRules: readonly Rule<Repository>[] = [
  {
    reference: 'invalid-repository-url',
    field: 'url',
    broken(repository) {
      const { url = '', source = '' } = repository;
      if (!isStated(repository) || REPOSITORY_URLS.get(source)?.test(url) === true) return undefined;
      return `invalid repository URL: ${excerpt(url)}`;
    },
  },
  {
    reference: 'invalid-subfolder-path',
    field: 'subfolder',
    broken(repository) {
      const { subfolder } = repository;
      if (subfolder === undefined || !isStated(repository) || isSubfolder(subfolder)) return undefined;
      return `invalid subfolder path: ${excerpt(subfolder)}`;
    },
  },
];

/** The parsed URL, or undefined when it cannot be parsed: then only the row for that speaks. */
function parsed(url: string): GoUrl | undefined {
  const result = parseGoUrl(url);
  return result.ok ? result.url : undefined;
}

function parseFault(url: string): string | undefined {
  const result = parseGoUrl(url);
  return result.ok ? undefined : result.error;
}

export const serverRules = {
  name: [
    { reference: 'invalid-server-name', field: 'name', broken: ({ name }) => nameFault(name) },
  ] satisfies Rule<ServerJson>[],

  website: [
    {
      reference: 'invalid-website-url',
      field: 'websiteUrl',
      broken({ websiteUrl = '' }) {
        const fault = parseFault(websiteUrl);
        return fault === undefined ? undefined : `invalid websiteUrl: ${fault}`;
      },
    },
    {
      reference: 'website-url-must-be-absolute',
      field: 'websiteUrl',
      broken: ({ websiteUrl }) =>
        websiteUrl !== undefined && parsed(websiteUrl)?.scheme === ''
          ? `websiteUrl must be absolute (include scheme): ${excerpt(websiteUrl)}`
          : undefined,
    },
    {
      reference: 'website-url-invalid-scheme',
      field: 'websiteUrl',
      broken({ websiteUrl }) {
        const url = websiteUrl === undefined ? undefined : parsed(websiteUrl);
        return url === undefined || url.scheme === 'https'
          ? undefined
          : `websiteUrl must use https scheme: ${excerpt(websiteUrl ?? '')}`;
      },
    },
  ] satisfies Rule<ServerJson>[],

  title: [
    {
      reference: 'title-whitespace-only',
      field: 'title',
      broken: ({ title }) =>
        title !== undefined && goTrimmed(title) === '' ? 'title cannot be only whitespace' : undefined,
    },
  ] satisfies Rule<ServerJson>[],
};

export const iconRules: readonly Rule<Icon>[] = [
  {
    reference: 'icon-src-invalid-url',
    field: 'src',
    broken({ src }) {
      const fault = parseFault(src);
      return fault === undefined ? undefined : `invalid icon src URL: ${fault}`;
    },
  },
  {
    reference: 'icon-src-not-absolute',
    field: 'src',
    broken: ({ src }) =>
      parsed(src)?.scheme === '' ? `icon src must be an absolute URL (include scheme): ${excerpt(src)}` : undefined,
  },
  {
    reference: 'icon-src-invalid-scheme',
    field: 'src',
    broken({ src }) {
      const url = parsed(src);
      return url === undefined || url.scheme === 'https'
        ? undefined
        : `icon src must use https scheme (got ${excerpt(url.scheme)}): ${excerpt(src)}`;
    },
  },
];
