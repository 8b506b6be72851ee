import { AUDIT_ACTIONS, type AuditAction } from '../../audit-events';
import type { Signer } from '../../chain/signing-keys';
import type { AuditRow } from '../../rows/audit-row';

/** A row of the trail. */
export interface EventEntry {
  readonly type: 'event';
  readonly orgId: string;
  /** When the row was added to the chain; RFC 3339, UTC, microseconds. */
  readonly sealedAt: string;
  readonly row: AuditRow;
}

/** What the chain was up to a row, as its own signature says. */
export interface CheckpointEntry {
  readonly type: 'checkpoint';
  readonly orgId: string;
  readonly sequence: number;
  /** Hex. */
  readonly hash: string;
  readonly createdAt: string;
  readonly keyId: string;
  /** base64url, over the text of the checkpoint. */
  readonly signature: string;
}

/** Sent on demand, to see whether a destination takes anything. */
export interface TestEntry {
  readonly type: 'test';
  readonly orgId: string;
  readonly id: string;
  readonly createdAt: string;
}

export type Entry = EventEntry | CheckpointEntry | TestEntry;

/** One line without a line break, signed. */
export type Encode = (entry: Entry, signer: Pick<Signer, 'keyId' | 'sign'>) => string;

/** What is told of an entry that is no row. */
export interface Notice {
  readonly id: string;
  readonly action: string;
  readonly means: string;
  readonly at: string;
}

export function noticeOf(entry: CheckpointEntry | TestEntry): Notice {
  return entry.type === 'checkpoint'
    ? {
        id: `checkpoint-${entry.sequence}`,
        action: 'audit_log.checkpoint',
        means: 'The chain of the audit trail was signed up to here',
        at: entry.createdAt,
      }
    : { id: entry.id, action: 'audit_log.test', means: 'Test entry of an audit log destination', at: entry.createdAt };
}

/** The sentence of the vocabulary; rows that are older than the vocabulary of today may hold what is not in it. */
export function meaningOf(action: string): string {
  return Object.hasOwn(AUDIT_ACTIONS, action) ? AUDIT_ACTIONS[action as AuditAction].means : action;
}

/** Milliseconds since 1970. */
export function epochMs(rfc3339: string): number {
  return Date.parse(rfc3339);
}
