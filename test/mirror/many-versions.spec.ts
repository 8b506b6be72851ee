import { MirrorWorld, standings, type Mirrored } from '../support/mirror-world';

// More than one statement adds.
const VERSIONS = 10_000;

describe('A list of many versions', () => {
  let mirrors: MirrorWorld;
  let mirror: Mirrored;
  let other: Mirrored;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open({ RATE_LIMIT_READ: '100000/1000000', RATE_LIMIT_SEARCH: '100000/1000000' });
    const { upstream, world } = mirrors;
    await upstream.generate({ versions: VERSIONS, seed: 43 });
    for (const organization of [world.acme, world.globex]) await world.aRegistry(organization, 'many');
    mirror = await mirrors.aMirror(world.acme, { registry: 'many' });
    other = { ...mirror, organization: world.globex };
    await mirrors.startWorker();
    expect(await mirrors.run(mirror)).toMatchObject({ state: 'succeeded' });
  });

  afterAll(() => mirrors.close());

  const search = async ({ organization, registry }: Mirrored, text: string) => {
    const path = `/registries/${registry}/v0.1/servers?search=${encodeURIComponent(text)}&version=latest`;
    const answer = await mirrors.world.call('GET', path, { token: organization.admin });
    expect(answer.status).toBe(200);
    return answer.json<{ servers: { server: { name: string } }[] }>().servers.map(({ server }) => server.name);
  };

  it('is in the registry as a whole, with one latest version of each server', async () => {
    const listed = await mirrors.upstream.entries();
    const shown = await mirrors.shown(mirror);
    const keys = (rows: readonly { readonly server: Readonly<Record<string, unknown>> }[]) =>
      rows.map(({ server: { name, version } }) => JSON.stringify([name, version]));
    expect(new Set(keys(shown)).size).toBe(shown.length);
    const missing = new Set(keys(listed));
    for (const key of keys(shown)) expect(missing.delete(key)).toBe(true);
    const [quarantined] = await mirrors.world.db.query<{ count: number }>(
      `select count(*)::integer as count from mirror_run_item where action = 'quarantined'`,
    );
    expect(missing.size).toBe(quarantined?.count);
    const latest = standings(shown).filter((one) => one.endsWith(' latest'));
    expect(latest).toHaveLength(new Set(shown.map(({ server }) => server.name)).size);
  });

  it('is found by its names, by whose registry it is and by nobody else', async () => {
    const names = [...new Set((await mirrors.shown(mirror)).map(({ server }) => server.name))];
    expect(names.length).toBeGreaterThan(1_000);
    for (const at of [0, 0.25, 0.5, 0.75, 1]) {
      const name = names[Math.round((names.length - 1) * at)] ?? '';
      expect(await search(mirror, name)).toContain(name);
      expect(await search(other, name)).toEqual([]);
    }
  });

  const waiting = async () => {
    const [row] = await mirrors.world.db.query<{ pages: number }>(
      `select gin_clean_pending_list('server_name_search_idx')::integer as pages`,
    );
    return row?.pages;
  };

  it('leaves no name to be looked for one by one', async () => {
    expect(await waiting()).toBe(0);
  });

  it('leaves none either when it becomes the own of the registry, and is found as before', async () => {
    const [first] = await mirrors.shown(mirror);
    const path = `${mirror.path}?versions=keep`;
    const { status } = await mirrors.world.call('DELETE', path, { token: mirror.organization.admin });
    expect(status).toBe(204);
    expect(await waiting()).toBe(0);
    expect(await search(mirror, first?.server.name ?? '')).toContain(first?.server.name);
    expect(await search(other, first?.server.name ?? '')).toEqual([]);
  });
});
