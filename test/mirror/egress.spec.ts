import { MirrorWorld, type Mirrored } from '../support/mirror-world';

describe('An upstream whose name leads to an address that is not allowed', () => {
  let mirrors: MirrorWorld;
  const all: Mirrored[] = [];

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    const { upstream, world } = mirrors;
    await upstream.generate({ versions: 40, seed: 41 });
    const url = upstream.url.replace('127.0.0.1', 'localhost');
    expect(url).not.toBe(upstream.url);
    for (const organization of [world.acme, world.globex])
      all.push(await mirrors.aMirror(organization, { upstreamId: await mirrors.anUpstream(organization, { url }) }));
  });

  afterAll(() => mirrors.close());

  it('is not asked, and the run says why', async () => {
    await mirrors.startWorker({ EGRESS_ALLOW: '' });
    for (const mirror of all) {
      const run = await mirrors.run(mirror);
      expect(run).toMatchObject({ state: 'failed', attempts: 1, error: { code: 'address_forbidden' }, pages: 0 });
      expect(await mirrors.shown(mirror)).toEqual([]);
    }
    expect(await mirrors.upstream.requests()).toEqual([]);
  });

  it('is followed once the operator allows the address', async () => {
    await mirrors.stopWorker();
    await mirrors.startWorker();
    const [first] = all as [Mirrored];
    expect(await mirrors.run(first)).toMatchObject({ state: 'succeeded', error: null });
    // The other one follows what was read for the first.
    await mirrors.settled();
    for (const mirror of all) expect((await mirrors.shown(mirror)).length).toBeGreaterThan(20);
  });
});
