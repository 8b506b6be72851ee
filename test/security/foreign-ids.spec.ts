import { fillEveryTable } from '../support/every-table';
import type { Answer } from '../support/http';
import { aServer, aWorld, type World } from '../support/world';
import { inBatches, MISSING, OPERATIONS, told } from './fixture';
import { BODIES } from './identity-matrix.table';
import { ID_FIELDS, objectsOf, parametersOf, pathTo, type Objects } from './objects';
import { storedRows, type StoredRows } from './stored-rows';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

interface IdField {
  /** A request of acme whose one id of an object is this. */
  readonly request: (own: Objects, id: string) => Request;
  /** An object of acme that the field may name. */
  readonly right: keyof Objects;
  /** What it answers to the right one. */
  readonly status: number;
}

const post = (path: string, body: unknown): Request => ({ method: 'POST', path, body });
const onRegistry = (id: string) => ({ role_name: 'Viewer', entity_type_name: 'MCP Registries', entity_id: id });
const issuer = (name: string, rule: object) => ({
  name,
  issuer_url: 'https://login.example.com',
  audiences: [name],
  claim_rules: [{ claim: 'groups', value: 'engineers', ...rule }],
});

const FIELDS: Readonly<Record<string, IdField>> = {
  'create-invite team_ids[]': {
    request: (_own, id) => post('/v0/invites', { email: 'new@example.com', team_ids: [id] }),
    right: 'teamId',
    status: 201,
  },
  'add-team-user id': {
    request: ({ emptyTeamId }, id) => post(`/v0/teams/${emptyTeamId}/users`, { id }),
    right: 'userId',
    status: 201,
  },
  'add-team-system-account id': {
    request: ({ emptyTeamId }, id) => post(`/v0/teams/${emptyTeamId}/system-accounts`, { id }),
    right: 'accountId',
    status: 201,
  },
  'assign-user-role entity_id': {
    request: ({ userId }, id) => post(`/v0/users/${userId}/assigned-roles`, onRegistry(id)),
    right: 'registryIdentifier',
    status: 201,
  },
  'assign-team-role entity_id': {
    request: ({ teamId }, id) => post(`/v0/teams/${teamId}/assigned-roles`, onRegistry(id)),
    right: 'registryIdentifier',
    status: 201,
  },
  'assign-system-account-role entity_id': {
    request: ({ accountId }, id) => post(`/v0/system-accounts/${accountId}/assigned-roles`, onRegistry(id)),
    right: 'registryIdentifier',
    status: 201,
  },
  'create-issuer claim_rules[].team_id': {
    request: (_own, id) => post('/v0/identity/issuers', issuer('by team', { team_id: id })),
    right: 'teamId',
    status: 201,
  },
  'create-issuer claim_rules[].role.entity_id': {
    request: (_own, id) => post('/v0/identity/issuers', issuer('by role', { role: onRegistry(id) })),
    right: 'registryIdentifier',
    status: 201,
  },
  'update-issuer claim_rules[].team_id': {
    request: ({ issuerId }, id) => ({
      method: 'PATCH',
      path: `/v0/identity/issuers/${issuerId}`,
      body: { claim_rules: [{ claim: 'groups', value: 'engineers', team_id: id }] },
    }),
    right: 'teamId',
    status: 200,
  },
  'update-issuer claim_rules[].role.entity_id': {
    request: ({ issuerId }, id) => ({
      method: 'PATCH',
      path: `/v0/identity/issuers/${issuerId}`,
      body: { claim_rules: [{ claim: 'groups', value: 'engineers', role: onRegistry(id) }] },
    }),
    right: 'registryIdentifier',
    status: 200,
  },
  'create-team-group-mapping team_id': {
    request: ({ providerId }, id) =>
      post(`/v0/identity-providers/${providerId}/team-group-mappings`, { team_id: id, group: 'engineers' }),
    right: 'teamId',
    status: 201,
  },
  'create-mirror upstream_id': {
    request: ({ emptyRegistryId }, id) => post(`/v0/registries/${emptyRegistryId}/mirrors`, { upstream_id: id }),
    right: 'upstreamId',
    status: 201,
  },
  'get-registry-access principal': {
    request: ({ registryIdentifier }, id) => ({
      method: 'GET',
      path: `/v0/registries/${registryIdentifier}/access?principal=${id}`,
    }),
    right: 'userId',
    status: 200,
  },
};

/** Ids that are no objects of ours. */
const NOT_OURS: Readonly<Record<string, string>> = {
  'create-identity-provider config.client_id': 'what the identity provider calls us',
  'update-identity-provider config.client_id': 'what the identity provider calls us',
};

describe('An id of another organization', () => {
  let world: World;
  let own: Objects;
  let sibling: Objects;
  let foreign: Objects;
  let before: Readonly<Record<'acme' | 'globex', StoredRows>>;

  beforeAll(async () => {
    world = await aWorld();
    own = {
      ...(await objects('acme', 'tools', 'row1')),
      emptyTeamId: await aTeam(),
      emptyRegistryId: await world.aRegistry(world.acme, 'empty'),
      group: 'engineers',
    };
    sibling = await objects('acme', 'siblings', 'row2');
    foreign = await objects('globex', 'tools', 'row1');
    before = await state();
  });

  afterAll(() => world.close());

  async function objects(name: 'acme' | 'globex', registry: string, mark: string): Promise<Objects> {
    const registryId = await world.aRegistry(world[name], registry);
    await world.publish(world[name], registry, aServer());
    return objectsOf(await fillEveryTable(world.db, world[name].id, registryId, mark), registryId, world[name].id);
  }

  async function aTeam(): Promise<string> {
    const answer = await world.call('POST', '/v0/teams', { token: world.acme.admin, body: { name: 'empty' } });
    return answer.json<{ id: string }>().id;
  }

  async function state() {
    return {
      acme: await storedRows(world.db, [world.acme.id]),
      globex: await storedRows(world.db, [world.globex.id]),
    };
  }

  function ask({ method, path, body }: Request): Promise<Answer> {
    return world.call(method, path, { token: world.acme.admin, ...(body === undefined ? {} : { body }) });
  }

  /** What the answer tells, with a star where it repeats the id. */
  function toldOf(answer: Answer, id: string): object {
    return told({ ...answer, text: answer.text.replaceAll(id, '*') });
  }

  it('can stand in the fields that are known here and in no other', () => {
    expect([...ID_FIELDS].sort()).toEqual([...Object.keys(FIELDS), ...Object.keys(NOT_OURS)].sort());
  });

  describe('in a body or a query', () => {
    it.each(Object.entries(FIELDS))('is like one that is not there: %s', async (_field, { request, right }) => {
      const missing = await ask(request(own, MISSING));
      const isQuestion = request(own, MISSING).method === 'GET';
      expect(missing.status).toBe(isQuestion ? 404 : 400);
      if (!isQuestion) expect(missing.text).toContain('"rule":"missing_reference"');
      // What acme has of another kind is no answer either; only a question is about any principal.
      const wrong = Object.keys(foreign).filter((kind) => kind !== right && !(isQuestion && kind === 'accountId'));
      const ids = [...Object.values(foreign), ...wrong.map((kind) => own[kind] ?? '')];
      const answers = await inBatches(ids, async (id) => ({ id, answer: await ask(request(own, id)) }), 4);
      for (const { id, answer } of answers)
        expect({ id, ...toldOf(answer, id) }).toEqual({ id, ...toldOf(missing, MISSING) });
    });

    it('changes nothing in either organization', async () => {
      const after = await state();
      expect(after.globex).toEqual(before.globex);
      expect(after.acme).toEqual(before.acme);
    });

    it('is refused in an audience like any other URL of ours, and takes the registry nowhere', async () => {
      const metadata = `/.well-known/oauth-protected-resource/registries/${foreign.registryIdentifier}`;
      const published = (await world.call('GET', metadata)).text;
      const trust = async (id: string, name: string) => {
        const audiences = [`${world.url}/registries/${id}`];
        const trusted = {
          ...issuer(name, { team_id: own.teamId }),
          issuer_url: `https://${name}.example.com`,
          audiences,
        };
        const answer = await ask(post('/v0/identity/issuers', trusted));
        return { status: answer.status, text: answer.masked };
      };
      const answer = await trust(String(foreign.registryIdentifier), 'namesake-1');
      expect(answer).toEqual(await trust(MISSING, 'namesake-2'));
      expect(answer.status).toBe(400);
      expect((await world.call('GET', metadata)).text).toBe(published);
      expect(await storedRows(world.db, [world.globex.id])).toEqual(before.globex);
    });
  });

  describe('in a path', () => {
    const CHILDREN = OPERATIONS.filter((one) => !one.subApi && parametersOf(one).length >= 2);
    const REGISTRIES = OPERATIONS.filter(({ path }) => path.startsWith('/v0/registries'));

    /** Every way to name an object that is not there for acme. */
    function hidden(operation: (typeof OPERATIONS)[number]): readonly string[] {
      const to = (...objects: readonly (Objects | null)[]) => pathTo(operation, ...objects);
      if (parametersOf(operation).length === 1) return [to(foreign), to(null)];
      if (parametersOf(operation).length === 3)
        return [
          ...[sibling, foreign, null].map((one) => to(own, own, one)),
          ...[to(own, sibling), to(own, foreign), to(own, null)],
          ...[to(foreign, foreign), to(foreign, own), to(null, own)],
        ];
      return [to(own, sibling), to(own, foreign), to(own, null), to(foreign, foreign), to(foreign, own), to(null, own)];
    }

    it.each(CHILDREN.filter(({ method }) => method === 'GET'))(
      '$id answers HEAD like GET, and names no child of another parent',
      async (operation) => {
        const path = pathTo(operation, own, own);
        const [get, head] = [await ask({ method: 'GET', path }), await ask({ method: 'HEAD', path })];
        expect([get.status, head.status, head.text]).toEqual([200, 200, '']);
        expect(head.headers['content-length']).toBe(get.headers['content-length']);
        const heads = await inBatches(hidden(operation), (one) => ask({ method: 'HEAD', path: one }));
        // A missing parent and a missing child are told apart by GET, in words of another length.
        for (const group of Array.from({ length: heads.length / 3 }, (_, index) =>
          heads.slice(index * 3, index * 3 + 3),
        ))
          for (const one of group) {
            expect([one.status, one.text]).toEqual([404, '']);
            expect(told(one)).toEqual(told(group[0] ?? one));
          }
      },
    );

    it.each(REGISTRIES)('$id answers below /v0/mcp-registries as below /v0/registries', async (operation) => {
      const token = world.acme.admin;
      const paths = parametersOf(operation).length === 0 ? [] : hidden(operation);
      const alias = (path: string) => path.replace('/v0/registries', '/v0/mcp-registries');
      const answers = await inBatches(paths, async (path) => ({
        path,
        named: await world.call(operation.method, path, { token, body: {} }),
        aliased: await world.call(operation.method, alias(path), { token, body: {} }),
      }));
      for (const { path, named, aliased } of answers) {
        expect([path, named.status]).toEqual([path, 404]);
        expect({ path, ...told(aliased) }).toEqual({ path, ...told(named) });
      }
      if (operation.method !== 'GET') return;
      const path = pathTo(operation, ...parametersOf(operation).map(() => own));
      const [named, aliased] = [await ask({ method: 'GET', path }), await ask({ method: 'GET', path: alias(path) })];
      expect(told(aliased)).toEqual(told(named));
    });

    /** Of a child in the other organization: below its own parents, or as far as they are acme's. */
    const waysTo = (operation: (typeof OPERATIONS)[number]) => [
      pathTo(operation, foreign),
      pathTo(operation, own, foreign),
      ...(parametersOf(operation).length === 3 ? [pathTo(operation, own, own, foreign)] : []),
    ];

    it('changes nothing in the other organization', async () => {
      const writes = OPERATIONS.filter((one) => one.method !== 'GET' && !one.subApi && parametersOf(one).length > 0);
      const operatorsOwn = /^\/v0\/organizations\/\{organizationId\}$/;
      const requests = writes
        .filter(({ path }) => !operatorsOwn.test(path))
        .flatMap((operation) =>
          parametersOf(operation).length === 1
            ? [{ operation, path: pathTo(operation, foreign) }]
            : waysTo(operation).map((path) => ({
                operation,
                path,
              })),
        );
      for (const { operation, path } of requests) {
        const answer = await ask({ method: operation.method, path, body: BODIES[operation.id]?.(own) ?? {} });
        expect([operation.id, path, answer.status]).toEqual([operation.id, path, 404]);
      }
      expect(requests.length).toBeGreaterThan(50);
      expect(await storedRows(world.db, [world.globex.id])).toEqual(before.globex);
    });
  });

  // Last, for it changes acme: so the fields above were looked at indeed.
  it.each(Object.entries(FIELDS))(
    'is refused where the own is taken: %s',
    async (_field, { request, right, status }) => {
      const taken = await ask(request(own, own[right] ?? ''));
      expect([taken.status, taken.text.includes('missing_reference')]).toEqual([status, false]);
      expect((await ask(request(own, foreign[right] ?? ''))).status).not.toBe(status);
    },
  );
});
