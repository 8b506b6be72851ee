import type { AuditEvent } from '@portolan/audit';
import { aMember, aTokenOf, invite, PASSWORD, tokenIn } from '../e2e/access/support/people';
import { GOOD_BODIES, type Ids } from '../security/attacks/management-api';
import { aPerson, aSession, held, PASSWORD as SIGN_IN_PASSWORD } from '../sign-in/people';
import type { Answer, CallOptions } from '../support/http';
import { aServer, TEST_ENVIRONMENT, type World } from '../support/world';

/** What an operation works on: all of it new, and acme's. */
export interface Scene {
  readonly world: World;
  readonly ids: Ids;
  /** A number that no other scene has. */
  readonly made: number;
  /** A token of acme with which registries can be read and nothing else be done. */
  readonly viewer: string;
}

export interface Attempt extends CallOptions {
  /** In the place of ids of the scene. */
  readonly instead?: Ids;
  /** A query. */
  readonly suffix?: string;
}

/** A row of the trail as far as it differs from what all others have. */
export interface Difference {
  readonly result?: string;
  readonly reason?: string;
  readonly org_id?: string;
  readonly principal_type?: string;
  readonly principal_id?: string | null;
  readonly principal_name?: string | null;
  readonly credential_id?: string | null;
  readonly target_id?: string | null;
  readonly registry_id?: string | null;
}

interface Done {
  readonly attempt: Attempt;
  /** Of the row that it leaves. */
  readonly row?: Difference | ((answer: Answer) => Difference);
}

export interface Refused {
  readonly attempt: Attempt;
  readonly status?: number;
  readonly action?: AuditEvent['action'];
}

/** How to do an operation well, to have it refused, and to ask for it wrongly. */
export interface Mutation {
  /** The action of the one row that it leaves. */
  readonly action: AuditEvent['action'];
  /** Absent: acme's administrator does it with the usual good body. */
  readonly done?: (scene: Scene) => Done | Promise<Done>;
  /** Why nobody is refused, or how somebody is; absent: the viewer does the same. */
  readonly refused?: string | ((scene: Scene, done: Attempt) => Refused | Promise<Refused>);
  /** Absent: an unknown field in the body, or an id that is not there. */
  readonly wrong?: (scene: Scene, done: Attempt) => Attempt;
}

/** An operation that leaves no row. */
interface Nothing {
  readonly none: string;
}

const OPERATOR = TEST_ENVIRONMENT.OPERATOR_TOKEN ?? '';
const BY_OPERATOR = { principal_type: 'operator', principal_id: null, principal_name: 'operator', credential_id: null };
const GONE = '9.9.9';

const change = (action: AuditEvent['action'], body?: (scene: Scene) => unknown): Mutation => ({
  action,
  ...(body ? { done: (scene) => ({ attempt: { body: body(scene) } }) } : {}),
});
const organizationChange = (action: AuditEvent['action'], body: unknown): Mutation => ({
  action,
  done: ({ world }) => ({ attempt: { body }, row: { target_id: world.acme.id } }),
});
const member = (action: AuditEvent['action'], body?: (scene: Scene) => Promise<unknown>): Mutation => ({
  action,
  done: async (scene) => ({
    attempt: body ? { body: await body(scene) } : {},
    row: { target_id: scene.ids.teamId ?? '' },
  }),
});
const roleAssignment: Mutation = {
  action: 'role.assign',
  done: ({ ids }) => ({
    attempt: {
      body: { role_name: 'Viewer', entity_type_name: 'MCP Registries', entity_id: ids.registryIdentifier },
    },
    row: (answer) => ({ target_id: answer.json<{ id: string }>().id, registry_id: ids.registryIdentifier ?? '' }),
  }),
};
const rotation = (owner: 'users' | 'system-accounts'): Mutation => ({
  action: 'token.rotate',
  done: ({ ids }) => ({ attempt: { body: {} }, row: { target_id: ids[`${owner} tokenId`] ?? '' } }),
});
const mirrorRun = (action: AuditEvent['action']): Mutation => ({
  action,
  done: ({ ids }) => ({ attempt: {}, row: { target_id: ids.runId ?? '' } }),
});
const version = (
  action: AuditEvent['action'],
  attempt: Attempt = {},
  target = 'com.example/weather@1.0.0',
): Mutation => ({
  action,
  done: ({ ids }) => ({ attempt, row: { target_id: target, registry_id: ids.registryIdentifier ?? '' } }),
});

/** Every operation that could change something. */
export const MUTATIONS: Readonly<Record<string, Mutation | Nothing>> = {
  'update-organization-me': organizationChange('organization.update', { display_name: 'Renamed' }),
  'update-token-settings': organizationChange('token_settings.update', { max_expiration_period_days: 100 }),
  'replace-ip-allow-list': organizationChange('ip_allow_list.update', { enabled: false, allowed_ips: ['127.0.0.0/8'] }),
  'update-ip-allow-list': organizationChange('ip_allow_list.update', { allowed_ips: ['127.0.0.1/32'] }),
  'update-authentication-settings': organizationChange('authentication_settings.update', { idp_mapping_enabled: true }),
  'update-audit-settings': organizationChange('audit_settings.update', { retention_days: 500 }),
  'create-audit-log-destination': change('audit_destination.create'),
  'update-audit-log-destination': change('audit_destination.update'),
  'delete-audit-log-destination': change('audit_destination.delete'),
  'test-audit-log-destination': {
    action: 'audit_destination.test',
    done: async ({ world, ids }) => {
      await world.db.query('update audit_destination set authorization_sealed = null where id = $1', [
        ids.destinationId,
      ]);
      return { attempt: {}, row: { result: 'failure', reason: expect.any(String) as string } };
    },
  },
  'create-audit-log-replay': {
    action: 'audit_replay.create',
    done: async ({ world, ids }) => {
      // One at a time.
      await world.db.query('delete from audit_delivery where id = $1', [ids.replayId]);
      return { attempt: {} };
    },
  },
  'delete-audit-log-replay': change('audit_replay.delete'),
  'create-organization': {
    action: 'organization.create',
    done: ({ made }) => ({
      attempt: { token: OPERATOR, body: { name: `made-${made}`, admin_email: 'admin@made.example.com' } },
      row: (answer) => ({
        ...BY_OPERATOR,
        org_id: answer.json<{ id: string }>().id,
        target_id: answer.json<{ id: string }>().id,
      }),
    }),
    refused: ({ world }, done) => ({ attempt: { ...done, token: world.acme.admin } }),
  },
  'update-organization': {
    action: 'organization.update',
    done: ({ world }) => ({
      attempt: { token: OPERATOR, body: { display_name: 'Renamed by the operator' } },
      row: { ...BY_OPERATOR, target_id: world.acme.id },
    }),
    refused: ({ world }, done) => ({ attempt: { ...done, token: world.acme.admin } }),
  },
  'delete-organization': {
    action: 'organization.delete',
    done: async ({ world, made }) => {
      const { id, name } = await world.anOrganization(`gone-${made}`);
      return {
        attempt: { token: OPERATOR, instead: { organizationId: id }, suffix: `?confirm=${name}` },
        row: { ...BY_OPERATOR, org_id: id, target_id: id },
      };
    },
    refused: ({ world }, done) => ({ attempt: { ...done, token: world.acme.admin } }),
    wrong: (_scene, done) => ({ ...done, suffix: '' }),
  },
  'update-user-me': {
    action: 'user.update',
    done: async (scene) => {
      const { token, row } = await aSelf(scene);
      return { attempt: { token, body: { full_name: 'Selma Self' } }, row: { ...row, target_id: row.principal_id } };
    },
  },
  'change-password': {
    action: 'user.password.change',
    done: async (scene) => {
      const { token, row } = await aSelf(scene);
      const body = { current_password: PASSWORD, new_password: `${PASSWORD} more` };
      return { attempt: { token, body }, row: { ...row, target_id: row.principal_id } };
    },
    refused: (_scene, done) => ({
      attempt: { ...done, body: { current_password: 'wrong', new_password: `${PASSWORD} more` } },
    }),
  },
  'update-user': change('user.update'),
  'delete-user': change('user.delete'),
  'create-invite': {
    action: 'user.invite',
    done: ({ made, ids }) => ({
      attempt: { body: { email: `eve-${made}@example.com`, full_name: 'Eve Invited', team_ids: [ids.teamId] } },
      row: (answer) => ({ target_id: answer.json<{ user_id: string }>().user_id }),
    }),
  },
  'delete-invite': change('invite.revoke'),
  'accept-invite': {
    action: 'user.join',
    done: async ({ world, made }) => {
      const sent = await invite(world, world.acme, `joining-${made}@example.com`);
      const row = { principal_id: sent.user_id, credential_id: null, target_id: sent.user_id };
      const body = { token: tokenIn(sent), full_name: 'Jo Joining', password: PASSWORD };
      return { attempt: { token: '', body }, row };
    },
    refused: 'whoever holds an invite may accept it; nobody is asked for a permission',
  },
  'start-invite-login': { none: 'it sends a browser to the identity provider; what counts is how it comes back' },
  'create-team': change('team.create'),
  'update-team': change('team.update'),
  'delete-team': change('team.delete'),
  'add-team-user': member('team.member.add', async ({ world }) => ({ id: (await aPerson(world, world.acme)).id })),
  'remove-team-user': member('team.member.remove'),
  'add-team-system-account': member('team.member.add', async ({ world, made }) => {
    const body = { name: `new account ${made}` };
    return { id: (await world.call('POST', '/v0/system-accounts', { token: world.acme.admin, body })).json().id };
  }),
  'remove-team-system-account': member('team.member.remove'),
  'create-system-account': change('system_account.create'),
  'update-system-account': change('system_account.update'),
  'delete-system-account': change('system_account.delete'),
  'create-user-token': {
    action: 'token.create',
    done: async (scene) => {
      const { token, row } = await aSelf(scene);
      const attempt = { token, instead: { userId: row.principal_id }, body: { name: 'own', ttl_seconds: 90_000 } };
      return { attempt, row: (answer) => ({ ...row, target_id: answer.json<{ id: string }>().id }) };
    },
  },
  'update-user-token': change('token.update'),
  'delete-user-token': change('token.delete'),
  'revoke-user-token': { ...change('token.revoke'), done: ({ ids }) => tokenOf(ids, 'users') },
  'rotate-user-token': {
    action: 'token.rotate',
    done: async (scene) => {
      const { token, row } = await aSelf(scene);
      const instead = { userId: row.principal_id, tokenId: row.credential_id };
      return {
        attempt: { token, instead, body: { overlap_seconds: 60 } },
        row: { ...row, target_id: row.credential_id },
      };
    },
  },
  'create-system-account-token': change('token.create'),
  'update-system-account-token': change('token.update'),
  'delete-system-account-token': change('token.delete'),
  'revoke-system-account-token': { ...change('token.revoke'), done: ({ ids }) => tokenOf(ids, 'system-accounts') },
  'rotate-system-account-token': rotation('system-accounts'),
  'assign-user-role': roleAssignment,
  'unassign-user-role': change('role.unassign'),
  'assign-team-role': roleAssignment,
  'unassign-team-role': change('role.unassign'),
  'assign-system-account-role': roleAssignment,
  'unassign-system-account-role': change('role.unassign'),
  'create-issuer': change('issuer.create'),
  'update-issuer': change('issuer.update'),
  'delete-issuer': change('issuer.delete'),
  'log-in': {
    action: 'session.create',
    done: async ({ world }) => {
      const { id, email } = await aPerson(world, world.acme);
      return {
        attempt: { token: '', body: { login_path: 'acme', email, password: SIGN_IN_PASSWORD } },
        row: (answer) => {
          const { session_id: sessionId } = answer.json<{ session_id: string }>();
          return { principal_id: id, credential_id: sessionId, target_id: sessionId };
        },
      };
    },
    refused: (_scene, done) => ({
      attempt: { ...done, body: { ...(done.body as object), password: 'wrong' } },
      status: 401,
      action: 'session.refuse',
    }),
  },
  'log-out': {
    action: 'session.end',
    done: async ({ world }) => {
      const person = await aPerson(world, world.acme);
      const session = await aSession(world, world.acme, person);
      const row = { principal_id: person.id, credential_id: session.id, target_id: session.id };
      return { attempt: { token: '', headers: held(session) }, row };
    },
    refused: 'everybody may end his own session',
    wrong: ({ world }) => ({ token: world.acme.admin }),
  },
  'end-sessions': { ...change('session.end'), done: () => ({ attempt: {}, row: { target_id: null } }) },
  'end-session': change('session.end'),
  'create-identity-provider': change('identity_provider.create'),
  'update-identity-provider': change('identity_provider.update'),
  'delete-identity-provider': change('identity_provider.delete'),
  'create-team-group-mapping': change('team_mapping.create'),
  'delete-team-group-mapping': change('team_mapping.delete'),
  'create-capability-url': change('capability_url.create', () => ({ name: 'Made' })),
  'revoke-capability-url': change('capability_url.revoke'),
  'create-upstream': change('upstream.create', ({ made }) => ({
    name: `made-${made}`,
    url: 'https://registry.example.com',
    headers: { authorization: 'Bearer of the upstream' },
  })),
  'update-upstream': change('upstream.update'),
  'delete-upstream': {
    action: 'upstream.delete',
    done: async ({ world, ids }) => {
      await world.db.query('delete from mirror where id = $1', [ids.mirrorId]);
      return { attempt: {} };
    },
  },
  'test-upstream': {
    action: 'upstream.test',
    // Its headers are sealed by nobody.
    done: ({ ids }) => ({
      attempt: {},
      row: { result: 'failure', reason: expect.any(String) as string, target_id: ids.upstreamId ?? '' },
    }),
  },
  'test-new-upstream': {
    action: 'upstream.test',
    done: () => ({
      attempt: {},
      row: { result: 'failure', reason: expect.any(String) as string, target_id: null },
    }),
  },
  'reserve-namespace': change('reserved_namespace.create', ({ made }) => ({ namespace: `com.made-${made}` })),
  'free-reserved-namespace': change('reserved_namespace.delete'),
  'create-mirror': {
    action: 'mirror.create',
    done: async ({ world, ids }) => {
      // One of each upstream.
      await world.db.query('delete from mirror where id = $1', [ids.mirrorId]);
      return { attempt: {} };
    },
  },
  'update-mirror': change('mirror.update'),
  'delete-mirror': {
    action: 'mirror.delete',
    done: () => ({ attempt: { suffix: '?versions=remove' } }),
    wrong: () => ({}),
  },
  'create-mirror-run': change('mirror.run.create'),
  'cancel-mirror-run': mirrorRun('mirror.run.cancel'),
  'release-mirror-run': mirrorRun('mirror.run.release'),
  'refuse-mirror-run': mirrorRun('mirror.run.refuse'),
  'create-registry': {
    ...change('registry.create'),
    done: ({ made }) => ({
      attempt: { body: { name: `made-${made}` } },
      row: (answer) => ({ target_id: answer.json<{ id: string }>().id, registry_id: answer.json<{ id: string }>().id }),
    }),
  },
  'update-registry': change('registry.update'),
  'delete-registry': {
    action: 'registry.delete',
    done: () => ({ attempt: { suffix: '?force=true' } }),
    wrong: () => ({}),
  },
  publishServer: version(
    'server.version.publish',
    { body: aServer({ version: '2.0.0' }) },
    'com.example/weather@2.0.0',
  ),
  editServerVersion: version('server.version.edit', { body: aServer({ description: 'Edited' }) }),
  deleteServerVersion: {
    ...version('server.version.delete'),
    wrong: () => ({ instead: { version: GONE } }),
  },
  setVersionStatus: version('server.version.status', { body: { status: 'deprecated' } }),
  setServerStatus: version('server.status', { body: { status: 'deprecated' } }, 'com.example/weather'),
  validateServer: { none: 'it tells whether a document is valid and keeps nothing' },
};

/** A body of an operation with which there is nothing wrong; the table of attacks knows one of each. */
export function usualBody(id: string, ids: Ids): unknown {
  return GOOD_BODIES[id]?.(ids);
}

/** A user with a token of his own, who has no role. */
async function aSelf({ world, made }: Scene) {
  const { id } = await aMember(world, world.acme, `self-${made}@example.com`);
  const token = await aTokenOf(world, world.acme, id);
  const [row] = await world.db.query<{ id: string }>(`select id from access_token where user_id = $1`, [id]);
  return { token, row: { principal_id: id, credential_id: row?.id ?? '' } };
}

function tokenOf(ids: Ids, owner: 'users' | 'system-accounts'): Done {
  return { attempt: {}, row: { target_id: ids[`${owner} tokenId`] ?? '' } };
}
