import { aServer, aWorld, type Organization, type World } from '../support/world';
import { flushed } from './buffered';

const SERVER = 'com.example%2Fweather';

interface Read {
  readonly target_name: string;
  readonly registry_id: string;
  readonly principal_type: string;
}

describe('Reads of a registry', () => {
  let world: World;
  let org: Organization;
  let registry: string;
  let number = 0;

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(async () => {
    org = await world.anOrganization(`org-${(number += 1)}`);
    registry = await world.aRegistry(org, 'tools');
    await world.publish(org, registry, aServer());
  });

  afterAll(() => world.close());

  async function sample(percent: number): Promise<void> {
    const body = { access_sample_percent: percent };
    expect((await world.call('PATCH', '/v0/audit-logs/settings', { token: org.admin, body })).status).toBe(200);
  }

  const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
    world.call('GET', path, { token: org.admin, headers });

  async function reads(): Promise<Read[]> {
    await flushed(world, org);
    return world.db.query<Read>(
      `select target_name, registry_id, principal_type from audit_log
       where org_id = $1 and action = 'registry.read' order by occurred_at`,
      [org.id],
    );
  }

  it('are not written down as long as nobody asks for it', async () => {
    await get(`/registries/${registry}/v0.1/servers`);
    expect(await reads()).toEqual([]);
  });

  it('are not written down when none is to be sampled', async () => {
    await sample(0);
    for (let i = 0; i < 20; i += 1) await get(`/registries/${registry}/v0.1/servers`);
    expect(await reads()).toEqual([]);
  });

  it('are all written down when all are to be sampled, at every base, also those that were not modified', async () => {
    await sample(100);
    const paths = [
      `/registries/${registry}/v0.1/servers`,
      `/v0/registries/tools/v0/servers/${SERVER}/versions`,
      `/o/${org.name}/registries/tools/servers/${SERVER}/versions/1.0.0`,
      `/registries/${registry}/v0/servers/${SERVER}`,
    ];
    for (const path of paths) {
      const { status, headers } = await get(`${path}?include_deleted=false`);
      expect([path, status]).toEqual([path, 200]);
      expect((await get(path, { 'if-none-match': String(headers.etag) })).status).toBe(304);
    }
    expect(await reads()).toEqual(
      paths
        .flatMap((path) => [path, path])
        .map((path) => ({ target_name: `GET ${path}`, registry_id: registry, principal_type: 'user' })),
    );
  });

  it('are written down by chance, as often as is asked for', async () => {
    await sample(50);
    const chance = jest.spyOn(Math, 'random');
    try {
      for (const [value, path] of [
        [0.49, `/registries/${registry}/v0.1/servers`],
        [0.51, `/registries/${registry}/v0/servers`],
      ] as const) {
        chance.mockReturnValue(value);
        expect((await get(path)).status).toBe(200);
      }
    } finally {
      chance.mockRestore();
    }
    expect((await reads()).map(({ target_name }) => target_name)).toEqual([`GET /registries/${registry}/v0.1/servers`]);
  });

  it('that were not answered, and requests that are no read of what a registry holds, are none', async () => {
    await sample(100);
    await get(`/registries/${registry}/v0.1/servers/nothing`);
    await get(`/registries/${registry}/v0.1/servers?limit=x`);
    await get(`/registries/missing/v0.1/servers`);
    await get(`/registries/${registry}/v0.1/ping`);
    await get(`/v0/registries/${registry}`);
    await world.publish(org, registry, aServer({ version: '2.0.0' }));
    expect(await reads()).toEqual([]);
  });

  it('by strangers and by capability URLs are written down without their secrets', async () => {
    const created = await world.call('POST', `/v0/registries/${registry}/capability-urls`, {
      token: org.admin,
      body: { name: 'for an editor' },
    });
    await world.call('PATCH', `/v0/registries/${registry}`, { token: org.admin, body: { visibility: 'public' } });
    await sample(100);
    const { pathname } = new URL(created.json<{ url: string }>().url);
    await world.call('GET', `/registries/${registry}/v0.1/servers`);
    await world.call('GET', `${pathname}/v0.1/servers`);
    expect(await reads()).toEqual([
      {
        target_name: `GET /registries/${registry}/v0.1/servers`,
        registry_id: registry,
        principal_type: 'anonymous',
      },
      {
        target_name: `GET ${pathname.replace(/~.*/, '~')}/v0.1/servers`,
        registry_id: registry,
        principal_type: 'capability_url',
      },
    ]);
  });
});
