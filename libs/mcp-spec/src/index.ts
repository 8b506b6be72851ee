export { precedenceKey } from './precedence-key';
export { parseServerJson } from './parsed-server-json';
export { STRUCTURAL_ISSUES_MAX } from './structural-issue';
export { checkRules, validateServerJson } from './validation';
export { checkStorable, PUBLISHER_PROVIDED_MAX_BYTES, publisherProvidedBytes, remoteUrls } from './storable';
export { isSemver, latestOf, takesOver, type VersionStanding } from './version-order';
export { bulkStatusText, serverListText, serverResponseText, versionsListText, type VersionRow } from './wire';
export { subApiOpenApi } from './openapi';
export {
  CURRENT_SCHEMA_URL,
  OFFICIAL_META_KEY,
  ORIGIN_META_KEY,
  PUBLISHER_META_KEY,
  type Argument,
  type Icon,
  type Input,
  type InputWithVariables,
  type JsonObject,
  type JsonValue,
  type KeyValueInput,
  type Package,
  type ParsedServerJson,
  type Repository,
  type RuleIssue,
  type ServerJson,
  type SoundServerJson,
  type StructuralIssue,
  type Transport,
  type ValidationResult,
} from './server-json';
