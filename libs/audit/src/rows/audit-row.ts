import { constant } from '@portolan/db';
import { BESIDE_COLUMNS, BESIDE_JOINS, CHAINED_COLUMNS, type Beside, type ChainedRow } from '../chain/chained-row';

/** An audit row as it is told. A name is null where there is none, and where it was erased. */
export interface AuditRow {
  readonly id: string;
  /** RFC 3339, UTC, microseconds. */
  readonly occurred_at: string;
  /** Place in the organization's chain; null until it is sealed. */
  readonly sequence: number | null;
  /** Hex SHA-256 of the row in its place; null until it is sealed. */
  readonly hash: string | null;
  readonly kind: string;
  readonly action: string;
  readonly result: string;
  readonly reason: string | null;
  readonly principal: AuditParty;
  /** For whom the principal acted, when that is somebody else. */
  readonly on_behalf_of: AuditParty | null;
  /** Id of the access token, session or capability URL. */
  readonly credential_id: string | null;
  readonly request_id: string;
  readonly trace_id: string | null;
  readonly address: string | null;
  readonly user_agent: string | null;
  readonly target: {
    readonly type: string | null;
    readonly id: string | null;
    readonly name: string | null;
    readonly parent: { readonly type: string; readonly id: string } | null;
  };
  readonly registry_id: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

export interface AuditParty {
  readonly type: string;
  readonly id: string | null;
  readonly name: string | null;
}

/** A row with what lies beside it, and its place in the chain. */
export interface StoredAuditRow extends ChainedRow, Beside {
  readonly sequence: number | null;
  readonly hash: Buffer | null;
}

/** Of `audit_log` under the name `a`, with `STORED_JOINS`. */
export const STORED_COLUMNS = constant(`${CHAINED_COLUMNS.strings[0]}, ${BESIDE_COLUMNS.strings[0]}`);
export const STORED_JOINS = BESIDE_JOINS;

export function toAuditRow(row: StoredAuditRow): AuditRow {
  const personal = (row.personal ?? {}) as { readonly before?: object; readonly after?: object };
  const behalf = row.on_behalf_of_type;
  return {
    id: row.id,
    occurred_at: row.occurred_at,
    sequence: row.sequence,
    hash: row.hash?.toString('hex') ?? null,
    kind: row.kind,
    action: row.action,
    result: row.result,
    reason: row.reason,
    principal: {
      type: row.principal_type,
      id: row.principal_id,
      name: row.principal_name ?? row.principal_person_name,
    },
    on_behalf_of: behalf === null ? null : { type: behalf, id: row.on_behalf_of_id, name: row.principal_person_name },
    credential_id: row.credential_id,
    request_id: row.request_id,
    trace_id: row.trace_id,
    address: row.address,
    user_agent: row.user_agent,
    target: {
      type: row.target_type,
      id: row.target_id,
      name: row.target_name ?? row.person_name,
      parent: row.parent_type === null ? null : { type: row.parent_type, id: row.parent_id ?? '' },
    },
    registry_id: row.registry_id,
    before: merged(row.before, personal.before),
    after: merged(row.after, personal.after),
  };
}

function merged(kept: unknown, personal: object | undefined): unknown {
  return personal === undefined ? kept : { ...personal, ...(kept as object | null) };
}
