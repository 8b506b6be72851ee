import { aMember, accept, invite, PASSWORD, tokenIn } from '../../e2e/access/support/people';
import { inBatches, OPERATIONS } from '../fixture';
import { aFullWorld, pathOf, READS, tokenFor, type FullWorld } from './management-api';

const UPSTREAM_SECRET = 'the credential for the upstream';
const CLIENT_SECRET = 'the client secret of the identity provider';

/** Answered as they should be although they do not read a thing of the organization. */
const NO_READS = ['start-oidc-login', 'finish-oidc-login'];

describe('A secret', () => {
  let world: FullWorld;
  let cookie: string;
  /** What each is, and how it could stand in an answer. */
  const secrets: [string, string][] = [];

  async function post(path: string, body: unknown): Promise<Record<string, unknown>> {
    const answer = await world.call('POST', path, { token: world.acme.admin, body });
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.json();
  }

  let upstreamId: string;

  beforeAll(async () => {
    world = await aFullWorld();
    const { own, acme, db } = world;
    const member = await aMember(world, acme, 'member@example.com');
    const { headers } = await world.call('POST', '/v0/login', {
      body: { login_path: 'acme', email: member.email, password: PASSWORD },
    });
    cookie = String(headers['set-cookie']?.[0]?.split(';')[0]);
    const pending = await invite(world, acme, 'pending@example.com');
    const personal = await post('/v0/users/me/access-tokens', { name: 'personal' });
    const machine = await post(`/v0/system-accounts/${own.accountId ?? ''}/access-tokens`, { name: 'machine' });
    const capability = await post('/v0/registries/tools/capability-urls', { name: 'editors' });
    await post('/v0/identity-providers', {
      type: 'oidc',
      config: { issuer_url: 'https://idp.example.com', client_id: 'portolan', client_secret: CLIENT_SECRET },
    });
    const upstream = { name: 'behind', url: 'http://127.0.0.1:9', headers: { 'x-upstream': UPSTREAM_SECRET } };
    upstreamId = (await post('/v0/upstreams', upstream)).id as string;
    for (const [what, text] of [
      ['session', cookie.split('=')[1]],
      ['invite', tokenIn(pending)],
      ['personal token', personal.token],
      ['token of a system account', machine.token],
      ['capability URL', (capability.url as string).split('~')[1]],
      ['token of the administrator', acme.admin],
    ] as [string, string][])
      secrets.push([what, text.split('_')[3] ?? '']);
    secrets.push(['client secret', CLIENT_SECRET], ['password', PASSWORD], ['header of an upstream', UPSTREAM_SECRET]);

    const columns = await db.query<{ table: string; column: string }>(
      `select table_name as table, column_name as column from information_schema.columns
       where table_schema = 'public' and table_name <> 'document' and column_name <> 'document_hash'
         and (column_name ~ 'hash|sealed|secret|password')`,
    );
    for (const { table, column } of columns) {
      const rows = await db.query<{ value: Buffer | string | null }>(
        `select ${column} as value from ${table} where ${column} is not null`,
      );
      for (const { value } of rows)
        for (const text of typeof value === 'string'
          ? [value]
          : ['hex', 'base64', 'base64url'].map((one) => value?.toString(one as 'hex') ?? ''))
          secrets.push([`${table}.${column}`, text]);
    }
  });

  afterAll(() => world.close());

  it('of every kind is looked for', () => {
    const kinds = [...new Set(secrets.map(([what]) => what))];
    expect(kinds).toEqual(
      expect.arrayContaining([
        'session',
        'invite',
        'personal token',
        'token of a system account',
        'capability URL',
        'client secret',
        'password',
        'header of an upstream',
        'access_token.hash',
        'capability_url.hash',
        'identity_provider.client_secret_sealed',
        'invite.hash',
        'login_attempt.sealed',
        'upstream.headers_sealed',
        'user_password.hash',
        'user_session.hash',
      ]),
    );
    expect(secrets.filter(([, text]) => text.length < 8)).toEqual([]);
  });

  it('is in no answer to a question, whoever asks', async () => {
    const { own } = world;
    const rows = await world.db.query<{ id: string }>(`select id from user_account where org_id = $1`, [world.acme.id]);
    const people = rows.map(({ id }) => id);
    const management = READS.flatMap((operation) => {
      const whose =
        operation.path.includes('{userId}') && !operation.path.includes('Id}/') ? people : [own.userId ?? ''];
      const query = operation.query.includes('page[size]')
        ? '?page[size]=100'
        : operation.id === 'get-registry-access'
          ? `?principal=${own.userId ?? ''}`
          : '';
      return whose.map((userId) => ({ operation, path: pathOf(operation, own, { userId }) + query }));
    });
    const below = OPERATIONS.filter(({ method, subApi }) => method === 'GET' && subApi).map(
      ({ path }) => `/registries/tools${path}`,
    );
    const pages = ['/openapi.json', '/docs', '/join', '/livez', '/readyz', '/v0/audit-logs?page[size]=1000'];
    const said: string[] = [];
    const look = async (path: string, ask: () => Promise<{ headers: object; text: string; status: number }>) => {
      const { headers, text, status } = await ask();
      for (const [what, secret] of secrets)
        if (`${JSON.stringify(headers)} ${text}`.includes(secret)) said.push(`${path}: ${what}`);
      return status;
    };
    const unread = await inBatches(management, async ({ operation, path }) => {
      const status = await look(path, () => world.call('GET', path, { token: tokenFor(world, operation) }));
      return status === 200 || NO_READS.includes(operation.id) || operation.id === 'get-session-me'
        ? []
        : [`${path} ${status}`];
    });
    expect(unread.flat()).toEqual([]);
    for (const path of [...management.map((one) => one.path), ...below, ...pages]) {
      await look(path, () => world.call('GET', path, { headers: { cookie } }));
      await look(path, () => world.call('GET', path, { token: world.acme.admin }));
      await look(path, () => world.call('GET', path));
    }
    expect(said).toEqual([]);
  });

  it('is in no answer to a change of what it belongs to', async () => {
    const { own, acme } = world;
    const token = acme.admin;
    const answers = [
      await world.call('PATCH', `/v0/identity-providers/${own.providerId ?? ''}`, { token, body: { enabled: false } }),
      await world.call('PATCH', `/v0/users/${own.userId ?? ''}/access-tokens/${own['users tokenId'] ?? ''}`, {
        token,
        body: { name: 'renamed' },
      }),
      await world.call('PATCH', `/v0/users/${own.userId ?? ''}`, { token, body: { full_name: 'Renamed' } }),
      await world.call('PATCH', '/v0/authentication-settings', { token, body: { idp_mapping_enabled: false } }),
      await world.call('PATCH', `/v0/upstreams/${upstreamId}`, { token, body: { enabled: false } }),
      await world.call('POST', `/v0/upstreams/${upstreamId}/test`, { token }),
      await world.call('DELETE', `/v0/upstreams/${own.upstreamId ?? ''}`, { token }),
      await accept(world, 'ptl_inv_nothing'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 409, 410]);
    for (const { text } of answers)
      for (const [what, secret] of secrets) expect([what, text.includes(secret)]).toEqual([what, false]);
  });
});
