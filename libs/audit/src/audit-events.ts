export type AuditKind = 'authentication' | 'authorization' | 'access' | 'change';

/** Grows with every change of the vocabulary that an existing reader could stumble over. */
export const AUDIT_VOCABULARY_VERSION = 1;

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
  'organization.update': { kind: 'change', target: 'organization' },
  'organization.suspend': { kind: 'change', target: 'organization' },
  'organization.resume': { kind: 'change', target: 'organization' },
  'organization.delete': { kind: 'change', target: 'organization' },
  'ip_allow_list.update': { kind: 'change', target: 'organization' },
  'token_settings.update': { kind: 'change', target: 'organization' },
  'authentication_settings.update': { kind: 'change', target: 'organization' },
  'user.invite': { kind: 'change', target: 'user' },
  'user.join': { kind: 'change', target: 'user' },
  'user.update': { kind: 'change', target: 'user' },
  'user.delete': { kind: 'change', target: 'user' },
  'user.password.change': { kind: 'change', target: 'user' },
  'invite.revoke': { kind: 'change', target: 'invite' },
  'team.create': { kind: 'change', target: 'team' },
  'team.update': { kind: 'change', target: 'team' },
  'team.delete': { kind: 'change', target: 'team' },
  'team.member.add': { kind: 'change', target: 'team' },
  'team.member.remove': { kind: 'change', target: 'team' },
  'role.assign': { kind: 'change', target: 'role_assignment' },
  'role.unassign': { kind: 'change', target: 'role_assignment' },
  'system_account.create': { kind: 'change', target: 'system_account' },
  'system_account.update': { kind: 'change', target: 'system_account' },
  'system_account.delete': { kind: 'change', target: 'system_account' },
  'token.update': { kind: 'change', target: 'access_token' },
  'token.rotate': { kind: 'change', target: 'access_token' },
  'token.revoke': { kind: 'change', target: 'access_token' },
  'token.delete': { kind: 'change', target: 'access_token' },
  'issuer.create': { kind: 'change', target: 'issuer' },
  'issuer.update': { kind: 'change', target: 'issuer' },
  'issuer.delete': { kind: 'change', target: 'issuer' },
  'identity_provider.create': { kind: 'change', target: 'identity_provider' },
  'identity_provider.update': { kind: 'change', target: 'identity_provider' },
  'identity_provider.delete': { kind: 'change', target: 'identity_provider' },
  'team_mapping.create': { kind: 'change', target: 'team_mapping' },
  'team_mapping.delete': { kind: 'change', target: 'team_mapping' },
  'capability_url.create': { kind: 'change', target: 'capability_url' },
  'capability_url.revoke': { kind: 'change', target: 'capability_url' },
  'session.create': { kind: 'authentication', target: 'session' },
  'session.end': { kind: 'authentication', target: 'session' },
  'session.refuse': { kind: 'authentication', target: 'session' },
  'capability_url.refuse': { kind: 'authentication', target: 'capability_url' },
  'jwt.refuse': { kind: 'authentication', target: 'issuer' },
  'permission.deny': { kind: 'authorization', target: 'route' },
  'permission.grant': { kind: 'authorization', target: 'route' },
  'registry.read': { kind: 'access', target: 'route' },
  'audit_log.export': { kind: 'access', target: 'audit_log' },
  'audit_log.drop': { kind: 'access', target: 'audit_log' },
  'audit_log.purge': { kind: 'change', target: 'audit_log' },
  'audit_settings.update': { kind: 'change', target: 'organization' },
  'audit_destination.create': { kind: 'change', target: 'audit_destination' },
  'audit_destination.update': { kind: 'change', target: 'audit_destination' },
  'audit_destination.delete': { kind: 'change', target: 'audit_destination' },
  'audit_replay.create': { kind: 'change', target: 'audit_replay' },
  'audit_replay.delete': { kind: 'change', target: 'audit_replay' },
  'token.refuse': { kind: 'authentication', target: 'access_token' },
} as const satisfies Record<string, { kind: AuditKind; target: string }>;

export type AuditAction = keyof typeof AUDIT_ACTIONS;

export type AuditResult = 'success' | 'denied' | 'failure';

/** Fields of a target's `before` and `after` that tell who a person is. They are kept where they can be erased. */
export const PERSONAL_FIELDS: readonly string[] = ['email', 'full_name', 'preferred_name', 'name', 'subject'];

export interface AuditEvent {
  readonly action: AuditAction;
  readonly result?: AuditResult;
  /** Why an attempt was denied or failed. */
  readonly reason?: string;
  readonly targetId?: string;
  /** Never a person's: that is told by `person`. */
  readonly targetName?: string;
  /**
   * The user whom the target is or belongs to; the trail calls the target by his name as long as it is not erased.
   * With him, `before` and `after` are kept without PERSONAL_FIELDS, and those beside the chain.
   */
  readonly person?: { readonly id: string; readonly name: string };
  /** What the target belongs to, unless that is the registry. */
  readonly parent?: { readonly type: string; readonly id: string };
  readonly registryId?: string;
  /** The target before and after the change, without secrets; absent where there was or is none. */
  readonly before?: object;
  readonly after?: object;
}
