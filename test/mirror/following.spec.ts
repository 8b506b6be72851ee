import { MirrorWorld, standings, type Shown } from '../support/mirror-world';

const OFFICIAL = 'io.modelcontextprotocol.registry/official';

describe('A mirror', () => {
  let mirrors: MirrorWorld;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    await mirrors.startWorker();
  });

  afterAll(() => mirrors.close());

  it('shows what its upstream lists', async () => {
    const { upstream, world } = mirrors;
    await upstream.generate({ versions: 300, seed: 7 });
    const mirror = await mirrors.aMirror(world.acme);
    const run = await mirrors.run(mirror);
    expect(run).toMatchObject({ state: 'succeeded', error: null });
    const shown = await mirrors.shown(mirror);
    console.log(JSON.stringify(run), standings(shown).slice(0, 3), shown[0]?._meta);
    expect(shown.length).toBeGreaterThan(250);
    void OFFICIAL;
    void ({} as Shown);
  });
});
