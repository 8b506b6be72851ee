import { fillEveryTable, type FilledRows } from '../support/every-table';
import { TEST_ENVIRONMENT } from '../support/world';
import { ACTORS, actorsOf, type Actor } from './actors';
import { aLeakWorld, inBatches, MISSING, OPERATIONS, REGISTRY_OPERATIONS, told, type LeakWorld } from './fixture';
import { BODIES, EXPECTED, type Expectation, type Ids } from './identity-matrix.table';

const IDENTITY_OPERATIONS = OPERATIONS.filter((operation) => !REGISTRY_OPERATIONS.includes(operation));

function idsOf(rows: FilledRows, registryId: string, orgId: string, mark: string): Ids {
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
    group: `${mark}-group`,
    'users roleId': rows.userRoleId,
    'teams roleId': rows.teamRoleId,
    'system-accounts roleId': rows.accountRoleId,
    'users tokenId': rows.userTokenId,
    'system-accounts tokenId': rows.accountTokenId,
  };
}

/** Whose rows the columns of an operation name. */
interface Sets {
  readonly own: Ids;
  readonly sibling: Ids;
  readonly foreign: Ids;
  readonly deleted: Ids;
}

/** An organization has few of them at a time. */
const ONE_BY_ONE = [
  'export-audit-logs',
  'verify-audit-logs',
  'test-audit-log-destination',
  'test-upstream',
  'delete-mirror',
];

/** Columns in which the same is missing: a missing child and a missing parent are told apart, being the caller's own. */
const ALIKE: Readonly<Record<number, readonly (readonly number[])[]>> = {
  7: [
    [1, 2, 3, 4],
    [5, 6],
  ],
  10: [
    [1, 2, 3, 4],
    [5, 6, 7],
    [8, 9],
  ],
};

const OPERATORS = ['get-organization', 'update-organization', 'delete-organization'];

/** A path for each column of an operation: the named object, and every way in which another one can be named. */
function columnsOf({ id, path }: (typeof IDENTITY_OPERATIONS)[number], sets: Sets): readonly string[] {
  const { own, sibling, foreign, deleted } = sets;
  const [, collection = ''] = /^\/v0\/([a-z-]+)/.exec(path) ?? [];
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  const of = (ids: Ids, index: number) => {
    const parameter = parameters[index] ?? '';
    return ids[parameter] ?? ids[`${collection} ${parameter}`] ?? '';
  };
  const named = (...values: readonly string[]) =>
    parameters.reduce((text, parameter, index) => text.replace(`{${parameter}}`, values[index] ?? ''), path);
  if (parameters.length === 0) return [path];
  if (parameters[0] === 'loginPath') return [named('acme'), named('globex'), named('missing')];
  if (OPERATORS.includes(id)) return [of(own, 0), of(foreign, 0), MISSING, 'nonsense'].map((one) => named(one));
  if (parameters[0] === 'organizationId') return ['me', of(own, 0), of(foreign, 0), MISSING].map((one) => named(one));
  if (parameters.length === 1)
    return [of(own, 0), of(foreign, 0), of(deleted, 0), MISSING, 'nonsense'].map((one) => named(one));
  if (parameters.length === 3)
    return [
      ...[of(own, 2), of(sibling, 2), of(foreign, 2), of(deleted, 2), MISSING].map((one) =>
        named(of(own, 0), of(own, 1), one),
      ),
      ...[sibling, foreign, deleted].map((ids) => named(of(own, 0), of(ids, 1), of(ids, 2))),
      named(of(foreign, 0), of(foreign, 1), of(foreign, 2)),
      named(MISSING, of(own, 1), of(own, 2)),
    ];
  return [
    named(of(own, 0), of(own, 1)),
    named(of(own, 0), of(sibling, 1)),
    named(of(own, 0), of(foreign, 1)),
    named(of(own, 0), of(deleted, 1)),
    named(of(own, 0), MISSING),
    named(of(foreign, 0), of(foreign, 1)),
    named(MISSING, of(own, 1)),
  ];
}

function expectedOf({ id, path }: (typeof IDENTITY_OPERATIONS)[number], count: number): Record<Actor, string[]> {
  const found = EXPECTED.filter(({ operations }) => Object.hasOwn(operations, id));
  if (found.length !== 1) throw new Error(`${id} (${path}) has ${found.length} rows in the table of expected statuses`);
  const { operations, rows } = found[0] as Expectation;
  const byActor = Object.entries(rows).flatMap(([actors, line]) => {
    const statuses = line.replaceAll('done', String(operations[id])).trim().split(/ +/);
    const columns = Array.from({ length: count }, (_, column) => statuses[column] ?? statuses.at(-1) ?? '');
    return actorsOf(actors).map((actor) => [actor, columns] as const);
  });
  return Object.fromEntries(byActor) as Record<Actor, string[]>;
}

describe('Every operation about people, how they come in, upstreams and mirrors, for every caller, on every object', () => {
  let fixture: LeakWorld;
  let sets: Sets;
  let made = 0;

  async function fill(organization: 'acme' | 'globex', registry: 'private' | 'other'): Promise<Ids> {
    const { world, ids } = fixture;
    const [registryId, orgId] = [ids[organization][registry], world[organization].id];
    const mark = `row${(made += 1)}`;
    return idsOf(await fillEveryTable(world.db, orgId, registryId, mark), registryId, orgId, mark);
  }

  beforeAll(async () => {
    fixture = await aLeakWorld();
    const [own, sibling, foreign] = [
      await fill('acme', 'private'),
      await fill('acme', 'other'),
      await fill('globex', 'private'),
    ];
    const deleted = await fill('acme', 'private');
    for (const [table, id] of [
      ['access_token', deleted['users tokenId']],
      ['access_token', deleted['system-accounts tokenId']],
      ['role_assignment', deleted['users roleId']],
      ['role_assignment', deleted['teams roleId']],
      ['role_assignment', deleted['system-accounts roleId']],
      ['capability_url', deleted.capabilityUrlId],
      ['user_account', deleted.userId],
      ['team', deleted.teamId],
      ['system_account', deleted.accountId],
      ['trusted_issuer', deleted.issuerId],
      ['identity_provider', deleted.providerId],
      ['audit_destination', deleted.destinationId],
      ['mirror', deleted.mirrorId],
      ['upstream', deleted.upstreamId],
      ['reserved_namespace', deleted.reservedNamespaceId],
    ])
      await fixture.world.db.query(`delete from ${table} where id = $1`, [id]);
    sets = { own, sibling, foreign, deleted };
  });

  // The caller with a session is one of those who may end it.
  afterEach(async () => {
    await fixture.world.db.query(`update user_session set ended_at = null where user_agent = 'live'`);
  });

  afterAll(() => fixture.close());

  /** What a permitted caller changes or takes away is made for him alone. */
  async function setsFor(method: string, actor: Actor, column: number): Promise<Sets> {
    if (method === 'GET') return sets;
    if (actor === 'admin of globex') return { ...sets, foreign: await fill('globex', 'private') };
    return column === 0 ? { ...sets, own: await fill('acme', 'private') } : sets;
  }

  it('knows every operation, and no operation that is gone', () => {
    const known = EXPECTED.flatMap(({ operations }) => Object.keys(operations));
    expect(known.sort()).toEqual(IDENTITY_OPERATIONS.map(({ id }) => id).sort());
  });

  it.each(IDENTITY_OPERATIONS)(
    '$id answers as the table says, and alike for what is hidden and what is not there',
    async (operation) => {
      const { world, headers } = fixture;
      const count = columnsOf(operation, sets).length;
      const requests = ACTORS.flatMap((actor) => Array.from({ length: count }, (_, column) => ({ actor, column })));
      const answers = await inBatches(
        requests,
        async ({ actor, column }) => {
          const its = await setsFor(operation.method, actor, count === 1 ? -1 : column);
          const body = BODIES[operation.id]?.(actor === 'admin of globex' ? its.foreign : its.own);
          const path = columnsOf(operation, its)[column] ?? '';
          const options = { headers: headers[actor], ...(body === undefined ? {} : { body }) };
          return { actor, column, answer: await world.call(operation.method, path, options) };
        },
        ONE_BY_ONE.includes(operation.id) ? 1 : undefined,
      );
      const statuses = Object.fromEntries(ACTORS.map((actor) => [actor, [] as string[]]));
      for (const { actor, answer } of answers) statuses[actor]?.push(String(answer.status));
      expect(statuses).toEqual(expectedOf(operation, count));
      for (const actor of ACTORS)
        for (const columns of ALIKE[count] ?? [[0, 1, 2, 3, 4]]) {
          const alike = answers.filter(
            (one) => one.actor === actor && columns.includes(one.column) && one.answer.status === 404,
          );
          for (const { column, answer } of alike)
            expect({ actor, column, ...told(answer) }).toEqual({ actor, column, ...told(alike[0]?.answer ?? answer) });
        }
    },
  );

  it('lets the operator do what is his, and nobody else', async () => {
    const token = TEST_ENVIRONMENT.OPERATOR_TOKEN ?? '';
    expect((await fixture.world.call('GET', '/v0/organizations', { token })).status).toBe(200);
    expect((await fixture.world.call('GET', '/v0/users', { token })).status).toBe(401);
    for (const actor of ACTORS.filter((one) => one !== 'operator')) {
      const answer = await fixture.world.call('GET', '/v0/organizations', { headers: fixture.headers[actor] });
      expect([actor, [401, 403].includes(answer.status)]).toEqual([actor, true]);
    }
  });
});
