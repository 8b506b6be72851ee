import type { Answer } from '../support/http';
import { fillAuditTables } from '../support/audit-rows';
import { fillEveryTable } from '../support/every-table';
import { aServer, aWorld, type World } from '../support/world';
import { BODIES as REGISTRY_BODIES, inBatches, MISSING, OPERATIONS } from './fixture';
import { BODIES } from './identity-matrix.table';
import { LISTS, objectsOf, parametersOf, pathTo, type Objects } from './objects';
import { storedRows } from './stored-rows';

// No answer to anybody else may hold one of these; each text that globex can write holds one.
const MARK = 'canary';
const NAME = `${MARK}-registry`;
const SERVER = `com.${MARK}/${MARK}-server`;
const WELL_KNOWN = '/.well-known/oauth-protected-resource';
/** Where tokens for a registry come from is told to everybody who can name it. */
const ISSUERS = /"authorization_servers":\[[^\]]*\]/;
const ASKED = /\b(get|post|patch|put|delete) \/[^",]*|"+filters"+:\[(\{[^}]*\},?)*\]/gi;
const UNLIMITED = '100000/1000000';

/** Columns of text in which no mark can stand. */
const UNMARKED: Readonly<Record<string, readonly string[]>> = {
  'words of ours': [
    'audit_delivery.kind',
    'audit_delivery.last_response_message',
    'audit_destination.format',
    'audit_log.action',
    'audit_log.kind',
    'audit_log.on_behalf_of_type',
    'audit_log.parent_type',
    'audit_log.principal_type',
    'audit_log.result',
    'audit_log.target_type',
    'crawl_item.status',
    'crawl_item.transports',
    'identity_provider.type',
    'invite.shown_to_type',
    'mirror.on_conflict',
    'mirror.statuses',
    'mirror.transports',
    'mirror_run.applied_mode',
    'mirror_run.error_code',
    'mirror_run.mode',
    'mirror_run.phase',
    'mirror_run.state',
    'mirror_run.trigger',
    'mirror_run_item.action',
    'mirror_run_item.guard',
    'mirror_run_item.reason',
    'organization.state',
    'registry.visibility',
    'role_assignment.entity_region',
    'role_assignment.entity_type_name',
    'role_assignment.role_name',
    'server_version.local_status',
    'server_version.status',
    'server_version.upstream_status',
    'source.api_version',
    'source_crawl.mode',
    'source_crawl.state',
    'source_version.status',
    'source_version.transports',
    'team_member.source',
    'user_session.method',
  ],
  'random, or an id': [
    'access_token.public_id',
    'audit_boundary.key_id',
    'audit_checkpoint.key_id',
    'audit_log.parent_id',
    'audit_log.request_id',
    'audit_log.trace_id',
    'audit_seal.key_id',
    'capability_url.public_id',
    'invite.public_id',
    'role_assignment.entity_id',
    'user_session.public_id',
  ],
  numbers: [
    'crawl_item.precedence',
    'mirror.schedule',
    'mirror_run.counts',
    'organization.quotas',
    'organization.rate_limits',
    'source_version.precedence',
  ],
  'for the worker alone': ['outbox.name', 'outbox.payload'],
  'part of the addresses of what is public': ['organization.name'],
};

describe('Texts of one organization never reach another', () => {
  let world: World;
  let foreign: string;
  let own: string;
  let stranger: string;
  const objects: Record<'own' | 'foreign', Objects> = { own: {}, foreign: {} };
  const cursors: string[] = [];
  const etags: string[] = [];
  /** Of globex, as whoever kept it elsewhere shows it. */
  let checkpoint: string;
  /** Ids of all that globex has, but for what it shows everybody. */
  let ids: readonly string[];

  beforeAll(async () => {
    world = await aWorld({
      RATE_LIMIT_READ: UNLIMITED,
      RATE_LIMIT_SEARCH: UNLIMITED,
      RATE_LIMIT_AUTH: UNLIMITED,
      RATE_LIMIT_EXPORT: UNLIMITED,
    });
    const { acme, globex } = world;
    own = await world.aRegistry(acme, 'tools');
    await world.publish(acme, own, aServer());
    await world.aRegistry(acme, 'open', { visibility: 'public' });
    foreign = await world.aRegistry(globex, NAME, {
      display_name: `${MARK} display`,
      description: `${MARK} description`,
      labels: { [`${MARK}-key`]: `${MARK}-value` },
    });
    await world.aRegistry(globex, 'open', { visibility: 'public' });
    await world.aRegistry(globex, 'tools', { display_name: `${MARK} namesake` });
    for (const version of ['1.0.0', '1.1.0', `1.2.0-${MARK}`])
      await world.publish(globex, foreign, {
        name: SERVER,
        title: `${MARK} title`,
        description: `${MARK} description`,
        version,
        websiteUrl: `https://${MARK}.example.com/`,
        remotes: [{ type: 'streamable-http', url: `https://${MARK}.example.com/mcp` }],
        _meta: { 'io.modelcontextprotocol.registry/publisher-provided': { note: `${MARK} meta` } },
      });
    const server = `/registries/${foreign}/v0.1/servers/${encodeURIComponent(SERVER)}`;
    const body = { status: 'deprecated', statusMessage: `${MARK} message` };
    const changed = await world.call('PATCH', `${server}/versions/1.0.0/status`, { token: globex.admin, body });
    expect(changed.status).toBe(200);
    await world.aUser(globex);
    await world.aSystemAccount(globex, [{ role: 'Admin', on: '*' }]);
    const rows = {
      own: await fillEveryTable(world.db, acme.id, own, 'row'),
      foreign: await fillEveryTable(world.db, globex.id, foreign, MARK),
    };
    for (const organization of [acme, globex]) await fillAuditTables(world, organization);
    const kept = await world.call('GET', '/v0/audit-logs/checkpoints', { token: globex.admin });
    checkpoint = kept.json<{ data: { token: string }[] }>().data[0]?.token ?? '';
    objects.own = { ...objectsOf(rows.own, own, acme.id), loginPath: 'acme' };
    objects.foreign = { ...objectsOf(rows.foreign, foreign, globex.id), loginPath: `${MARK}-login` };
    for (const statement of [
      `update organization set display_name = '${MARK} organization', suspended_reason = '${MARK} reason',
         login_path = '${MARK}-login' where id = $1`,
      `update user_account set full_name = '${MARK} user', preferred_name = '${MARK}', email = id || '@${MARK}.com'
       where org_id = $1`,
      `update system_account set name = '${MARK} ' || id, description = '${MARK} account' where org_id = $1`,
      `update access_token set name = '${MARK} token' where org_id = $1`,
      `update audit_log set reason = '${MARK} reason', principal_name = '${MARK} principal', user_agent = '${MARK} agent',
         target_name = '${MARK} target', before = '{"text": "${MARK}"}', after = '{"text": "${MARK}"}' where org_id = $1`,
      `update audit_person set name = '${MARK} person' where org_id = $1`,
      `update audit_personal set data = '{"after": {"email": "${MARK}@example.com"}}' where org_id = $1`,
    ])
      await world.db.query(statement, [globex.id]);
    for (const [path, field] of [
      [`/registries/${foreign}/v0.1/servers?limit=1`, 'nextCursor'],
      [`/registries/${foreign}/v0.1/servers?limit=1&search=${MARK}`, 'nextCursor'],
      ['/v0/audit-logs?page[size]=1', 'next'],
    ] as const) {
      const { text } = await world.call('GET', path, { token: globex.admin });
      cursors.push(new RegExp(`"${field}":"(?:[^"]*after\\]=)?([^"]+)"`).exec(text)?.[1] ?? '');
    }
    for (const path of ['servers', `servers/${encodeURIComponent(SERVER)}/versions/latest`]) {
      const { headers } = await world.call('GET', `/registries/${foreign}/v0.1/${path}`, { token: globex.admin });
      etags.push(headers.etag ?? '');
    }
    const open = await world.db.query<{ id: string }>(
      `select id from registry where org_id = $1 and visibility = 'public'`,
      [globex.id],
    );
    const shown = new Set<unknown>(open.map(({ id }) => id));
    ids = Object.values(await storedRows(world.db, [globex.id]))
      .flat()
      .flatMap(({ id }) => (typeof id === 'string' && !shown.has(id) ? [id] : []));
    stranger = await world.aUser(acme);
  });

  afterAll(() => world.close());

  const names = () => ['tools', 'open', NAME];
  const identifiers = () => [own, foreign, MISSING, ...names()];
  const basesOf = () => [
    ...identifiers().flatMap((one) =>
      ['/registries/', '/v0/registries/', '/v0/mcp-registries/'].map((path) => path + one),
    ),
    ...names().flatMap((one) => [`/o/acme/registries/${one}`, `/o/globex/registries/${one}`]),
  ];

  /** Every way to name an object of globex, alone or along with one of acme, and what there is beside it. */
  function pathsTo(operation: (typeof OPERATIONS)[number]): string[] {
    const to = (...named: readonly (Objects | null)[]) => pathTo(operation, ...named);
    const { own: mine, foreign: its } = objects;
    const [first] = parametersOf(operation);
    if (first === undefined) return [operation.path];
    const paths =
      parametersOf(operation).length === 1
        ? [to(mine), to(its), to(null)]
        : [to(mine, mine), to(mine, its), to(mine, null), to(its, its), to(its, mine), to(null, its)];
    if (parametersOf(operation).length === 3) paths.push(to(mine, mine, its), to(mine, mine, null));
    const others = first === 'registryIdentifier' ? names() : first === 'organizationId' ? ['me'] : [];
    return [...paths, ...others.map((one) => pathTo(operation, { ...mine, [first]: one }, mine))];
  }

  /** Every read that the descriptions name. */
  function reads(): string[] {
    const paths = OPERATIONS.filter(({ method }) => method === 'GET').flatMap((operation) => {
      if (!operation.subApi) return pathsTo(operation);
      const servers = [operation.path, operation.path.replace('com.example%2Fweather', encodeURIComponent(SERVER))];
      const versions = servers.flatMap((one) =>
        ['1.0.0', 'latest', `1.2.0-${MARK}`].map((version) => one.replace('1.0.0', version)),
      );
      return basesOf().flatMap((base) => versions.map((one) => base + one));
    });
    return [
      ...new Set(paths),
      ...['', ...basesOf()].map((base) => WELL_KNOWN + base),
      ...basesOf().flatMap((base) => [base, `${base}/openapi.json`]),
      ...['/openapi.json', '/openapi.yaml', '/docs', '/join', '/join.js', '/join.css', '/livez', '/readyz'],
    ];
  }

  /** Every list by each of its filters and in each order. */
  function questions(): string[] {
    const some = [...new Set(Object.values(objects.foreign))];
    const filters = LISTS.flatMap(({ path, fields }) => {
      const list = pathTo({ path }, objects.own);
      const queries = fields.flatMap((field) => [
        ...[MARK, foreign].map((value) => `filter[${field}]=${value}`),
        ...[
          `[neq]=${own}`,
          '[neq]=true',
          `[contains]=${MARK}`,
          `[ocontains]=${MARK},${NAME}`,
          `[oeq]=${some.join()}`,
        ].map((rest) => `filter[${field}]${rest}`),
        ...['[gt]=2000-01-01T00:00:00Z', '[lt]=2100-01-01T00:00:00Z', '[exists]', '[like]=x'].map(
          (rest) => `filter[${field}]${rest}`,
        ),
        `sort=${field}&page[size]=100`,
        `sort=${field}%20desc&page[size]=100`,
      ]);
      const labels = [`filter[labels.${MARK}-key]=${MARK}-value`, `filter[labels.${MARK}-key]`];
      return [...queries, ...(fields.includes('labels') ? labels : [])].map((query) => `${list}?${query}`);
    });
    const searches = [
      `search=${MARK}`,
      'search=com.',
      'search=%25',
      `version=1.2.0-${MARK}`,
      'version=latest',
      'updated_since=2000-01-01T00:00:00Z',
      'include_deleted=true&limit=100',
      ...cursors.map((cursor) => `cursor=${cursor}`),
    ].flatMap((query) => [own, 'open', foreign].map((one) => `/registries/${one}/v0.1/servers?${query}`));
    return [
      ...filters,
      ...searches,
      ...some.map((id) => `/v0/registries/${own}/access?principal=${id}`),
      ...cursors.map((cursor) => `/v0/audit-logs?page[size]=1000&page[after]=${cursor}`),
      '/v0/audit-logs?page[size]=1000',
      ...['principal', 'target', 'registry', 'credential_id', 'request_id'].flatMap((field) =>
        [MARK, `${MARK}%20person`, `${MARK}%20target`, ...some].map(
          (value) => `/v0/audit-logs?filter[${field}]=${value}`,
        ),
      ),
      '/v0/audit-logs/export?format=csv',
      '/v0/audit-logs/export?format=ndjson',
      `/v0/audit-logs/verify?checkpoint=${checkpoint}`,
    ];
  }

  /** What of globex stands in an answer that the request did not say itself. */
  function leaksIn(method: string, asked: string, answer: Answer): string[] {
    // The challenge names the base that was asked for, and so do the metadata that it leads to and the description.
    const headers = JSON.stringify({ ...answer.headers, 'www-authenticate': answer.challenge });
    const base = asked.replace(WELL_KNOWN, '').replace('/openapi.json', '');
    const text = base === asked ? answer.text : answer.text.replaceAll(base, '').replace(ISSUERS, '');
    // The trail of acme names the paths that acme itself asked for, and the filters of its exports.
    const all = headers + (asked.includes('/audit-logs') ? text.replace(ASKED, '') : text);
    return [
      ...(all.toLowerCase().includes(MARK) ? [MARK] : []),
      ...[...ids, ...etags].filter((one) => !asked.includes(one) && all.includes(one)),
      ...(answer.status >= 500 || answer.status === 304 ? [String(answer.status)] : []),
    ].map((leak) => `${method} ${asked}: ${answer.status} ${leak}`);
  }

  async function leaksOf(paths: readonly string[]): Promise<string[]> {
    const requests = paths.flatMap((path) => [world.acme.admin, stranger, null].map((token) => ({ path, token })));
    const found = await inBatches(requests, async ({ path, token }) => {
      const headers = { 'if-none-match': etags.join(', ') };
      const answer = await world.call('GET', path, { headers, ...(token === null ? {} : { token }) });
      const counts =
        path.includes(`contains]=${MARK}`) && answer.status === 200 && !/"(total":0|data":\[\])/.test(answer.text);
      return [...leaksIn('GET', path, answer), ...(counts ? [`${path} counts what is hidden`] : [])];
    });
    return found.flat();
  }

  it('though every text of it holds what is looked for', async () => {
    const columns = await world.db.query<{ table: string; column: string }>(
      `select c.relname as table, a.attname as column from pg_class c
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.atttypid::regtype::text ~ '^(text|jsonb)'
         and exists (select from pg_attribute o where o.attrelid = c.oid and (o.attname = 'org_id' or c.relname = 'organization'))
       order by 1, 2`,
    );
    const stored = await storedRows(world.db, [world.globex.id]);
    const unmarked = columns.filter(({ table, column }) =>
      (stored[table] ?? []).every((row) => !JSON.stringify(row[column]).toLowerCase().includes(MARK)),
    );
    expect(unmarked.map(({ table, column }) => `${table}.${column}`)).toEqual(Object.values(UNMARKED).flat().sort());
  });

  it('in no answer to any read', async () => {
    const paths = reads();
    expect(await leaksOf(paths)).toEqual([]);
    expect(paths.length).toBeGreaterThan(500);
  });

  it('in no answer to any search, filter, order or cursor', async () => {
    expect(cursors.map((cursor) => cursor.length > 20)).toEqual([true, true, true]);
    expect(etags.map((etag) => etag.length > 20)).toEqual([true, true]);
    const paths = questions();
    expect(await leaksOf(paths)).toEqual([]);
    expect(paths.length).toBeGreaterThan(1_000);
  });

  it('in no answer while it is suspended, nor the reason for that', async () => {
    await world.db.query(`update organization set state = 'suspended' where id = $1`, [world.globex.id]);
    try {
      expect(await leaksOf(reads())).toEqual([]);
      const { status, text } = await world.call('GET', '/v0/registries', { token: world.globex.admin });
      expect([status, text.includes(`${MARK} reason`)]).toEqual([403, true]);
    } finally {
      await world.db.query(`update organization set state = 'active' where id = $1`, [world.globex.id]);
    }
  });

  it('in no answer to a write that reaches out with foreign ids', async () => {
    const version = `${encodeURIComponent(SERVER)}/versions/1.0.0`;
    const token = world.acme.admin;
    const { own: mine, foreign: its } = objects;
    const reaching = OPERATIONS.filter((one) => one.method !== 'GET' && !one.subApi && parametersOf(one).length > 0);
    const writes: readonly (readonly [string, string, unknown?])[] = [
      ...reaching
        .filter(({ path }) => path !== '/v0/organizations/{organizationId}')
        .flatMap((operation) => {
          const body = BODIES[operation.id]?.(its) ?? REGISTRY_BODIES[operation.id] ?? {};
          const to = (...named: readonly Objects[]) => pathTo(operation, ...named);
          const paths = parametersOf(operation).length === 1 ? [to(its)] : [to(its), to(mine, its), to(its, mine)];
          if (parametersOf(operation).length === 3) paths.push(to(mine, mine, its));
          return paths.map((path) => [operation.method, path, body] as const);
        }),
      ['POST', `/v0/teams/${mine.teamId}/users`, { id: its.userId }],
      ['POST', `/v0/teams/${mine.teamId}/system-accounts`, { id: its.accountId }],
      ['POST', '/v0/invites', { email: 'new@example.com', team_ids: [its.teamId] }],
      ['POST', `/v0/registries/${own}/mirrors`, { upstream_id: its.upstreamId }],
      ['PATCH', `/v0/registries/${own}`, { id: foreign }],
      ['PATCH', `/v0/registries/${own}`, { org_id: world.globex.id }],
      ['POST', '/v0/registries', { name: 'new', org_id: world.globex.id }],
      ['POST', '/v0/registries', { name: 'new', id: foreign }],
      ['DELETE', `/v0/registries/${foreign}?force=true`],
      ['POST', `/registries/${foreign}/v0.1/publish`, aServer()],
      ['PUT', `/registries/${foreign}/v0.1/servers/${version}`, aServer()],
      ['DELETE', `/registries/${foreign}/v0.1/servers/${version}`],
      ['PATCH', `/registries/${own}/v0.1/servers/${version}/status`, { status: 'deleted' }],
      ['PATCH', `/registries/${own}/v0.1/servers/${encodeURIComponent(SERVER)}/status`, { status: 'deleted' }],
      ['PUT', `/registries/${own}/v0.1/servers/${version}`, { name: SERVER, description: 'x', version: '1.0.0' }],
    ];
    const before = await storedRows(world.db, [world.globex.id]);
    for (const [method, path, body] of writes) {
      const answer = await world.call(method, path, { token, ...(body === undefined ? {} : { body }) });
      expect([method, path, [400, 404].includes(answer.status)]).toEqual([method, path, true]);
      expect(leaksIn(method, path + JSON.stringify(body), answer)).toEqual([]);
    }
    expect(writes.length).toBeGreaterThan(80);
    expect(await storedRows(world.db, [world.globex.id])).toEqual(before);
    // This one is in the trail of globex.
    const body = { login_path: its.loginPath, email: 'nobody@example.com', password: 'wrong' };
    const answer = await world.call('POST', '/v0/login', { body });
    expect([answer.status, leaksIn('POST', '/v0/login', answer)]).toEqual([401, []]);
  });

  it('not even when both publish the same document, name and remote URL', async () => {
    const same = { name: SERVER, description: `${MARK} description`, version: '1.0.0' };
    const remotes = [{ type: 'streamable-http', url: `https://${MARK}.example.com/mcp` }];
    const twin = await world.aRegistry(world.acme, 'twin');
    expect((await world.publish(world.acme, twin, { ...same, remotes })).status).toBe(200);
    const list = await world.call('GET', `/registries/${twin}/v0.1/servers`, { token: world.acme.admin });
    expect(list.json<{ metadata: { count: number } }>().metadata.count).toBe(1);
  });
});
