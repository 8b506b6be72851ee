import { aCapabilityUrl, type CapabilityUrl } from '../../e2e/access/capability-url';
import { twins, WEATHER, type Shelf } from '../../e2e/sub-api/shelf';
import { versionPath, type ServerList } from '../../e2e/sub-api/wire';
import { TOLD } from '../../support/told';
import { aWorld, type World } from '../../support/world';

const WELL_KNOWN = '/.well-known/oauth-protected-resource';
const LATEST = versionPath(WEATHER, 'latest');

describe('ways in', () => {
  let world: World;
  let closed: Shelf;
  let open: Shelf;
  let key: CapabilityUrl;

  beforeAll(async () => {
    world = await aWorld();
    open = (await twins(world, 'open', { visibility: 'public' })).ours;
    closed = (await twins(world, 'closed')).ours;
    for (const shelf of [open, closed]) await shelf.publish();
    key = await aCapabilityUrl(world, world.acme, closed.id);
  });

  afterAll(() => world.close());

  it('56. names the metadata of the resource in WWW-Authenticate', async () => {
    for (const base of [closed.base, '/v0/registries/closed', '/o/acme/registries/closed']) {
      const { status, headers } = await world.call('GET', `${base}/v0.1/servers`);
      expect([status, headers['www-authenticate']]).toEqual([
        401,
        `Bearer realm="portolan", resource_metadata="${world.url}${WELL_KNOWN}${base}"`,
      ]);
    }
  });

  it('65. writes no credential of a caller down', async () => {
    const logged: string[] = [];
    const streams = [process.stdout, process.stderr].map((stream) =>
      jest.spyOn(stream, 'write').mockImplementation((chunk) => {
        logged.push(String(chunk));
        return true;
      }),
    );
    const loud = await aWorld({ LOG_LEVEL: 'debug' });
    try {
      const id = await loud.aRegistry(loud.acme, 'open', { visibility: 'public' });
      const headers = { authorization: 'Bearer gho_NEVERWRITTENDOWN', 'x-api-key': 'NEVERWRITTENDOWN' };
      for (const path of [`/registries/${id}/v0.1/servers`, `/registries/${id}/v0.1/none`, '/v0/registries'])
        await loud.call('GET', path, { headers });
      const audited = await loud.db.query<{ text: string }>(`select to_jsonb(told)::text as text from ${TOLD}`);
      expect(logged.length).toBeGreaterThan(0);
      expect(audited.length).toBeGreaterThan(0);
      expect(logged.join('') + JSON.stringify(audited)).not.toContain('NEVERWRITTENDOWN');
    } finally {
      await loud.close();
      for (const stream of streams) stream.mockRestore();
    }
  });

  it('67. serves a private registry to a static bearer token, at every base', async () => {
    const token = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: closed.id }]);
    for (const base of [closed.base, '/v0/registries/closed', '/o/acme/registries/closed'])
      expect((await world.call('GET', `${base}/v0.1/servers`, { token })).status).toBe(200);
  });

  it('69. takes the same token as X-API-Key, whatever X-Tenant-ID says', async () => {
    const token = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: closed.id }]);
    for (const headers of [{ 'x-api-key': token }, { 'x-api-key': token, 'x-tenant-id': world.globex.id }]) {
      const answer = await world.call('GET', `${closed.base}/v0.1/servers`, { headers });
      expect([answer.status, answer.json<ServerList>().metadata.count]).toEqual([200, 1]);
    }
    const wrong = await world.call('GET', `${closed.base}/v0.1/servers`, { headers: { 'x-api-key': 'nonsense' } });
    expect(wrong.status).toBe(401);
  });

  it('70. gives the capability URL of one registry nothing of another', async () => {
    for (const base of [open.base, '/o/acme/registries/open', '/o/globex/registries/closed'])
      expect((await world.call('GET', `${base}~${key.secret}/v0.1/${LATEST}`)).status).toBe(401);
  });

  it('71. serves a private registry at a plain path with a secret in it, and to nobody once it is revoked', async () => {
    const token = world.acme.admin;
    for (const path of [
      'servers',
      'servers?limit=1&version=latest',
      LATEST,
      versionPath('com.example/none', 'latest'),
    ]) {
      const member = await world.call('GET', `${closed.base}/v0.1/${path}`, { token });
      const bearer = await world.call('GET', `${key.base}/v0.1/${path}`);
      expect([bearer.status, bearer.masked]).toEqual([member.status, member.masked]);
      expect(bearer.headers['cache-control']).toMatch(/^(private, no-cache|no-store)$/);
    }
    const { id, base } = await aCapabilityUrl(world, world.acme, closed.id);
    expect(base).toMatch(/^[\w/~-]+$/);
    await world.call('DELETE', `/v0/registries/${closed.id}/capability-urls/${id}`, { token });
    expect((await world.call('GET', `${base}/v0.1/${LATEST}`)).status).toBe(401);
  });

  it('72. describes each base as a protected resource whose name is that base', async () => {
    for (const base of [closed.base, open.base, '/v0/registries/closed', '/o/acme/registries/closed']) {
      const answer = await world.call('GET', `${WELL_KNOWN}${base}`);
      expect([answer.status, answer.json().resource]).toEqual([200, `${world.url}${base}`]);
    }
  });

  it('74. keeps a capability URL good when the registry is renamed for display, edited and published to', async () => {
    await world.call('PATCH', closed.base.replace('/registries', '/v0/registries'), {
      token: world.acme.admin,
      body: { display_name: 'Another name', description: 'Another text' },
    });
    await closed.publish({ name: 'com.example/new' });
    for (const base of key.bases) expect((await world.call('GET', `${base}/v0.1/servers`)).status).toBe(200);
    await closed.setStatuses('com.example/new', 'deleted');
  });

  it('78. answers 500 lookups of the latest at once by one capability URL', async () => {
    const answers = await Promise.all(
      Array.from({ length: 500 }, () => world.call('GET', `${key.base}/v0.1/${LATEST}`)),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  });
});
