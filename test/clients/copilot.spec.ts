import { aCapabilityUrl } from '../e2e/access/capability-url';
import { twins, WEATHER, type Shelf } from '../e2e/sub-api/shelf';
import { versionPath, type Entry, type ServerList } from '../e2e/sub-api/wire';
import { aWorld, type World } from '../support/world';
import { Contract } from './contract';

const ENDPOINTS = ['servers', versionPath(WEATHER, 'latest'), versionPath(WEATHER, '1.0.0')];

describe('What GitHub asks of a registry in its Copilot policy', () => {
  let world: World;
  let open: Shelf;
  let closed: Shelf;
  /** What an administrator may paste into the policy. */
  let pasted: readonly string[];

  beforeAll(async () => {
    world = await aWorld();
    open = (await twins(world, 'open', { visibility: 'public' })).ours;
    closed = (await twins(world, 'closed')).ours;
    for (const shelf of [open, closed]) {
      await shelf.publish({
        packages: [
          { registryType: 'npm', identifier: '@example/weather', version: '1.0.0', transport: { type: 'stdio' } },
        ],
      });
      await shelf.publish({ version: '1.1.0' });
    }
    const { bases } = await aCapabilityUrl(world, world.acme, closed.id);
    pasted = [`/registries/${open.id}`, `/v0/registries/${open.id}`, '/o/acme/registries/open', ...bases];
  });

  afterAll(() => world.close());

  it('has its three endpoints at v0.1, anonymously, in the shapes of the specification', async () => {
    for (const base of pasted) {
      const contract = await Contract.of(world, base);
      const [list, latest, exact] = await Promise.all(
        ENDPOINTS.map((path) => world.call('GET', `${base}/v0.1/${path}`)),
      );
      expect([list?.status, latest?.status, exact?.status]).toEqual([200, 200, 200]);
      expect(contract.faults('ServerList', list?.json())).toEqual([]);
      expect(contract.faults('ServerResponse', latest?.json())).toEqual([]);
      expect(list?.json<ServerList>().metadata.count).toBe(2);
      expect(latest?.json<Entry>().server.version).toBe('1.1.0');
      expect(exact?.json<Entry>().server.version).toBe('1.0.0');
    }
  });

  it('allows GET and OPTIONS with Authorization and Content-Type to every origin on all of them', async () => {
    for (const base of pasted)
      for (const path of ENDPOINTS) {
        const preflight = await world.call('OPTIONS', `${base}/v0.1/${path}`, {
          headers: {
            origin: 'https://github.com',
            'access-control-request-method': 'GET',
            'access-control-request-headers': 'authorization, content-type',
          },
        });
        const listed = (name: string) => String(preflight.headers[name]).split(/, */);
        expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, '*']);
        expect(listed('access-control-allow-methods')).toEqual(expect.arrayContaining(['GET', 'OPTIONS']));
        expect(listed('access-control-allow-headers')).toEqual(
          expect.arrayContaining(['Authorization', 'Content-Type']),
        );
        const { headers } = await world.call('GET', `${base}/v0.1/${path}`, {
          headers: { origin: 'https://github.com' },
        });
        expect(headers['access-control-allow-origin']).toBe('*');
      }
  });

  it('identifies each configured server to the command line with 200 or 404, and nothing that blocks all', async () => {
    for (const base of pasted)
      for (const [name, status] of [
        [WEATHER, 200],
        ['com.example/other', 404],
        ['com.example/Weather', 404],
      ] as const) {
        const answer = await world.call('GET', `${base}/v0.1/${versionPath(name, 'latest')}`, {
          headers: { accept: 'application/json' },
        });
        expect([name, answer.status]).toEqual([name, status]);
        if (status === 200) expect(answer.headers['content-type']).toBe('application/json');
      }
  });

  it('shows package coordinates as they were published', async () => {
    for (const base of pasted) {
      const entry = (await world.call('GET', `${base}/v0.1/${versionPath(WEATHER, '1.0.0')}`)).json<Entry>();
      expect(entry.server.packages).toEqual([
        { registryType: 'npm', identifier: '@example/weather', version: '1.0.0', transport: { type: 'stdio' } },
      ]);
    }
  });

  it('takes what editors and the command line make of the pasted address', async () => {
    for (const base of pasted) {
      const expected = (await world.call('GET', `${base}/v0.1/servers`)).text;
      // In order: a slash too many, an empty cursor for the first page, a list without the version of the API.
      for (const path of [`${base}//v0.1/servers`, `${base}/v0.1/servers?cursor=`, `${base}/servers`])
        expect((await world.call('GET', path)).text).toBe(expected);
    }
  });

  it('has nothing for who is shown the address of a private registry without its secret', async () => {
    for (const base of [closed.base, '/o/acme/registries/closed'])
      for (const path of ENDPOINTS) expect((await world.call('GET', `${base}/v0.1/${path}`)).status).toBe(401);
  });
});
