export type AuditKind = 'authentication' | 'authorization' | 'access' | 'change';

interface AuditActionEntry<K extends AuditKind = AuditKind> {
  readonly kind: K;
  /** Type of the target. */
  readonly target: string;
  readonly means: string;
}

const entry =
  <K extends AuditKind>(kind: K) =>
  (target: string, means: string): AuditActionEntry<K> => ({ kind, target, means });
const authentication = entry('authentication');
const authorization = entry('authorization');
const access = entry('access');
const change = entry('change');

/** Grows with every change of the vocabulary that an existing reader could stumble over. */
export const AUDIT_VOCABULARY_VERSION = 1;

/** The closed vocabulary of actions, with the kind of each and the type of its target. */
export const AUDIT_ACTIONS = {
  'organization.create': change('organization', 'An organization was made'),
  'registry.create': change('registry', 'A registry was created'),
  'registry.update': change('registry', 'Settings of a registry were changed'),
  'registry.delete': change('registry', 'A registry was deleted, with what it held'),
  'server.version.publish': change('server_version', 'A server version was published'),
  'server.version.edit': change('server_version', 'The document of a version was edited'),
  'server.version.delete': change('server_version', 'A version was marked as deleted'),
  'server.version.status': change('server_version', 'The status of a version was changed'),
  'server.status': change('server', 'The status of all versions of a server was changed'),
  'token.create': change('access_token', 'An access token was issued'),
  'organization.update': change('organization', 'The organization was renamed, or its settings or limits were changed'),
  'organization.suspend': change('organization', 'The operator suspended the organization'),
  'organization.resume': change('organization', 'The operator resumed the organization'),
  'organization.delete': change('organization', 'The organization was deleted with all but its trail'),
  'ip_allow_list.update': change('organization', 'The addresses from which the organization may be used were changed'),
  'token_settings.update': change('organization', 'What access tokens may be was changed'),
  'authentication_settings.update': change('organization', 'The ways to sign in were changed'),
  'user.invite': change('user', 'Somebody was invited'),
  'user.join': change('user', 'An invite was accepted, or tried to be'),
  'user.update': change('user', 'A user was changed, made active or disabled'),
  'user.delete': change('user', 'A user was deleted and his name erased'),
  'user.password.change': change('user', 'A user changed his password'),
  'invite.revoke': change('invite', 'An invite was revoked'),
  'team.create': change('team', 'A team was created'),
  'team.update': change('team', 'A team was changed'),
  'team.delete': change('team', 'A team was deleted'),
  'team.member.add': change('team', 'Somebody became a member of a team'),
  'team.member.remove': change('team', 'Somebody is a member of a team no more'),
  'role.assign': change('role_assignment', 'A role was given'),
  'role.unassign': change('role_assignment', 'A role was taken away'),
  'system_account.create': change('system_account', 'A system account was created'),
  'system_account.update': change('system_account', 'A system account was changed'),
  'system_account.delete': change('system_account', 'A system account was deleted'),
  'token.update': change('access_token', 'An access token was renamed'),
  'token.rotate': change('access_token', 'An access token was replaced'),
  'token.revoke': change('access_token', 'An access token was revoked'),
  'token.delete': change('access_token', 'An access token was deleted'),
  'issuer.create': change('issuer', 'An issuer of JWTs was trusted'),
  'issuer.update': change('issuer', 'A trusted issuer was changed'),
  'issuer.delete': change('issuer', 'An issuer is trusted no more'),
  'identity_provider.create': change('identity_provider', 'An identity provider was added'),
  'identity_provider.update': change('identity_provider', 'An identity provider was changed'),
  'identity_provider.delete': change('identity_provider', 'An identity provider was removed'),
  'team_mapping.create': change('team_mapping', 'A group was mapped to a team'),
  'team_mapping.delete': change('team_mapping', 'A group is mapped to a team no more'),
  'capability_url.create': change('capability_url', 'A capability URL was made'),
  'capability_url.revoke': change('capability_url', 'A capability URL was revoked'),
  'session.create': authentication('session', 'Somebody signed in'),
  'session.end': authentication('session', 'A session was ended'),
  'session.refuse': authentication('session', 'Somebody could not sign in'),
  'capability_url.refuse': authentication('capability_url', 'A capability URL was refused'),
  'jwt.refuse': authentication('issuer', 'A JWT was refused'),
  'permission.deny': authorization('route', 'A request was refused for want of a right'),
  'permission.grant': authorization('route', 'A request was let through; when the organization asks for it'),
  'registry.read': access('route', 'A registry was read; a sample, when the organization asks for it'),
  'audit_log.export': access('audit_log', 'Audit rows were exported'),
  'audit_log.drop': access('audit_log', 'Rows could not be written down; how many'),
  'audit_log.purge': change('audit_log', 'Rows over their retention were purged'),
  'audit_settings.update': change('organization', 'Retention, legal hold or what is written down was changed'),
  'audit_destination.create': change('audit_destination', 'A destination of the trail was added'),
  'audit_destination.update': change('audit_destination', 'A destination was changed, paused or resumed'),
  'audit_destination.delete': change('audit_destination', 'A destination was removed'),
  'audit_destination.test': change('audit_destination', 'A test entry was sent to a destination'),
  'audit_replay.create': change('audit_replay', 'A replay to a destination was asked for'),
  'audit_replay.delete': change('audit_replay', 'A replay was stopped'),
  'upstream.create': change('upstream', 'An upstream was named'),
  'upstream.update': change('upstream', 'An upstream was changed, enabled or disabled'),
  'upstream.delete': change('upstream', 'An upstream was removed'),
  'upstream.test': access('upstream', 'The connection to an upstream was tested'),
  'reserved_namespace.create': change('reserved_namespace', 'A namespace was reserved'),
  'reserved_namespace.delete': change('reserved_namespace', 'A namespace is reserved no more'),
  'mirror.create': change('mirror', 'A mirror was set up'),
  'mirror.update': change('mirror', 'A mirror was changed'),
  'mirror.delete': change('mirror', 'A mirror was deleted, and what it had brought was kept or removed'),
  'mirror.leave_reserved': change(
    'mirror',
    'Servers of a namespace that was reserved left a registry; how many, and the first hundred of them',
  ),
  'mirror.run.create': change('mirror_run', 'Somebody asked for a run'),
  'mirror.run.cancel': change('mirror_run', 'A run was cancelled'),
  'mirror.run.release': change('mirror_run', 'A held run was released'),
  'mirror.run.refuse': change('mirror_run', 'A held run was refused'),
  'mirror.run.apply': change('mirror_run', 'A run changed what a registry holds; how many versions of which kind'),
  'mirror.run.hold': change('mirror_run', 'A run was held, for what the upstream did looks wrong'),
  'mirror.run.fail': change('mirror_run', 'A run failed'),
  'token.refuse': authentication('access_token', 'An access token was refused'),
} satisfies Record<string, AuditActionEntry>;

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
