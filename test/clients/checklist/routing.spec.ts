import { randomUUID } from 'node:crypto';
import { parse } from 'yaml';
import { aShelf, twins, WEATHER, type Shelf } from '../../e2e/sub-api/shelf';
import { idsOf, versionPath, type Entry, type ServerList } from '../../e2e/sub-api/wire';
import { aServer, aWorld, type World } from '../../support/world';
import { goPathEscape } from '../mcp-publisher';
import { VsCodeGallery } from '../vs-code';

describe('routing and paths', () => {
  let world: World;
  let shelf: Shelf;

  beforeAll(async () => {
    world = await aWorld();
    shelf = (await twins(world, 'main', { visibility: 'public' })).ours;
    for (const version of ['1.0.0', '1.1.0', '1.1.0+build']) await shelf.publish({ version });
    await shelf.publish({ name: 'io.github.acme/jira' });
  });

  afterAll(() => world.close());

  const get = (path: string) => world.call('GET', `${shelf.base}/${path}`);

  it('1. lists at v0.1/servers', async () => {
    const answer = await get('v0.1/servers');
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    expect(answer.json<ServerList>().metadata.count).toBe(4);
  });

  it('2. lists at v0/servers byte for byte the same', async () => {
    expect((await get('v0/servers')).text).toBe((await get('v0.1/servers')).text);
  });

  it('3. answers the probe of VS Code with one item', async () => {
    expect((await get('v0.1/servers?limit=1')).json<ServerList>().servers).toHaveLength(1);
    expect(await new VsCodeGallery(world.url, shelf.base).probe()).toBe('v0.1');
  });

  it('4. reads an encoded slash as part of the name', async () => {
    const entry = (await get('v0.1/servers/io.github.acme%2Fjira/versions/latest')).json<Entry>();
    expect(entry.server.name).toBe('io.github.acme/jira');
  });

  it('5. takes %2f as %2F', async () => {
    const upper = await get('v0.1/servers/io.github.acme%2Fjira/versions');
    expect((await get('v0.1/servers/io.github.acme%2fjira/versions')).text).toBe(upper.text);
  });

  it('6. takes the slash unencoded', async () => {
    const encoded = await get('v0.1/servers/io.github.acme%2Fjira/versions/latest');
    expect((await get('v0.1/servers/io.github.acme/jira/versions/latest')).text).toBe(encoded.text);
  });

  it('7. resolves names without a slash, which only an import can have stored', async () => {
    await world.db.query(
      `insert into server_version (org_id, registry_id, name, version, document_hash, status_changed_at, published_at,
                                   updated_at, is_latest)
       select org_id, registry_id, 'mcp-portal', version, document_hash, now(), now(), now(), true
       from server_version where registry_id = $1 and name = 'io.github.acme/jira'`,
      [shelf.id],
    );
    expect((await get('v0.1/servers/mcp-portal/versions/latest')).status).toBe(200);
    expect((await get('v0.1/servers/mcp-portal/versions')).json<ServerList>().metadata.count).toBe(1);
    expect((await get('v0/servers/mcp-portal')).status).toBe(200);
    await world.db.query(`delete from server_version where name = 'mcp-portal'`);
  });

  it('8. takes a plus in a version raw, as Go writes it, and encoded', async () => {
    for (const version of [goPathEscape('1.1.0+build'), encodeURIComponent('1.1.0+build')]) {
      const entry = (await get(`v0.1/servers/com.example%2Fweather/versions/${version}`)).json<Entry>();
      expect(entry.server.version).toBe('1.1.0+build');
    }
  });

  it('9. answers versions/latest with one item', async () => {
    const entry = (await get(`v0.1/${versionPath(WEATHER, 'latest')}`)).json<Entry>();
    expect(Object.keys(entry)).toEqual(['server', '_meta']);
    expect(entry.server.version).toBe('1.1.0');
  });

  it('10. lists versions newest first', async () => {
    const list = (await get('v0.1/servers/com.example%2Fweather/versions')).json<ServerList>();
    expect(list.servers.map(({ server }) => server.version)).toEqual(['1.1.0+build', '1.1.0', '1.0.0']);
  });

  it('11. answers an exact version', async () => {
    expect((await get(`v0.1/${versionPath(WEATHER, '1.0.0')}`)).json<Entry>().server.version).toBe('1.0.0');
  });

  it('12. answers v0/servers/{name} with the latest', async () => {
    const latest = await get(`v0.1/${versionPath(WEATHER, 'latest')}`);
    expect((await get('v0/servers/com.example%2Fweather')).text).toBe(latest.text);
  });

  it('13. takes a base that ends in a slash', async () => {
    expect((await get('/v0.1/servers')).status).toBe(200);
    expect((await get('/v0/health')).status).toBe(200);
    expect(await new VsCodeGallery(world.url, `${shelf.base}/`).all()).toHaveLength(2);
  });

  it('14. never redirects a read or a publication', async () => {
    const paths = ['v0.1/servers', 'v0.1/servers/', '/v0/servers//', 'servers/', 'v0/health/', 'openapi.yaml/'];
    for (const path of [...paths, 'v0.1/../v0.1/servers', 'nothing/', ''])
      for (const method of ['GET', 'HEAD']) {
        const answer = await world.call(method, `${shelf.base}/${path}`);
        expect([path, answer.headers.location, Math.floor(answer.status / 100) === 3]).toEqual([
          path,
          undefined,
          false,
        ]);
      }
    for (const path of ['v0/publish', 'v0/publish/', '/v0/publish']) {
      const options = { token: world.acme.admin, body: aServer() };
      expect((await world.call('POST', `${shelf.base}/${path}`, options)).status).toBe(400);
    }
  });

  it('15. ignores query parameters that it does not know', async () => {
    const known = await get('v0.1/servers');
    expect((await get('v0.1/servers?repo=acme%2Fx&visibility=commercial')).text).toBe(known.text);
    expect((await get(`v0.1/${versionPath(WEATHER, 'latest')}?repo=acme%2Fx`)).status).toBe(200);
  });

  it('16. lists at servers without a version', async () => {
    expect((await get('servers')).text).toBe((await get('v0.1/servers')).text);
  });

  it('17. describes itself in YAML as ToolHive wants it', async () => {
    const answer = await get('openapi.yaml');
    expect(answer.status).toBe(200);
    const { info } = parse(answer.text) as { info: { version: string; description: string } };
    expect(info.version).toBe('1.0.0');
    expect(info.description).toContain('https://github.com/modelcontextprotocol/registry');
  });

  it('18. answers health, ping and version on both', async () => {
    for (const path of ['health', 'ping', 'version'])
      for (const version of ['v0', 'v0.1']) {
        const answer = await get(`${version}/${path}`);
        expect([answer.status, typeof answer.json()]).toEqual([200, 'object']);
      }
  });

  it('19. answers an unknown registry as one that may not be seen, with CORS', async () => {
    const hidden = await aShelf(world, world.globex, 'hidden');
    for (const credential of [{}, { token: world.acme.admin }]) {
      const ask = (id: string) => world.call('GET', `/registries/${id}/v0.1/servers`, credential);
      const unknown = await ask(randomUUID());
      const invisible = await ask(hidden.id);
      expect(unknown.status).toBe('token' in credential ? 404 : 401);
      expect([invisible.status, invisible.masked]).toEqual([unknown.status, unknown.masked]);
      expect(unknown.headers['access-control-allow-origin']).toBe('*');
      expect(invisible.headers['access-control-allow-origin']).toBe('*');
    }
  });

  it('74. keeps the base stable: ids in any letter case, names in one', async () => {
    const upper = await world.call('GET', `/registries/${shelf.id.toUpperCase()}/v0.1/servers`);
    expect(upper.text).toBe((await get('v0.1/servers')).text);
    const named = (name: string) => world.call('GET', `/o/acme/registries/${name}/v0.1/servers`, {});
    expect((await named('main')).text).toBe(upper.text);
    expect((await named('Main')).status).toBe(401);
  });

  it('87. leaves the single-server parser of Docker one place to split', async () => {
    const bases = [`/registries/${shelf.id}`, '/o/acme/registries/main', `/v0/registries/${shelf.id}`];
    for (const base of bases) {
      const segments = `${base}/v0.1/servers/com.example%2Fweather/versions/1.0.0`.split('/').slice(1);
      const at = segments.findIndex((one, index) => /^v./.test(one) && segments[index + 1] === 'servers');
      const [version = '', , name = '', , wanted = 'latest'] = segments.slice(at);
      expect([`/${segments.slice(0, at).join('/')}`, version, name, wanted]).toEqual([
        base,
        'v0.1',
        'com.example%2Fweather',
        '1.0.0',
      ]);
      const prefix = `/${segments.slice(0, at).join('/')}/${version}/servers/${name}/versions`;
      expect((await world.call('GET', `${prefix}/${wanted}`)).status).toBe(200);
      expect(idsOf((await world.call('GET', prefix)).json<ServerList>())).toHaveLength(3);
    }
  });

  it('88. opens a vscode:mcp link without a manifest', async () => {
    const gallery = new VsCodeGallery(world.url, '/registries/elsewhere');
    for (const path of [
      `${shelf.base}/v0.1/${versionPath(WEATHER, 'latest')}`,
      `${shelf.base}/v0/servers/com.example%2Fweather`,
    ])
      expect(await gallery.open(path)).toMatchObject({
        name: WEATHER,
        version: '1.1.0',
        status: 'active',
        isLatest: true,
      });
  });
});
