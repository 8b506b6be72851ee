import { AUDIT_VOCABULARY_VERSION } from '../../audit-events';
import { canonical } from '../../chain/canonical';
import type { AuditParty, AuditRow } from '../../rows/audit-row';
import { epochMs, meaningOf, noticeOf, type Encode, type Entry, type EventEntry } from './entry';
import { accountOf, activityOf, apiActivityOf, type OcsfActivity } from './ocsf-class';

const OCSF_VERSION = '1.6.0';
const PRODUCT = { name: 'Portolan', vendor_name: 'Portolan' };
const SERVICE = { name: 'Portolan' };

const USER_TYPES: Readonly<Record<string, readonly [id: number, name: string]>> = {
  user: [1, 'User'],
  operator: [2, 'Admin'],
  system: [3, 'System'],
  system_account: [4, 'Service'],
  jwt_subject: [99, 'JWT subject'],
  capability_url: [99, 'Capability URL'],
};

const STATUSES: Readonly<
  Record<string, readonly [statusId: number, status: string, severityId: number, severity: string]>
> = {
  success: [1, 'Success', 1, 'Informational'],
  denied: [2, 'Failure', 3, 'Medium'],
  failure: [2, 'Failure', 2, 'Low'],
};

interface Body {
  readonly unmapped: object;
  readonly [attribute: string]: unknown;
}

/** An event of OCSF 1.6 in canonical JSON; `unmapped.sig` is over its canonical form without `unmapped.sig`. */
export const encodeOcsf: Encode = (entry, signer) => {
  const body = bodyOf(entry);
  const said = { ...body, unmapped: { ...body.unmapped, sig_kid: signer.keyId } };
  const sig = signer.sign(canonical(said)).toString('base64url');
  return canonical({ ...said, unmapped: { ...said.unmapped, sig } });
};

function bodyOf(entry: Entry): Body {
  if (entry.type === 'event') return eventOf(entry);
  const { id, action, means, at } = noticeOf(entry);
  const told =
    entry.type === 'checkpoint'
      ? { sequence: entry.sequence, hash: entry.hash, key_id: entry.keyId, signature: entry.signature }
      : {};
  return {
    ...classified(apiActivityOf(action), 'success'),
    message: means,
    time: epochMs(at),
    metadata: {
      ...metadata(entry.orgId, id, action, at),
      ...(entry.type === 'checkpoint' ? { sequence: entry.sequence } : {}),
    },
    actor: { user: userOf({ type: 'system', id: null, name: 'audit' }) },
    api: { operation: action, service: SERVICE },
    src_endpoint: { svc_name: SERVICE.name },
    unmapped: { type: entry.type, ...told },
  };
}

function eventOf({ orgId, row, sealedAt }: EventEntry): Body {
  const { class: ocsfClass } = activityOf(row);
  return {
    ...classified(activityOf(row), row.result),
    ...(row.reason === null ? {} : { status_detail: row.reason }),
    message: meaningOf(row.action),
    time: epochMs(row.occurred_at),
    metadata: {
      ...metadata(orgId, row.id, row.action, row.occurred_at),
      logged_time: epochMs(sealedAt),
      sequence: row.sequence,
      correlation_uid: row.request_id,
    },
    actor: {
      user: userOf(row.principal),
      ...(row.credential_id === null ? {} : { session: { uid: row.credential_id } }),
    },
    src_endpoint: row.address === null ? { svc_name: SERVICE.name } : { ip: row.address },
    http_request: { uid: row.request_id, ...(row.user_agent === null ? {} : { user_agent: row.user_agent }) },
    ...(ocsfClass.uid === 6003
      ? ofApiActivity(row)
      : ocsfClass.uid === 3002
        ? ofAuthentication(row)
        : ofAccountChange(row)),
    unmapped: {
      type: 'event',
      kind: row.kind,
      result: row.result,
      hash: row.hash,
      on_behalf_of: row.on_behalf_of,
      trace_id: row.trace_id,
      target: row.target,
      registry_id: row.registry_id,
      diff: { before: row.before, after: row.after },
    },
  };
}

function classified(activity: OcsfActivity, result: string) {
  const [statusId, status, severityId, severity] = STATUSES[result] ?? [0, 'Unknown', 0, 'Unknown'];
  return {
    category_uid: activity.class.category.uid,
    category_name: activity.class.category.name,
    class_uid: activity.class.uid,
    class_name: activity.class.name,
    activity_id: activity.id,
    activity_name: activity.name,
    type_uid: activity.class.uid * 100 + activity.id,
    type_name: `${activity.class.name}: ${activity.name}`,
    status_id: statusId,
    status,
    severity_id: severityId,
    severity,
  };
}

function metadata(orgId: string, id: string, action: string, at: string) {
  return {
    version: OCSF_VERSION,
    uid: id,
    tenant_uid: orgId,
    event_code: action,
    log_name: 'audit',
    log_version: String(AUDIT_VOCABULARY_VERSION),
    original_time: at,
    product: PRODUCT,
  };
}

function ofApiActivity(row: AuditRow): object {
  const { type, id, name, parent } = row.target;
  const resource = { ...told('uid', id), ...told('name', name) };
  return {
    api: { operation: row.action, request: { uid: row.request_id }, service: SERVICE },
    // A resource without a name and an id is none.
    ...(Object.keys(resource).length === 0
      ? {}
      : { resources: [{ ...resource, ...told('type', type), ...told('namespace', parent?.id ?? null) }] }),
  };
}

function ofAuthentication(row: AuditRow): object {
  const { principal, target } = row;
  const who = principal.id === null && target.name !== null ? { ...principal, name: target.name } : principal;
  return {
    user: userOf(who),
    service: SERVICE,
    is_remote: true,
    ...(target.type === 'session' && target.id !== null ? { session: { uid: target.id } } : {}),
  };
}

function ofAccountChange(row: AuditRow): object {
  const account = accountOf(row);
  return { user: userOf({ type: account?.type ?? '', id: account?.id ?? null, name: row.target.name }) };
}

function userOf({ type, id, name }: AuditParty): object {
  const [typeId, typeName] = USER_TYPES[type] ?? [0, 'Unknown'];
  // One of them there must be.
  return { type_id: typeId, type: typeName, ...told('uid', id), ...told('name', id === null ? (name ?? type) : name) };
}

function told(key: string, value: string | null): object {
  return value === null ? {} : { [key]: value };
}
