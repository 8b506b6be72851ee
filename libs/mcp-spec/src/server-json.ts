/** The `$schema` of the newest published format of server.json; also what a document without `$schema` is taken to mean. */
export const CURRENT_SCHEMA_URL = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json';

/** Key of the block which only a registry may write, in the `_meta` of a response. */
export const OFFICIAL_META_KEY = 'io.modelcontextprotocol.registry/official';

/** Key of the one block which the publisher owns, in the `_meta` of server.json. */
export const PUBLISHER_META_KEY = 'io.modelcontextprotocol.registry/publisher-provided';

/** Key of the block that says from which upstream a version came, in the `_meta` of a response. */
export const ORIGIN_META_KEY = 'dev.portolan/origin';

/** Longest version that can be stored, in characters. */
export const VERSION_MAX_LENGTH = 255;

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = Record<string, JsonValue>;

export interface Repository {
  url?: string;
  source?: string;
  id?: string;
  subfolder?: string;
}

export interface Icon {
  src: string;
  mimeType?: string;
  sizes?: string[];
  theme?: string;
}

export interface Input {
  description?: string;
  isRequired?: true;
  format?: string;
  value?: string;
  isSecret?: true;
  default?: string;
  placeholder?: string;
  choices?: string[];
}

export interface InputWithVariables extends Input {
  variables?: Record<string, Input>;
}

export interface KeyValueInput extends InputWithVariables {
  name: string;
}

export interface Argument extends InputWithVariables {
  type: string;
  name?: string;
  valueHint?: string;
  isRepeated?: true;
}

export interface Transport {
  type: string;
  url?: string;
  headers?: KeyValueInput[];
  variables?: Record<string, Input>;
}

export interface Package {
  registryType: string;
  registryBaseUrl?: string;
  identifier: string;
  version?: string;
  fileSha256?: string;
  runtimeHint?: string;
  transport: Transport;
  runtimeArguments?: Argument[];
  packageArguments?: Argument[];
  environmentVariables?: KeyValueInput[];
}

/**
 * The normalised document: canonical property names in a fixed order, without empty strings, `false`, `null`, empty
 * arrays or empty maps, except for required properties. An empty `repository` or `_meta` stays as `{}`.
 */
export interface ServerJson {
  $schema: string;
  name: string;
  description: string;
  title?: string;
  repository?: Repository;
  version: string;
  websiteUrl?: string;
  icons?: Icon[];
  packages?: Package[];
  remotes?: Transport[];
  _meta?: JsonObject;
}

/** One fault of the structure of a request body, in the words of the official registry. `location` starts at `body`. */
export interface StructuralIssue {
  message: string;
  location: string;
  value?: unknown;
}

/** One finding about a document that is structurally sound. `path` is like `packages[0].transport.url`. */
export interface RuleIssue {
  type: 'json' | 'schema' | 'semantic' | 'linter';
  path: string;
  message: string;
  severity: 'error' | 'warning' | 'info';
  reference: string;
}

/** `valid` means that no issue is an error; warnings may remain. */
export interface ValidationResult {
  valid: boolean;
  issues: RuleIssue[];
}

/** `text` is `JSON.stringify(document)`: what is stored, hashed and sent verbatim. */
export interface SoundServerJson {
  outcome: 'parsed';
  document: ServerJson;
  text: string;
  /** The body had no `$schema`, so the current one was filled in. */
  schemaAssumed: boolean;
}

export type ParsedServerJson = { outcome: 'malformed'; issues: StructuralIssue[] } | SoundServerJson;
