import { invalidParameter, isStorableText, type AppError } from '@portolan/kernel';
import type { NewIdentityProvider } from '../../sign-in/identity-providers/create-identity-provider.service';
import { DEFAULT_CLAIM_MAPPINGS, DEFAULT_SCOPES } from '../../sign-in/identity-providers/identity-provider-row';
import type { ProviderConfigChange } from '../../sign-in/identity-providers/update-identity-provider.service';

const ISSUER_URL_MAX = 2_000;
const CLIENT_ID_MAX = 255;
const CLIENT_SECRET_MAX = 1_000;
const CLAIM_MAX = 200;
const SCOPES_MAX = 20;
// RFC 6749, appendix A.4.
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/;
const CLAIMS = ['name', 'email', 'groups'] as const;

type Fields = Readonly<Record<string, unknown>>;

/** @throws AppError invalid_parameters */
export function newProviderConfig(value: unknown): Pick<NewIdentityProvider, 'config' | 'clientSecret'> {
  const { issuer_url, client_id, client_secret, scopes, claim_mappings } = providerConfigChange(value);
  if (issuer_url === undefined) throw missing('config.issuer_url');
  if (client_id === undefined) throw missing('config.client_id');
  if (client_secret === undefined) throw missing('config.client_secret');
  return {
    config: {
      issuer_url,
      client_id,
      scopes: scopes ?? DEFAULT_SCOPES,
      claim_mappings: { ...DEFAULT_CLAIM_MAPPINGS, ...claim_mappings },
    },
    clientSecret: client_secret,
  };
}

/** @throws AppError invalid_parameters */
export function providerConfigChange(value: unknown): ProviderConfigChange {
  const { issuer_url, client_id, client_secret, scopes, claim_mappings } = fieldsOf('config', value, [
    'issuer_url',
    'client_id',
    'client_secret',
    'scopes',
    'claim_mappings',
  ]);
  return {
    ...(issuer_url === undefined ? {} : { issuer_url: issuerUrl(issuer_url) }),
    ...(client_id === undefined ? {} : { client_id: text('config.client_id', client_id, CLIENT_ID_MAX) }),
    ...(client_secret === undefined
      ? {}
      : { client_secret: text('config.client_secret', client_secret, CLIENT_SECRET_MAX) }),
    ...(scopes === undefined ? {} : { scopes: scopeList(scopes) }),
    ...(claim_mappings === undefined ? {} : { claim_mappings: claimMappings(claim_mappings) }),
  };
}

// What holds a query, a fragment or the place of a discovery document is no issuer (OpenID Connect Discovery 3).
function issuerUrl(value: unknown): string {
  const url = text('config.issuer_url', value, ISSUER_URL_MAX);
  if (!URL.canParse(url) || /[?#\\]|\/\.well-known\/|\s/.test(url))
    throw invalid('config.issuer_url', 'is_url', 'must be the URL of an issuer, without query and fragment');
  return url;
}

function scopeList(value: unknown): string[] {
  const field = 'config.scopes';
  if (!Array.isArray(value)) throw invalid(field, 'is_array', 'must be an array');
  const scopes = value as unknown[];
  if (scopes.length > SCOPES_MAX)
    throw invalidParameter({
      field,
      rule: 'max_items',
      maximum: SCOPES_MAX,
      reason: `${field} must contain no more than ${SCOPES_MAX} elements`,
      source: 'body',
    });
  if (!scopes.every((scope): scope is string => typeof scope === 'string' && SCOPE.test(scope)))
    throw invalid(field, 'matches_regex', `must hold texts that match ${SCOPE.source}`);
  if (!scopes.includes('openid')) throw invalid(field, 'required', 'must contain openid');
  return [...new Set(scopes)];
}

function claimMappings(value: unknown): NonNullable<ProviderConfigChange['claim_mappings']> {
  const mappings = fieldsOf('config.claim_mappings', value, CLAIMS);
  const given = CLAIMS.filter((claim) => mappings[claim] !== undefined);
  return Object.fromEntries(
    given.map((claim) => [claim, text(`config.claim_mappings.${claim}`, mappings[claim], CLAIM_MAX)]),
  );
}

function fieldsOf(field: string, value: unknown, known: readonly string[]): Fields {
  if (value === undefined) throw missing(field);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(field, 'is_object', 'must be an object');
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return value as Fields;
  const path = `${field}.${unknown.slice(0, 100)}`;
  throw invalidParameter({
    field: path,
    rule: 'unknown_property',
    reason: `property ${path} should not exist`,
    source: 'body',
  });
}

function text(field: string, value: unknown, maximum: number): string {
  if (typeof value !== 'string') throw invalid(field, 'is_string', 'must be a string');
  if (!isStorableText(value))
    throw invalid(field, 'is_storable_text', 'must be well-formed Unicode without NUL characters');
  if (value === '')
    throw invalidParameter({
      field,
      rule: 'min_length',
      minimum: 1,
      reason: `${field} must be longer than or equal to 1 characters`,
      source: 'body',
    });
  if (value.length > maximum)
    throw invalidParameter({
      field,
      rule: 'max_length',
      maximum,
      reason: `${field} must be shorter than or equal to ${maximum} characters`,
      source: 'body',
    });
  return value;
}

function missing(field: string): AppError {
  return invalid(field, 'required', 'should not be empty');
}

function invalid(field: string, rule: string, reason: string): AppError {
  return invalidParameter({ field, rule, reason: `${field} ${reason}`, source: 'body' });
}
