import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Answer, CallOptions } from '../../support/http';
import { fillEveryTable, type FilledRows } from '../../support/every-table';
import { aServer, aWorld, TEST_ENVIRONMENT, type World } from '../../support/world';

export interface Schema {
  readonly type?: string;
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

export interface ManagementOperation {
  readonly id: string;
  readonly method: string;
  /** With `{parameters}`. */
  readonly path: string;
  /** Of its body; null where it takes none. */
  readonly body: Schema | null;
  /** Names of its query parameters. */
  readonly query: readonly string[];
  /** Fields by which it filters, one label for all of them. */
  readonly filters: readonly string[];
  readonly statuses: readonly string[];
}

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly description?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const DESCRIPTION = JSON.parse(
  readFileSync(resolve(__dirname, '../../../docs/reference/openapi.json'), 'utf8'),
) as Description;

/** Every operation that the description names. */
export const MANAGEMENT: readonly ManagementOperation[] = Object.entries(DESCRIPTION.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, described]) => {
    const query = (described.parameters ?? []).filter((one) => one.in === 'query');
    const [, fields = ''] = /Fields: ([^.;]+)/.exec(text(query, 'filter')) ?? [];
    const schema = described.requestBody?.content['application/json']?.schema;
    return {
      id: described.operationId,
      method: method.toUpperCase(),
      path,
      body: schema === undefined ? null : resolved(schema),
      query: query.map(({ name }) => name),
      filters: fields === '' ? [] : fields.replace('labels', 'labels.a').split(', '),
      statuses: Object.keys(described.responses),
    };
  }),
);

function text(parameters: NonNullable<Described['parameters']>, name: string): string {
  return parameters.find((one) => one.name === name)?.description ?? '';
}

/** A schema without the detours by which it is written down. */
export function resolved(schema: Schema): Schema {
  const target = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (target === undefined) return schema;
  return DESCRIPTION.components.schemas[target.split('/').at(-1) ?? ''] ?? schema;
}

export const READS = MANAGEMENT.filter(({ method }) => method === 'GET');
export const LISTS = READS.filter(({ query }) => query.includes('page[size]'));
/** Those that take a body. */
export const CHANGES = MANAGEMENT.filter(({ body }) => body !== null);

const OPERATORS = /^(list|create|get|update|delete)-organizations?$/;

/** Ids and names of what is there, by the names that paths give them. */
export type Ids = Readonly<Record<string, string>>;

export interface FullWorld extends World {
  /** Of acme. */
  readonly own: Ids;
  /** Of globex. */
  readonly foreign: Ids;
  /** A call of acme's administrator; what belongs to the operator is called by him. */
  ask(operation: ManagementOperation, options?: CallOptions & { readonly suffix?: string }): Promise<Answer>;
  /** How many changes the audit trail tells of. */
  changes(): Promise<number>;
}

/** Both organizations have a registry `tools` and one of everything else. */
export async function aFullWorld(environment: Readonly<Record<string, string>> = {}): Promise<FullWorld> {
  const plenty = '100000/1000000';
  const limits = {
    RATE_LIMIT_READ: plenty,
    RATE_LIMIT_WRITE: plenty,
    RATE_LIMIT_AUTH: plenty,
    RATE_LIMIT_EXPORT: plenty,
  };
  const world = await aWorld({ ...limits, ...environment });
  const fill = async (organization: 'acme' | 'globex'): Promise<Ids> => {
    const { id: orgId, name } = world[organization];
    const registryId = await world.aRegistry(world[organization], 'tools');
    await world.publish(world[organization], registryId, aServer());
    return idsOf(await fillEveryTable(world.db, orgId, registryId, name), registryId, orgId, name);
  };
  const [own, foreign] = [await fill('acme'), await fill('globex')];
  return {
    ...world,
    own,
    foreign,
    ask: (operation, { suffix = '', ...options } = {}) =>
      world.call(operation.method, pathOf(operation, own) + suffix, { token: tokenFor(world, operation), ...options }),
    changes: async () =>
      (await world.db.query(`select from audit_log where result = 'success' and kind <> 'access'`)).length,
  };
}

/** The token that may call an operation: the operator's, or that of acme's administrator. */
export function tokenFor(world: World, { id }: Pick<ManagementOperation, 'id'>): string {
  return isOperators(id) ? (TEST_ENVIRONMENT.OPERATOR_TOKEN ?? '') : world.acme.admin;
}

function isOperators(id: string): boolean {
  return OPERATORS.test(id);
}

export function idsOf(rows: FilledRows, registryId: string, orgId: string, name: string): Ids {
  return {
    userId: rows.userId,
    teamId: rows.teamId,
    accountId: rows.systemAccountId,
    inviteId: rows.inviteId,
    sessionId: rows.sessionId,
    issuerId: rows.issuerId,
    providerId: rows.providerId,
    mappingId: rows.mappingId,
    capabilityUrlId: rows.capabilityUrlId,
    destinationId: rows.destinationId,
    replayId: rows.replayId,
    upstreamId: rows.upstreamId,
    mirrorId: rows.mirrorId,
    runId: rows.runId,
    reservedNamespaceId: rows.reservedNamespaceId,
    registryIdentifier: registryId,
    organizationId: orgId,
    loginPath: name,
    'users roleId': rows.userRoleId,
    'teams roleId': rows.teamRoleId,
    'system-accounts roleId': rows.accountRoleId,
    'users tokenId': rows.userTokenId,
    'system-accounts tokenId': rows.accountTokenId,
  };
}

/** The path of an operation on these things, some of them exchanged. */
export function pathOf({ path }: Pick<ManagementOperation, 'path'>, ids: Ids, instead: Ids = {}): string {
  const [, collection = ''] = /^\/v0\/([a-z-]+)/.exec(path) ?? [];
  return path.replaceAll(
    /\{(\w+)\}/g,
    (_, name: string) => instead[name] ?? ids[name] ?? ids[`${collection} ${name}`] ?? name,
  );
}

const GROUP = { role_name: 'Viewer', entity_type_name: 'Identity', entity_id: '*' };
const SETTINGS = { enabled: false, allowed_ips: [] };
const ISSUER = {
  name: 'attack',
  issuer_url: 'https://attack.example.com',
  audiences: ['attack'],
  claim_rules: [],
  max_lifetime_seconds: 600,
  enabled: true,
};
const PROVIDER = {
  enabled: false,
  config: { issuer_url: 'https://idp.example.com', client_id: 'a', client_secret: 'b', scopes: ['openid'] },
};
const DESTINATION = {
  endpoint: 'https://siem.example.com/ingest',
  authorization: 'Bearer of the attack',
  format: 'cef',
  enabled: false,
};
// Nobody listens there.
const UPSTREAM = {
  display_name: 'Attack',
  url: 'http://127.0.0.1:9/attack',
  headers: { authorization: 'Bearer of the attack' },
  verify_tls: true,
  enabled: false,
};
const MIRROR = {
  schedule: '30d',
  include: ['com.attack/*'],
  exclude: ['*/test'],
  registry_types: ['npm'],
  transports: ['stdio'],
  latest_only: true,
  statuses: ['active'],
  max_removed_percent: 5,
  on_conflict: 'hold',
  enabled: true,
  position: 7,
};
const PASSWORD = 'a pass phrase of some length';

/** A body of each operation in which there is nothing to complain about. */
export const GOOD_BODIES: Readonly<Record<string, (ids: Ids) => Record<string, unknown>>> = {
  'update-organization-me': () => ({ display_name: 'Attacked', login_path: 'attacked' }),
  'update-token-settings': () => ({ pats_enabled: true, max_expiration_period_days: 100 }),
  'replace-ip-allow-list': () => SETTINGS,
  'update-ip-allow-list': () => SETTINGS,
  'create-organization': () => ({ name: 'attack', display_name: 'Attack', admin_email: 'eve@example.com' }),
  'update-organization': () => ({ display_name: 'Attacked', state: 'active', rate_limits: {}, quotas: {} }),
  'update-user-me': () => ({ full_name: 'Eve', preferred_name: 'Eve' }),
  'change-password': () => ({ current_password: PASSWORD, new_password: `${PASSWORD} more` }),
  'update-user': () => ({ full_name: 'Eve', preferred_name: 'Eve', active: true }),
  'create-invite': ({ teamId }) => ({ email: 'eve@example.com', full_name: 'Eve', team_ids: [teamId] }),
  'accept-invite': () => ({ token: 'ptl_inv_', full_name: 'Eve', password: PASSWORD }),
  'start-invite-login': () => ({ token: 'ptl_inv_', return_to: '/docs' }),
  'create-team': () => ({ name: 'Attack', description: 'Attack', labels: { a: 'b' } }),
  'update-team': () => ({ name: 'Attacked', description: 'Attacked', labels: { a: 'b' } }),
  'add-team-user': ({ userId }) => ({ id: userId }),
  'add-team-system-account': ({ accountId }) => ({ id: accountId }),
  'create-system-account': () => ({ name: 'attack', description: 'Attack' }),
  'update-system-account': () => ({ name: 'attacked', description: 'Attacked', active: true }),
  'create-user-token': () => ({ name: 'attack', ttl_seconds: 90_000 }),
  'update-user-token': () => ({ name: 'attacked' }),
  'rotate-user-token': () => ({ overlap_seconds: 60 }),
  'create-system-account-token': () => ({ name: 'attack', ttl_seconds: 90_000 }),
  'update-system-account-token': () => ({ name: 'attacked' }),
  'rotate-system-account-token': () => ({ overlap_seconds: 60 }),
  'assign-user-role': () => ({ ...GROUP, entity_region: '*' }),
  'assign-team-role': () => ({ ...GROUP, entity_region: '*' }),
  'assign-system-account-role': () => ({ ...GROUP, entity_region: '*' }),
  'create-issuer': () => ISSUER,
  'update-issuer': () => {
    const { issuer_url: _immutable, ...changeable } = ISSUER;
    return { ...changeable, name: 'attacked' };
  },
  'log-in': ({ loginPath }) => ({ login_path: loginPath, email: 'eve@example.com', password: PASSWORD }),
  'update-authentication-settings': () => ({ idp_mapping_enabled: false }),
  'create-identity-provider': () => ({ type: 'oidc', ...PROVIDER }),
  'update-identity-provider': () => PROVIDER,
  'create-team-group-mapping': ({ teamId }) => ({ team_id: teamId, group: 'attackers' }),
  'update-audit-settings': () => ({
    retention_days: 500,
    legal_hold: false,
    log_grants: false,
    access_sample_percent: 0,
  }),
  'create-audit-log-destination': () => ({ name: 'attack', ...DESTINATION }),
  'update-audit-log-destination': () => ({ name: 'attacked', ...DESTINATION }),
  'create-audit-log-replay': () => ({ start_at: '2026-01-01T00:00:00Z', end_at: '2026-02-01T00:00:00Z' }),
  'create-capability-url': () => ({ name: 'attack', expires_at: '2099-12-31T00:00:00Z', allowed_ips: [] }),
  'create-upstream': () => ({ name: 'attack', ...UPSTREAM }),
  'update-upstream': () => UPSTREAM,
  'test-new-upstream': () => ({ name: 'attack', ...UPSTREAM }),
  'reserve-namespace': () => ({ namespace: 'com.attack' }),
  'create-mirror': ({ upstreamId }) => ({ upstream_id: upstreamId, ...MIRROR }),
  'update-mirror': () => MIRROR,
  'create-mirror-run': () => ({ mode: 'full', dry_run: true }),
  'create-registry': () => ({
    name: 'attack',
    display_name: 'Attack',
    description: '',
    labels: {},
    visibility: 'private',
  }),
  'update-registry': () => ({ display_name: 'Attacked', description: '', labels: {}, visibility: 'private' }),
};

export function goodBody({ id }: Pick<ManagementOperation, 'id'>, ids: Ids): Record<string, unknown> {
  const body = GOOD_BODIES[id];
  if (!body) throw new Error(`there is no good body for ${id}`);
  return body(ids);
}

interface Problem {
  readonly type?: string;
  readonly invalid_parameters?: readonly { readonly field: string; readonly rule: string }[];
}

/** Status, code, and field and rule of each parameter that is refused. */
export function complaint(answer: Answer): string {
  const { type = '', invalid_parameters: problems = [] } = answer.json<Problem>();
  const named = problems.map(({ field, rule }) => `${field} ${rule}`);
  return [answer.status, type.replace('urn:portolan:error:', ''), ...named].join(' ');
}
