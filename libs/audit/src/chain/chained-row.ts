import { constant } from '@portolan/db';
import { canonical, sha256 } from './canonical';

/** What the chain makes unchangeable of an audit row: its columns, as they are stored. */
export interface ChainedRow {
  readonly org_id: string;
  readonly id: string;
  /** RFC 3339, UTC, microseconds. */
  readonly occurred_at: string;
  readonly format: number;
  readonly kind: string;
  readonly action: string;
  readonly result: string;
  readonly reason: string | null;
  readonly principal_type: string;
  readonly principal_id: string | null;
  /** Null when the principal is a person: his name is beside the chain. */
  readonly principal_name: string | null;
  readonly on_behalf_of_type: string | null;
  readonly on_behalf_of_id: string | null;
  readonly credential_id: string | null;
  readonly request_id: string;
  readonly trace_id: string | null;
  readonly address: string | null;
  readonly user_agent: string | null;
  readonly target_type: string | null;
  readonly target_id: string | null;
  readonly target_name: string | null;
  readonly parent_type: string | null;
  readonly parent_id: string | null;
  readonly registry_id: string | null;
  readonly person_id: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

/** Of `audit_log` under the name `a`. */
export const CHAINED_COLUMNS = constant(`
  a.org_id, a.id, rfc3339(a.occurred_at) as occurred_at, a.format, a.kind, a.action, a.result, a.reason,
  a.principal_type, a.principal_id, a.principal_name, a.on_behalf_of_type, a.on_behalf_of_id, a.credential_id,
  a.request_id, a.trace_id, host(a.address) as address, a.user_agent, a.target_type, a.target_id, a.target_name,
  a.parent_type, a.parent_id, a.registry_id, a.person_id, a.before, a.after`);

export const CHAINED_NAMES = [
  'org_id',
  'id',
  'occurred_at',
  'format',
  'kind',
  'action',
  'result',
  'reason',
  'principal_type',
  'principal_id',
  'principal_name',
  'on_behalf_of_type',
  'on_behalf_of_id',
  'credential_id',
  'request_id',
  'trace_id',
  'address',
  'user_agent',
  'target_type',
  'target_id',
  'target_name',
  'parent_type',
  'parent_id',
  'registry_id',
  'person_id',
  'before',
  'after',
] as const satisfies readonly (keyof ChainedRow)[];

/** What lies beside the chain for a row; null where nothing does, be it erased or never there. */
export interface Beside {
  readonly principal_person_name: string | null;
  readonly principal_person_salt: Buffer | null;
  readonly person_name: string | null;
  readonly person_salt: Buffer | null;
  readonly personal: unknown;
  readonly personal_salt: Buffer | null;
}

/** Under the names that `BESIDE_JOINS` gives. */
export const BESIDE_COLUMNS = constant(`
  pp.name as principal_person_name, pp.salt as principal_person_salt, tp.name as person_name, tp.salt as person_salt,
  ps.data as personal, ps.salt as personal_salt`);

/**
 * Looks each row of `a` up where its names are: by primary keys, so after the page is cut. Each look-up stands for itself
 * (`limit 1`): a plan that joins whole tables, which old statistics make look good, would cost what the trail is long.
 */
export const BESIDE_JOINS = constant(`
  left join lateral (
    select name, salt from audit_person
    where org_id = a.org_id and id = case when a.principal_name is null then a.principal_id else a.on_behalf_of_id end
    limit 1) pp on true
  left join lateral (select name, salt from audit_person where org_id = a.org_id and id = a.person_id limit 1) tp on true
  left join lateral (
    select data, salt from audit_personal where org_id = a.org_id and audit_id = a.id limit 1) ps on true`);

/** Salted digests by which the chain holds fast what it does not contain. */
export interface Digests {
  readonly principal_digest: Buffer | null;
  readonly person_digest: Buffer | null;
  readonly personal_digest: Buffer | null;
}

export function digestsOf(beside: Beside): Digests {
  const digest = (value: unknown, salt: Buffer | null) =>
    value === null || salt === null ? null : sha256(salt, canonical({ value }));
  return {
    principal_digest: digest(beside.principal_person_name, beside.principal_person_salt),
    person_digest: digest(beside.person_name, beside.person_salt),
    personal_digest: digest(beside.personal, beside.personal_salt),
  };
}

/** SHA-256 over the canonical JSON of a row and the digests of what lies beside it. */
export function digestOfRow(row: ChainedRow, digests: Digests): Buffer {
  const chained = Object.fromEntries(CHAINED_NAMES.map((name) => [name, row[name]]));
  return sha256(
    canonical({
      ...chained,
      principal_digest: hex(digests.principal_digest),
      person_digest: hex(digests.person_digest),
      personal_digest: hex(digests.personal_digest),
    }),
  );
}

function hex(digest: Buffer | null): string | null {
  return digest === null ? null : digest.toString('hex');
}
