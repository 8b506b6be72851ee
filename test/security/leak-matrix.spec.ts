import { ACTORS, actorsOf, type Actor } from './actors';
import { aLeakWorld, BODIES, inBatches, MISSING, REGISTRY_OPERATIONS, told, type LeakWorld } from './fixture';
import { TOLD } from '../support/told';

// The registry that a request names. Both organizations use the same names, so a name means the caller's own.
const OBJECTS = [
  'acme private by id',
  'private by name',
  'acme public by id',
  'globex private by id',
  'globex public by id',
  'missing id',
  'missing name',
  '/o/acme/private',
  '/o/globex/private',
  '/o/globex/public',
  '/o/globex/missing',
  '/o/missing/private',
] as const;

type Column = (typeof OBJECTS)[number];

/** Members whose roles are on something else than the registries that are asked for. */
const OUTSIDE = 'no role;admin of another registry;auditor;identity viewer;identity admin';
const ADMINS = 'administrators;JWT of an admin';
const NARROWED = 'JWT of an admin, read scope;JWT of an admin, another scope';
const SUSPENDED = 'admin of a suspended organization';

/**
 * The expected status of every operation: one line for each group of actors, one column for each of OBJECTS in their
 * order, management operations without those below /o/. An operation that names no registry has one column.
 */
const EXPECTED: readonly { operations: string; rows: Readonly<Record<string, string>> }[] = [
  {
    operations: 'create-registry',
    rows: {
      nobody: '401',
      [`${OUTSIDE};${NARROWED};${SUSPENDED};viewer;publisher;admin;read-only admin`]: '403',
      [`${ADMINS};admin of globex;creator`]: '409',
    },
  },
  {
    operations: 'list-registries',
    rows: {
      nobody: '401',
      [`${SUSPENDED};JWT of an admin, another scope`]: '403',
      [`${OUTSIDE};${ADMINS};JWT of an admin, read scope;admin of globex;viewer;publisher;creator;admin;read-only admin`]:
        '200',
    },
  },
  {
    operations: 'get-registry',
    rows: {
      nobody: '                                                       401 401 401 401 401 401 401',
      'admin of globex': '                                            404 200 404 200 200 404 404',
      [OUTSIDE]: '                                                    404 404 403 404 404 404 404',
      'viewer;publisher;admin': '                                     200 200 403 404 404 404 404',
      'creator;JWT of an admin, another scope': '                     403 403 403 404 404 404 404',
      [`${ADMINS};read-only admin;JWT of an admin, read scope`]: '    200 200 200 404 404 404 404',
      [SUSPENDED]: '                                                  403 403 403 403 403 403 403',
    },
  },
  {
    operations: 'update-registry',
    rows: {
      nobody: '                                                       401 401 401 401 401 401 401',
      'admin of globex': '                                            404 200 404 200 200 404 404',
      [OUTSIDE]: '                                                    404 404 403 404 404 404 404',
      [`viewer;publisher;creator;read-only admin;${NARROWED}`]: '     403 403 403 404 404 404 404',
      admin: '                                                        200 200 403 404 404 404 404',
      [ADMINS]: '                                                     200 200 200 404 404 404 404',
      [SUSPENDED]: '                                                  403 403 403 403 403 403 403',
    },
  },
  {
    operations: 'delete-registry',
    rows: {
      nobody: '                                                       401 401 401 401 401 401 401',
      'admin of globex': '                                            404 409 404 409 409 404 404',
      [OUTSIDE]: '                                                    404 404 403 404 404 404 404',
      [`viewer;publisher;creator;read-only admin;${NARROWED}`]: '     403 403 403 404 404 404 404',
      admin: '                                                        409 409 403 404 404 404 404',
      [ADMINS]: '                                                     409 409 409 404 404 404 404',
      [SUSPENDED]: '                                                  403 403 403 403 403 403 403',
    },
  },
  {
    // Without the question's parameter, so that a permitted call answers 400.
    operations: 'get-registry-access',
    rows: {
      nobody: '                                                       401 401 401 401 401 401 401',
      'admin of globex': '                                            404 400 404 400 400 404 404',
      'no role;admin of another registry;auditor': '                  404 404 403 404 404 404 404',
      [`viewer;publisher;creator;${NARROWED}`]: '                     403 403 403 404 404 404 404',
      admin: '                                                        400 400 403 404 404 404 404',
      [`${ADMINS};read-only admin;identity viewer;identity admin`]: ' 400 400 400 404 404 404 404',
      [SUSPENDED]: '                                                  403 403 403 403 403 403 403',
    },
  },
  {
    operations: 'list-registry-audit-logs',
    rows: {
      nobody: '                                                       401 401 401 401 401 401 401',
      'admin of globex': '                                            404 200 404 200 200 404 404',
      'no role;admin of another registry;identity viewer;identity admin': '404 404 403 404 404 404 404',
      [`viewer;publisher;creator;${NARROWED}`]: '                     403 403 403 404 404 404 404',
      admin: '                                                        200 200 403 404 404 404 404',
      [`${ADMINS};read-only admin;auditor`]: '                        200 200 200 404 404 404 404',
      [SUSPENDED]: '                                                  403 403 403 403 403 403 403',
    },
  },
  {
    operations: 'list-capability-urls',
    rows: {
      nobody: '                                                       401 401 401 401 401 401 401',
      'admin of globex': '                                            404 200 404 200 200 404 404',
      [OUTSIDE]: '                                                    404 404 403 404 404 404 404',
      [`viewer;publisher;creator;read-only admin;${NARROWED}`]: '     403 403 403 404 404 404 404',
      admin: '                                                        200 200 403 404 404 404 404',
      [ADMINS]: '                                                     200 200 200 404 404 404 404',
      [SUSPENDED]: '                                                  403 403 403 403 403 403 403',
    },
  },
  {
    // With an empty body, so that a permitted call answers 400.
    operations: 'create-capability-url',
    rows: {
      nobody: '                                                       401 401 401 401 401 401 401',
      'admin of globex': '                                            404 400 404 400 400 404 404',
      [OUTSIDE]: '                                                    404 404 403 404 404 404 404',
      [`viewer;publisher;creator;read-only admin;${NARROWED}`]: '     403 403 403 404 404 404 404',
      admin: '                                                        400 400 403 404 404 404 404',
      [ADMINS]: '                                                     400 400 400 404 404 404 404',
      [SUSPENDED]: '                                                  403 403 403 403 403 403 403',
    },
  },
  {
    operations: 'list-mirrors',
    rows: {
      nobody: '                                                       401 401 401 401 401 401 401',
      'admin of globex': '                                            404 200 404 200 200 404 404',
      [OUTSIDE]: '                                                    404 404 403 404 404 404 404',
      'viewer;publisher;admin': '                                     200 200 403 404 404 404 404',
      [`creator;${NARROWED}`]: '                                      403 403 403 404 404 404 404',
      [`${ADMINS};read-only admin`]: '                                200 200 200 404 404 404 404',
      [SUSPENDED]: '                                                  403 403 403 403 403 403 403',
    },
  },
  {
    // With an empty body, so that a permitted call answers 400.
    operations: 'create-mirror',
    rows: {
      nobody: '                                                       401 401 401 401 401 401 401',
      'admin of globex': '                                            404 400 404 400 400 404 404',
      [OUTSIDE]: '                                                    404 404 403 404 404 404 404',
      [`viewer;publisher;creator;read-only admin;${NARROWED}`]: '     403 403 403 404 404 404 404',
      admin: '                                                        400 400 403 404 404 404 404',
      [ADMINS]: '                                                     400 400 400 404 404 404 404',
      [SUSPENDED]: '                                                  403 403 403 403 403 403 403',
    },
  },
  {
    operations: 'listServers,listServerVersions,getServerVersion',
    rows: {
      nobody: '                                     401 401 200 401 200 401 401 401 401 200 401 401',
      'admin of globex': '                          404 200 200 200 200 404 404 404 200 200 404 404',
      [OUTSIDE]: '                                  404 404 200 404 200 404 404 404 404 200 404 404',
      [`${ADMINS};read-only admin;JWT of an admin, read scope;viewer;publisher;creator;admin`]:
        '                                           200 200 200 404 200 404 404 200 404 200 404 404',
      'JWT of an admin, another scope': '           403 403 200 404 200 404 404 403 404 200 404 404',
      [SUSPENDED]: '                                403 403 200 403 200 403 403 403 403 200 403 403',
    },
  },
  {
    operations: 'publishServer,setVersionStatus,setServerStatus',
    rows: {
      nobody: '                                     401 401 401 401 401 401 401 401 401 401 401 401',
      'admin of globex': '                          404 400 404 400 400 404 404 404 400 400 404 404',
      [OUTSIDE]: '                                  404 404 403 404 404 404 404 404 404 404 404 404',
      [`viewer;read-only admin;${NARROWED}`]: '     403 403 403 404 404 404 404 403 404 404 404 404',
      'publisher;admin': '                          400 400 403 404 404 404 404 400 404 404 404 404',
      [`${ADMINS};creator`]: '                      400 400 400 404 404 404 404 400 404 404 404 404',
      [SUSPENDED]: '                                403 403 403 403 403 403 403 403 403 403 403 403',
    },
  },
  {
    operations: 'editServerVersion',
    rows: {
      nobody: '                                     401 401 401 401 401 401 401 401 401 401 401 401',
      'admin of globex': '                          404 200 404 200 200 404 404 404 200 200 404 404',
      [OUTSIDE]: '                                  404 404 403 404 404 404 404 404 404 404 404 404',
      [`viewer;read-only admin;${NARROWED}`]: '     403 403 403 404 404 404 404 403 404 404 404 404',
      'publisher;admin': '                          200 200 403 404 404 404 404 200 404 404 404 404',
      [`${ADMINS};creator`]: '                      200 200 200 404 404 404 404 200 404 404 404 404',
      [SUSPENDED]: '                                403 403 403 403 403 403 403 403 403 403 403 403',
    },
  },
  {
    // Of a version that is deleted already, so that a permitted call answers 400 and changes nothing.
    operations: 'deleteServerVersion',
    rows: {
      nobody: '                                     401 401 401 401 401 401 401 401 401 401 401 401',
      'admin of globex': '                          404 400 404 400 400 404 404 404 400 400 404 404',
      [OUTSIDE]: '                                  404 404 403 404 404 404 404 404 404 404 404 404',
      [`viewer;publisher;creator;read-only admin;${NARROWED}`]:
        '                                           403 403 403 404 404 404 404 403 404 404 404 404',
      admin: '                                      400 400 403 404 404 404 404 400 404 404 404 404',
      [ADMINS]: '                                   400 400 400 404 404 404 404 400 404 404 404 404',
      [SUSPENDED]: '                                403 403 403 403 403 403 403 403 403 403 403 403',
    },
  },
  {
    operations: 'health,ping,version,validateServer',
    rows: {
      [`nobody;admin of globex;${OUTSIDE};${ADMINS};${NARROWED};${SUSPENDED};viewer;publisher;creator;admin;read-only admin`]:
        '200 200 200 200 200 200 200 200 200 200 200 200',
    },
  },
];

/** What the secret of a capability URL of acme's private registry opens, put after every way to name a registry. */
const CAPABILITY: Readonly<Record<string, string>> = {
  'listServers,listServerVersions,getServerVersion': '200 200 401 401 401 401 401 200 401 401 401 401',
  'publishServer,setVersionStatus,setServerStatus,editServerVersion,deleteServerVersion':
    '403 403 401 401 401 401 401 403 401 401 401 401',
  'get-registry,update-registry,delete-registry,get-registry-access,list-registry-audit-logs,list-capability-urls,create-capability-url,list-mirrors,create-mirror':
    '403 403 401 401 401 401 401',
};

function expectedOf(operationId: string): Record<Actor, string[]> {
  const found = EXPECTED.filter(({ operations }) => operations.split(',').includes(operationId));
  if (found.length !== 1) throw new Error(`${operationId} has ${found.length} rows in the table of expected statuses`);
  const byActor = Object.entries(found[0]?.rows ?? {}).flatMap(([actors, statuses]) =>
    actorsOf(actors).map((actor) => [actor, statuses.trim().split(/ +/)] as const),
  );
  return Object.fromEntries(byActor) as Record<Actor, string[]>;
}

describe('Every operation, for every actor, on every registry', () => {
  let fixture: LeakWorld;

  beforeAll(async () => {
    fixture = await aLeakWorld();
    for (const organization of [fixture.world.acme, fixture.world.globex])
      for (const registry of ['private', 'public']) {
        const { world } = fixture;
        const { id, version } = { id: registry, version: '0.5.0' };
        await world.publish(organization, id, { name: 'com.example/gone', description: 'Gone', version });
        const path = `/registries/${id}/v0.1/servers/com.example%2Fgone/versions/${version}`;
        await world.call('DELETE', path, { token: organization.admin });
      }
  });

  afterAll(() => fixture.close());

  function base(column: Column): string {
    const { acme, globex } = fixture.ids;
    const identifiers: Record<Column, string> = {
      'acme private by id': acme.private,
      'private by name': 'private',
      'acme public by id': acme.public,
      'globex private by id': globex.private,
      'globex public by id': globex.public,
      'missing id': MISSING,
      'missing name': 'missing',
      '/o/acme/private': '/o/acme/registries/private',
      '/o/globex/private': '/o/globex/registries/private',
      '/o/globex/public': '/o/globex/registries/public',
      '/o/globex/missing': '/o/globex/registries/missing',
      '/o/missing/private': '/o/missing/registries/private',
    };
    return identifiers[column].startsWith('/') ? identifiers[column] : `/registries/${identifiers[column]}`;
  }

  function pathOf({ id, path, subApi }: (typeof REGISTRY_OPERATIONS)[number], column: Column): string {
    if (subApi) {
      const gone = id === 'deleteServerVersion' ? path.replace('weather', 'gone').replace('1.0.0', '0.5.0') : path;
      return base(column) + gone;
    }
    return path.replace('{registryIdentifier}', base(column).replace('/registries/', ''));
  }

  function columnsOf({ path, subApi }: (typeof REGISTRY_OPERATIONS)[number]): readonly Column[] {
    if (subApi) return OBJECTS;
    return path.includes('{registryIdentifier}') ? OBJECTS.filter((one) => !one.startsWith('/o/')) : ['missing id'];
  }

  it('knows every operation, and no operation that is gone', () => {
    const known = EXPECTED.flatMap(({ operations }) => operations.split(','));
    expect(known.sort()).toEqual(REGISTRY_OPERATIONS.map(({ id }) => id).sort());
  });

  it.each(REGISTRY_OPERATIONS)(
    '$id answers as the table says, and alike for what is hidden and what is not there',
    async (operation) => {
      const columns = columnsOf(operation);
      const requests = ACTORS.flatMap((actor) => columns.map((column) => ({ actor, column })));
      const body = BODIES[operation.id];
      const answers = await inBatches(requests, async ({ actor, column }) => {
        const headers = fixture.headers[actor];
        const options = { headers, ...(body === undefined ? {} : { body }) };
        const answer = await fixture.world.call(operation.method, pathOf(operation, column), options);
        return { actor, column, answer };
      });

      const statuses = Object.fromEntries(ACTORS.map((actor) => [actor, [] as string[]]));
      for (const { actor, answer } of answers) statuses[actor]?.push(String(answer.status));
      expect(statuses).toEqual(expectedOf(operation.id));

      for (const actor of ACTORS)
        for (const status of [401, 404]) {
          const alike = answers.filter((one) => one.actor === actor && one.answer.status === status);
          for (const { column, answer } of alike)
            expect({ actor, column, ...told(answer) }).toEqual({ actor, column, ...told(alike[0]?.answer ?? answer) });
        }
    },
  );

  it.each(['/registries', '/v0/registries', '/v0/mcp-registries'])(
    '%s decides like every other base, at every version',
    async (start) => {
      const columns = OBJECTS.filter((column) => !column.startsWith('/o/'));
      const expected = expectedOf('listServers');
      const requests = ACTORS.flatMap((actor) =>
        columns.flatMap((column, index) =>
          ['/v0.1', '/v0', ''].map((version) => ({ actor, column, version, status: Number(expected[actor][index]) })),
        ),
      );
      const wrong = await inBatches(requests, async ({ actor, column, version, status }) => {
        const path = `${base(column).replace('/registries', start)}${version}/servers`;
        const answer = await fixture.world.call('GET', path, { headers: fixture.headers[actor] });
        return answer.status === status ? [] : [`${actor}: ${path}: ${answer.status} instead of ${status}`];
      });
      expect(wrong.flat()).toEqual([]);
    },
  );

  it.each(Object.entries(CAPABILITY))(
    'a capability URL opens reads of its own registry: %s',
    async (operations, row) => {
      for (const id of operations.split(',')) {
        const operation = REGISTRY_OPERATIONS.find((one) => one.id === id);
        if (!operation) throw new Error(`${id} is not there`);
        const columns = columnsOf(operation);
        const answers = await inBatches([...columns], async (column) => {
          const named = pathOf(operation, column);
          const path = named.replace(/(registries\/[^/]+)/, `$1~${fixture.secret}`);
          const body = BODIES[id];
          return fixture.world.call(operation.method, path, body === undefined ? {} : { body });
        });
        expect([id, answers.map(({ status }) => status).join(' ')]).toEqual([id, row]);
        for (const status of [401, 403]) {
          const alike = answers.filter((one) => one.status === status);
          for (const answer of alike) expect(told(answer)).toEqual(told(alike[0] ?? answer));
        }
        for (const { text, headers } of answers) expect(text + JSON.stringify(headers)).not.toContain(fixture.secret);
      }
    },
  );

  it.each(['HEAD', 'OPTIONS', 'TRACE', 'PURGE'])(
    '%s tells a stranger nothing about a private registry',
    async (method) => {
      for (const path of ['/v0/registries/{id}', '/registries/{id}/v0.1/servers', '/v0/registries/{id}/v0/servers']) {
        const call = async (id: string) =>
          told(await fixture.world.call(method, path.replace('{id}', id), { token: fixture.world.globex.admin }));
        expect(await call(fixture.ids.acme.private)).toEqual(await call(MISSING));
      }
    },
  );

  it('answers nobody at all with one and the same 401', async () => {
    const answers = await inBatches([...OBJECTS], async (column) =>
      fixture.world.call('POST', `${base(column)}/v0.1/publish`, { body: BODIES.publishServer }),
    );
    for (const answer of answers) expect(told(answer)).toEqual(told(answers[0] ?? answer));
    expect(answers[0]?.challenge).toBe('Bearer realm="portolan", resource_metadata=*');
  });

  it('changes nothing of the other organization', async () => {
    const { world, ids } = fixture;
    const [row] = await world.db.query<{ revision: string; display_name: string; audits: number }>(
      `select revision, display_name,
              (select count(*)::int from ${TOLD} where told.registry_id = r.id
                 and told.principal_name <> 'admin@acme.invalid' and told.org_id <> r.org_id) as audits
       from registry r where id = $1`,
      [ids.acme.other],
    );
    expect(row).toEqual({ revision: '1', display_name: 'other', audits: 0 });
  });
});
