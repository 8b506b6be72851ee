import { invalidParameter, isStorableText, type InvalidParameter } from '@portolan/kernel';
import type { NewIssuer } from '../../issuers/create-issuer.service';
import type { ClaimRule } from '../../issuers/issuer-policy';
import type { IssuerChange } from '../../issuers/update-issuer.service';
import { findRole, REGISTRIES, ROLES } from '../../rbac/roles';
import {
  AUDIENCES_MAX,
  CLAIM_RULES_MAX,
  LIFETIME_SECONDS_DEFAULT,
  type CreateIssuerDto,
  type UpdateIssuerDto,
} from './issuer.dto';

const ISSUER_URL_LENGTH_MAX = 2_000;
const AUDIENCE_LENGTH_MAX = 500;
const CLAIM_LENGTH_MAX = 200;
const VALUE_LENGTH_MAX = 500;

type Properties = Readonly<Record<string, unknown>>;

/** @throws AppError invalid_parameters */
export function newIssuerOf(body: CreateIssuerDto): NewIssuer {
  return {
    name: body.name,
    issuer_url: issuerUrlOf(body.issuer_url),
    audiences: body.audiences === undefined ? undefined : audiencesOf(body.audiences),
    claim_rules: body.claim_rules === undefined ? [] : claimRulesOf(body.claim_rules),
    max_lifetime_seconds: body.max_lifetime_seconds ?? LIFETIME_SECONDS_DEFAULT,
    enabled: body.enabled ?? true,
  };
}

/** @throws AppError invalid_parameters */
export function issuerChangeOf(body: UpdateIssuerDto): IssuerChange {
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.audiences === undefined ? {} : { audiences: audiencesOf(body.audiences) }),
    ...(body.claim_rules === undefined ? {} : { claim_rules: claimRulesOf(body.claim_rules) }),
    ...(body.max_lifetime_seconds === undefined ? {} : { max_lifetime_seconds: body.max_lifetime_seconds }),
    ...(body.enabled === undefined ? {} : { enabled: body.enabled }),
  };
}

// It is compared with what tokens say and never tidied up; whether it may be reached is the egress room's to say.
function issuerUrlOf(text: string): string {
  const field = 'issuer_url';
  if (text.length > ISSUER_URL_LENGTH_MAX)
    throw refusal({
      field,
      rule: 'max_length',
      maximum: ISSUER_URL_LENGTH_MAX,
      reason: `issuer_url must be shorter than or equal to ${ISSUER_URL_LENGTH_MAX} characters`,
    });
  if (!/^[\x21-\x7e]+$/.test(text) || /[?#\\]/.test(text) || !URL.canParse(text))
    throw refusal({ field, rule: 'is_url', reason: 'issuer_url must be a URL without query and fragment' });
  return text;
}

function audiencesOf(value: unknown): readonly string[] {
  const field = 'audiences';
  const audiences = listOf(value, field, AUDIENCES_MAX).map((one, index) =>
    textOf(one, `${field}.${index}`, AUDIENCE_LENGTH_MAX),
  );
  if (audiences.length === 0)
    throw refusal({ field, rule: 'min_items', minimum: 1, reason: 'audiences must contain at least 1 entry' });
  if (new Set(audiences).size !== audiences.length)
    throw refusal({ field, rule: 'unique_items', reason: 'audiences must not hold the same text twice' });
  return audiences;
}

function claimRulesOf(value: unknown): readonly ClaimRule[] {
  return listOf(value, 'claim_rules', CLAIM_RULES_MAX).map((one, index) => claimRuleOf(one, `claim_rules.${index}`));
}

function claimRuleOf(value: unknown, field: string): ClaimRule {
  const rule = objectOf(value, field, ['claim', 'value', 'team_id', 'role']);
  const claim = textOf(rule['claim'], `${field}.claim`, CLAIM_LENGTH_MAX);
  const equals = textOf(rule['value'], `${field}.value`, VALUE_LENGTH_MAX);
  if ((rule['team_id'] === undefined) === (rule['role'] === undefined))
    throw refusal({ field, rule: 'one_of', reason: `${field} must have exactly one of team_id and role` });
  if (rule['team_id'] !== undefined)
    return { claim, value: equals, team_id: idOf(rule['team_id'], `${field}.team_id`) };
  return { claim, value: equals, role: roleOf(rule['role'], `${field}.role`) };
}

function roleOf(value: unknown, field: string): NonNullable<ClaimRule['role']> {
  const role = objectOf(value, field, ['role_name', 'entity_type_name', 'entity_id']);
  const entityType = choiceOf(role['entity_type_name'], `${field}.entity_type_name`, Object.keys(ROLES));
  const roleName = choiceOf(role['role_name'], `${field}.role_name`, Object.keys(ROLES[entityType] ?? {}));
  if (!findRole(entityType, roleName)) throw new Error('a role of the catalogue was not found there');
  const entityId =
    entityType === REGISTRIES
      ? idOf(role['entity_id'], `${field}.entity_id`)
      : choiceOf(role['entity_id'], `${field}.entity_id`, ['*']);
  return { role_name: roleName, entity_type_name: entityType, entity_id: entityId };
}

function listOf(value: unknown, field: string, maximum: number): readonly unknown[] {
  if (value === undefined) throw refusal({ field, rule: 'required', reason: `${field} must be given` });
  if (!Array.isArray(value)) throw refusal({ field, rule: 'is_array', reason: `${field} must be an array` });
  if (value.length > maximum)
    throw refusal({
      field,
      rule: 'max_items',
      maximum,
      reason: `${field} must contain no more than ${maximum} entries`,
    });
  return value;
}

function objectOf(value: unknown, field: string, names: readonly string[]): Properties {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refusal({ field, rule: 'is_object', reason: `${field} must be an object` });
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const name = `${field}.${unknown.slice(0, 100)}`;
    throw refusal({ field: name, rule: 'unknown_property', reason: `property ${name} should not exist` });
  }
  return value as Properties;
}

function textOf(value: unknown, field: string, maximum: number): string {
  if (value === undefined) throw refusal({ field, rule: 'required', reason: `${field} must be given` });
  if (typeof value !== 'string') throw refusal({ field, rule: 'is_string', reason: `${field} must be a string` });
  if (value === '') throw refusal({ field, rule: 'min_length', minimum: 1, reason: `${field} must not be empty` });
  if (value.length > maximum)
    throw refusal({
      field,
      rule: 'max_length',
      maximum,
      reason: `${field} must be shorter than or equal to ${maximum} characters`,
    });
  if (!isStorableText(value))
    throw refusal({
      field,
      rule: 'is_storable_text',
      reason: `${field} must be well-formed Unicode without NUL characters`,
    });
  return value;
}

/** Ids are lowercase in the database; what is no id is told apart from one that is not there by nobody. */
function idOf(value: unknown, field: string): string {
  return textOf(value, field, AUDIENCE_LENGTH_MAX).toLowerCase();
}

function choiceOf(value: unknown, field: string, choices: readonly string[]): string {
  const chosen = choices.find((one) => one === value);
  if (chosen !== undefined) return chosen;
  throw refusal({
    field,
    rule: value === undefined ? 'required' : 'enum',
    choices,
    reason: `${field} must be one of [${choices.join(', ')}]`,
  });
}

function refusal(parameter: Omit<InvalidParameter, 'source'>): Error {
  return invalidParameter({ ...parameter, source: 'body' });
}
