export type AuditKind = 'authentication' | 'authorization' | 'access' | 'change';

/** The closed vocabulary of actions, with the kind of each and the type of its target. */
export const AUDIT_ACTIONS = {
  'organization.create': { kind: 'change', target: 'organization' },
  'registry.create': { kind: 'change', target: 'registry' },
  'registry.update': { kind: 'change', target: 'registry' },
  'registry.delete': { kind: 'change', target: 'registry' },
  'server.version.publish': { kind: 'change', target: 'server_version' },
  'server.version.edit': { kind: 'change', target: 'server_version' },
  'server.version.delete': { kind: 'change', target: 'server_version' },
  'server.version.status': { kind: 'change', target: 'server_version' },
  'server.status': { kind: 'change', target: 'server' },
  'token.create': { kind: 'change', target: 'access_token' },
  'permission.deny': { kind: 'authorization', target: 'route' },
  'token.refuse': { kind: 'authentication', target: 'access_token' },
} as const satisfies Record<string, { kind: AuditKind; target: string }>;

export type AuditAction = keyof typeof AUDIT_ACTIONS;

export interface AuditEvent {
  readonly action: AuditAction;
  readonly result?: 'success' | 'denied';
  /** Why a denied attempt was denied. */
  readonly reason?: string;
  readonly targetId?: string;
  readonly targetName?: string;
  readonly registryId?: string;
  /** The target before and after the change, without secrets; absent where there was or is none. */
  readonly before?: unknown;
  readonly after?: unknown;
}
