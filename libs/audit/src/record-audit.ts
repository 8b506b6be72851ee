import { constant, sql, type SqlFragment, type Tx } from '@portolan/db';
import type { Ctx, Principal } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import { AUDIT_ACTIONS, type AuditEvent } from './audit-events';
import { canonical, sha256 } from './chain/canonical';
import { splitPersonal } from './people/split-personal';

const USER_AGENT_MAX = 512;
const NAME_MAX = 1_024;
const FIELDS_BYTES_MAX = 200_000;
const NAMED_BY_PERSON: readonly Principal['type'][] = ['user', 'jwt_subject'];

/** An event and who caused it, in the organization of the transaction that writes it. */
export interface Occurrence {
  readonly ctx: Ctx;
  readonly event: AuditEvent;
  /** Since it happened. */
  readonly ageMs: number;
}

interface Person {
  readonly id: string;
  readonly name: string;
}

/** Writes the audit row of a change in the change's own transaction. */
export function recordAudit(tx: Tx, event: AuditEvent): Promise<void> {
  return recordOccurrences(tx, [{ ctx: tx.ctx, event, ageMs: 0 }]);
}

/**
 * Writes audit rows. A trigger notes each as not yet sealed. What cannot be written down throws before anything is sent, so
 * that nobody sends a commit after it.
 */
export function recordOccurrences(tx: Tx, occurrences: readonly Occurrence[]): Promise<void> {
  return tx.run(occurrencesSql(tx.ctx.orgId, occurrences)).then(() => undefined);
}

function occurrencesSql(orgId: string, occurrences: readonly Occurrence[]): SqlFragment {
  const rows = occurrences.map(rowOf);
  const people = new Map(occurrences.flatMap(peopleOf).map(({ id, name }) => [id, name]));
  // One that was erased stays erased.
  const notePeople =
    people.size === 0
      ? constant('')
      : sql`
        , people as (
          insert into audit_person (org_id, id, name, salt)
          select ${orgId}, p.key::uuid, p.value, uuid_send(gen_random_uuid())
          from jsonb_each_text(${storableJson(Object.fromEntries(people))}::jsonb) p order by p.key
          on conflict do nothing)`;
  const notePersonal = rows.every(({ personal }) => personal === null)
    ? constant('')
    : sql`
        , personal as (
          insert into audit_personal (org_id, audit_id, occurred_at, person_id, salt, data)
          select ${orgId}, id, occurred_at, person_id, uuid_send(gen_random_uuid()), personal
          from happened where personal is not null)`;
  return sql`
    with happened as materialized (
      select r.*, clock_timestamp() - make_interval(secs => r.age_ms / 1000) as occurred_at
      from jsonb_to_recordset(${storableJson(rows)}::jsonb) as r(
        id uuid, age_ms float8, kind text, action text, result text, reason text, principal_type text,
        principal_id uuid, principal_name text, on_behalf_of_type text, on_behalf_of_id uuid, credential_id uuid,
        request_id text, trace_id text, address inet, user_agent text, target_type text, target_id text,
        target_name text, parent_type text, parent_id text, registry_id uuid, person_id uuid, before jsonb,
        after jsonb, personal jsonb))${notePeople}${notePersonal}
    insert into audit_log (org_id, id, occurred_at, kind, action, result, reason, principal_type, principal_id,
                           principal_name, on_behalf_of_type, on_behalf_of_id, credential_id, request_id, trace_id,
                           address, user_agent, target_type, target_id, target_name, parent_type, parent_id,
                           registry_id, person_id, before, after)
    select ${orgId}, id, occurred_at, kind, action, result, reason, principal_type, principal_id, principal_name,
           on_behalf_of_type, on_behalf_of_id, credential_id, request_id, trace_id, address, user_agent, target_type,
           target_id, target_name, parent_type, parent_id, registry_id, person_id, before, after
    from happened`;
}

// The database has no NUL and no half of a surrogate pair; a token of somebody else can hold both in its subject.
function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  return /\\u(?:0000|d[89a-f])/.test(text)
    ? JSON.stringify(value, (_key, part: unknown) =>
        typeof part === 'string' ? part.toWellFormed().replaceAll('\u0000', '\ufffd') : part,
      )
    : text;
}

function rowOf({ ctx, event, ageMs }: Occurrence) {
  const { kind, target } = AUDIT_ACTIONS[event.action];
  const { principal } = ctx;
  const { before, after, personal } = splitPersonal(event);
  const registry = event.registryId !== undefined && target !== 'registry' ? event.registryId : null;
  const parent = event.parent ?? (registry === null ? null : { type: 'registry', id: registry });
  const isActedFor = principal.actor !== undefined;
  return {
    id: uuidv7(),
    age_ms: ageMs,
    kind,
    action: event.action,
    result: event.result ?? 'success',
    reason: event.reason ?? null,
    principal_type: principal.type,
    principal_id: principal.id,
    principal_name: principal.actor?.slice(0, NAME_MAX) ?? (personOf(principal) === null ? principal.name : null),
    on_behalf_of_type: isActedFor ? principal.type : null,
    on_behalf_of_id: isActedFor ? principal.id : null,
    credential_id: principal.tokenId,
    request_id: ctx.requestId,
    trace_id: ctx.traceId,
    address: ctx.address,
    user_agent: ctx.userAgent?.slice(0, USER_AGENT_MAX) ?? null,
    target_type: target,
    target_id: event.targetId ?? null,
    target_name: event.targetName?.slice(0, NAME_MAX) ?? null,
    parent_type: parent?.type ?? null,
    parent_id: parent?.id ?? null,
    registry_id: event.registryId ?? null,
    person_id: event.person?.id ?? null,
    before: bounded(before),
    after: bounded(after),
    personal,
  };
}

// A destination that takes no entry of megabytes would take none that comes after it either.
function bounded(fields: object | null): object | null {
  if (fields === null) return null;
  const bytes = Buffer.byteLength(JSON.stringify(fields));
  return bytes <= FIELDS_BYTES_MAX
    ? fields
    : { omitted_bytes: bytes, sha256: sha256(canonical(fields)).toString('hex') };
}

function peopleOf({ ctx, event }: Occurrence): Person[] {
  return [personOf(ctx.principal), event.person ?? null].flatMap((person) => person ?? []);
}

function personOf({ type, id, name }: Principal): Person | null {
  return id !== null && NAMED_BY_PERSON.includes(type) ? { id, name } : null;
}
