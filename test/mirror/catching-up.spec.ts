import { MirrorWorld, standings } from '../support/mirror-world';
import { until } from '../support/until';

const OFFICIAL = 'io.modelcontextprotocol.registry/official';

describe('A full crawl', () => {
  let mirrors: MirrorWorld;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    await mirrors.startWorker();
  });

  beforeEach(() => mirrors.upstream.generate({ versions: 350, seed: 23 }));

  afterAll(() => mirrors.close());

  it('comes to its end when all of the upstream has just changed', async () => {
    const { upstream, world } = mirrors;
    const updatedAt = new Date().toISOString();
    const rows = (await upstream.entries()).map((row) => {
      const official = row._meta?.[OFFICIAL];
      return official === undefined ? row : { ...row, _meta: { ...row._meta, [OFFICIAL]: { ...official, updatedAt } } };
    });
    await upstream.load(rows);
    for (const organization of [world.acme, world.globex]) {
      const mirror = await mirrors.aMirror(organization);
      const run = await mirrors.run(mirror, { mode: 'full' });
      expect(run).toMatchObject({ state: 'succeeded', error: null });
      expect(run.counts['new']).toBeGreaterThan(300);
    }
  });

  it('finds what changes behind it while it reads', async () => {
    const { upstream, world } = mirrors;
    const mirror = await mirrors.aMirror(world.globex);
    const [first] = await upstream.entries();
    await upstream.fault('pause_at_page', { page: 3 });
    const asked = await mirrors.ask(mirror, { mode: 'full' });
    await until('the crawl is at its third page', async () => (await upstream.held()) === 1);
    await upstream.publish({ name: 'a.first/of-all', description: 'Sorts before what was read', version: '1.0.0' });
    const { name, version } = first?.server as { name: string; version: string };
    await upstream.setStatus(name, version, 'deprecated', 'While it was read');
    await upstream.fault(null);
    await upstream.resume();
    expect(await mirrors.ended(mirror, asked)).toMatchObject({ state: 'succeeded', error: null });
    const shown = standings(await mirrors.shown(mirror));
    expect(shown[0]).toBe('a.first/of-all@1.0.0 active latest');
    expect(shown).toContainEqual(expect.stringContaining(`${name}@${version} deprecated`));
  });
});
