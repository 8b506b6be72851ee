import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { aWorld, type Organization, type World } from '../../support/world';
import { aCapabilityUrl } from './capability-url';

const WELL_KNOWN = '/.well-known/oauth-protected-resource';
const ACME_ISSUER = 'https://login.acme.example.com/realms/main';
const GLOBEX_ISSUER = 'https://login.globex.example.com';

describe('protected-resource metadata: GET /.well-known/oauth-protected-resource{base}', () => {
  let world: World;
  let id: string;
  let open: string;

  const metadata = (base: string) => world.call('GET', `${WELL_KNOWN}${base}`);
  const expected = (base: string, servers: readonly string[]) => ({
    resource: `${world.url}${base}`,
    ...(servers.length === 0 ? {} : { authorization_servers: servers }),
    bearer_methods_supported: ['header'],
    scopes_supported: ['mcp-registry:read', 'mcp-registry:write'],
    resource_documentation: `${world.url}/docs`,
  });
  const trust = ({ id: orgId }: Organization, name: string, issuer: string, enabled = true) =>
    world.db.query(
      `insert into trusted_issuer (org_id, id, name, issuer_url, audiences, enabled) values ($1, $2, $3, $4, '{x}', $5)`,
      [orgId, uuidv7(), name, issuer, enabled],
    );

  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'closed');
    open = await world.aRegistry(world.acme, 'open', { visibility: 'public' });
    await world.aRegistry(world.globex, 'closed');
    await trust(world.acme, 'login', ACME_ISSUER);
    await trust(world.acme, 'old', 'https://old.acme.example.com', false);
    await trust(world.globex, 'login', GLOBEX_ISSUER);
  });

  afterAll(() => world.close());

  it('answers with the base that was asked for and where its tokens come from', async () => {
    for (const base of [
      `/registries/${id}`,
      `/registries/${id.toUpperCase()}`,
      `/registries/${open}`,
      `/v0/registries/${id}`,
      `/v0/mcp-registries/${id}`,
      '/o/acme/registries/closed',
      '/o/acme/registries/open',
    ]) {
      const answer = await metadata(base);
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
      expect(answer.json()).toEqual(expected(base, [ACME_ISSUER]));
    }
    expect((await metadata('/o/globex/registries/closed')).json()).toEqual(
      expected('/o/globex/registries/closed', [GLOBEX_ISSUER]),
    );
  });

  it('knows no authorization server where no organization is named', async () => {
    for (const base of ['', '/registries/closed', '/v0/registries/open', `/registries/${randomUUID()}`])
      expect((await metadata(base)).json()).toEqual(expected(base, []));
  });

  it('does not tell which registries an organization has', async () => {
    const masked = async (base: string, name: string) => (await metadata(base)).text.replaceAll(name, '*');
    expect(await masked('/o/acme/registries/closed', 'closed')).toBe(await masked('/o/acme/registries/none', 'none'));
    expect(await masked('/registries/closed', 'closed')).toBe(await masked('/registries/none', 'none'));
    expect((await metadata('/o/nobody/registries/closed')).status).toBe(200);
  });

  it('names every authorization server that counts, as soon as it does', async () => {
    const second = 'https://another.acme.example.com';
    await trust(world.acme, 'second', second);
    expect((await metadata(`/registries/${id}`)).json().authorization_servers).toEqual([second, ACME_ISSUER]);
    await world.db.query(`update trusted_issuer set enabled = false where name = 'second'`);
    expect((await metadata(`/registries/${id}`)).json().authorization_servers).toEqual([ACME_ISSUER]);
  });

  it('leaves the secret of a capability URL out, right or wrong', async () => {
    const { bases } = await aCapabilityUrl(world, world.acme, id);
    for (const base of [...bases, `/registries/${id}~x`, `/registries/${id}%7Ex`]) {
      const answer = await metadata(base);
      const plain = base.replace(/(~|%7E).*/, '');
      expect([answer.status, answer.json()]).toEqual([200, expected(plain, [ACME_ISSUER])]);
    }
  });

  it('writes what stands in a path so that it can stand in a URL and in a header', async () => {
    const answer = await metadata('/registries/%22a%20b%5C%0D%0Ac');
    expect(answer.json()).toEqual(expected('/registries/%22a%20b%5C%0D%0Ac', []));
    const refused = await world.call('GET', '/registries/%22a%20b%5C%0D%0Ac/v0.1/servers');
    expect(refused.headers['www-authenticate']).toBe(
      `Bearer realm="portolan", resource_metadata="${world.url}${WELL_KNOWN}/registries/%22a%20b%5C%0D%0Ac"`,
    );
  });

  it('is where every 401 of a registry points to, at each base, and leads to the same base', async () => {
    const { secret } = await aCapabilityUrl(world, world.acme, id);
    for (const base of [
      `/registries/${id}`,
      '/v0/registries/closed',
      `/v0/mcp-registries/${id}`,
      '/o/acme/registries/closed',
    ])
      for (const [path, headers] of [
        [`${base}/v0.1/servers`, {}],
        [`${base}/v0/servers/com.example%2Fnone/versions/latest`, {}],
        [`${base}/servers`, { authorization: 'Bearer nonsense' }],
        [`${base}~${secret.slice(0, -1)}/v0.1/servers`, {}],
      ] as const) {
        const answer = await world.call('GET', path, { headers });
        const url = /resource_metadata="([^"]+)"/.exec(answer.headers['www-authenticate'] ?? '')?.[1] ?? '';
        expect([answer.status, url]).toEqual([401, `${world.url}${WELL_KNOWN}${base}`]);
        const named = await world.call('GET', new URL(url).pathname);
        expect(named.json().resource).toBe(`${world.url}${base}`);
      }
  });

  it('lets any page read it', async () => {
    const origin = { origin: 'https://example.com' };
    for (const base of ['', `/registries/${id}`, '/o/acme/registries/none']) {
      const answer = await world.call('GET', `${WELL_KNOWN}${base}`, { headers: origin });
      expect(answer.headers['access-control-allow-origin']).toBe('*');
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
      const preflight = await world.call('OPTIONS', `${WELL_KNOWN}${base}`, {
        headers: { ...origin, 'access-control-request-method': 'GET' },
      });
      expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, '*']);
    }
  });

  it('answers other methods with 405 and other paths with 404', async () => {
    const write = await world.call('POST', `${WELL_KNOWN}/registries/${id}`, { body: {} });
    expect([write.status, write.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
    for (const path of ['/registries', '/o/acme', `/registries/${id}/v0.1`, '/servers'])
      expect((await metadata(path)).status).toBe(404);
  });

  it('uses the configured address of the API, and no Host header', async () => {
    const elsewhere = await aWorld({ PUBLIC_URL: 'https://mcp.example.com' });
    try {
      const answer = await elsewhere.call('GET', `${WELL_KNOWN}/o/acme/registries/tools`, {
        headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'gopher' },
      });
      expect(answer.json().resource).toBe('https://mcp.example.com/o/acme/registries/tools');
    } finally {
      await elsewhere.close();
    }
  });
});
