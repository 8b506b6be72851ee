import { isIPv4 } from 'node:net';
import type { AuditRow } from '../../rows/audit-row';
import { epochMs, meaningOf, noticeOf, type Encode, type Entry } from './entry';

const VERSION = '1.0';
const INFORMATION = 1;

interface CefEvent {
  readonly action: string;
  readonly name: string;
  /** 0 to 10. */
  readonly severity: number;
  /** By key; null and undefined are left out. */
  readonly extension: Readonly<Record<string, string | number | null | undefined>>;
}

/** A line of CEF; `sig`, always last, is over the line before ` sig=`. */
export const encodeCef: Encode = (entry, signer) => {
  const { action, name, severity, extension } = eventOf(entry);
  const header = ['CEF:0', ...['Portolan', 'Portolan', VERSION, action, name, String(severity)].map(headerText)].join(
    '|',
  );
  const values: CefEvent['extension'] = { ...extension, sig_kid: signer.keyId };
  const pairs = Object.entries(values).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [`${key}=${extensionText(String(value))}`],
  );
  const line = `${header}|${pairs.join(' ')}`;
  return `${line} sig=${signer.sign(line).toString('base64url')}`;
};

function eventOf(entry: Entry): CefEvent {
  if (entry.type === 'event') {
    const { orgId, row } = entry;
    const { action } = row;
    return { action, name: meaningOf(action), severity: severityOf(row), extension: extensionOf(orgId, row) };
  }
  const { id, action, means, at } = noticeOf(entry);
  const common = {
    rt: epochMs(at),
    cat: entry.type,
    act: action,
    externalId: id,
    cs1Label: 'organization',
    cs1: entry.orgId,
  };
  if (entry.type === 'test') return { action, name: means, severity: INFORMATION, extension: common };
  return {
    action,
    name: means,
    severity: INFORMATION,
    extension: {
      ...common,
      cn1Label: 'sequence',
      cn1: entry.sequence,
      cs6Label: 'hash',
      cs6: entry.hash,
      checkpointKey: entry.keyId,
      checkpointSignature: entry.signature,
    },
  };
}

// As Konnect rates them: a refusal is 6, whatever succeeds 1, a sign-in that succeeds 0.
function severityOf({ kind, result, action }: AuditRow): number {
  if (action === 'audit_log.drop') return 10;
  if (result === 'denied') return 6;
  if (result === 'failure') return 7;
  return kind === 'authentication' ? 0 : INFORMATION;
}

function extensionOf(orgId: string, row: AuditRow): CefEvent['extension'] {
  const { target, principal, on_behalf_of: behalf, address } = row;
  const isIpv6 = address !== null && !isIPv4(address);
  return {
    rt: epochMs(row.occurred_at),
    cat: row.kind,
    act: row.action,
    outcome: row.result,
    reason: row.reason,
    externalId: row.id,
    src: isIpv6 ? null : address,
    c6a2Label: isIpv6 ? 'Source IPv6 Address' : null,
    c6a2: isIpv6 ? address : null,
    suid: principal.id,
    suser: principal.name,
    spriv: principal.type,
    requestClientApplication: row.user_agent,
    cn1Label: 'sequence',
    cn1: row.sequence,
    cs1Label: 'organization',
    cs1: orgId,
    cs2Label: 'targetType',
    cs2: target.type,
    cs3Label: 'targetId',
    cs3: target.id,
    cs4Label: 'targetName',
    cs4: target.name,
    cs5Label: 'requestId',
    cs5: row.request_id,
    cs6Label: 'hash',
    cs6: row.hash,
    onBehalfOfType: behalf?.type,
    onBehalfOfId: behalf?.id,
    onBehalfOfName: behalf?.name,
    credentialId: row.credential_id,
    registryId: row.registry_id,
    parentType: target.parent?.type,
    parentId: target.parent?.id,
    traceId: row.trace_id,
    before: jsonText(row.before),
    after: jsonText(row.after),
  };
}

function jsonText(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

function headerText(text: string): string {
  return oneLine(text).replace(/[\\|]/g, '\\$&');
}

function extensionText(text: string): string {
  return oneLine(text).replace(/[\\=]/g, '\\$&');
}

// Whatever a reader may take for the end of a line would let a value begin an entry of its own.
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
