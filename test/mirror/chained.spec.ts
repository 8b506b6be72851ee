import { MirrorWorld, standings, type Mirrored, type Shown } from '../support/mirror-world';
import { aServer } from '../support/world';

const OFFICIAL = 'io.modelcontextprotocol.registry/official';
const ORIGIN = 'dev.portolan/origin';
const UNLIMITED = '100000/1000000';
const SERVERS = 110;

/** What a registry and the one that it follows have in common. */
function comparable(shown: readonly Shown[]): unknown[] {
  return shown.map(({ server, _meta }) => {
    const { [ORIGIN]: _, [OFFICIAL]: official, ...meta } = _meta;
    return { server, meta, official: { ...official, updatedAt: null } };
  });
}

describe('A registry of Portolan', () => {
  let mirrors: MirrorWorld;
  /** By how they reach the private registry of acme. */
  const followers: Record<string, Mirrored> = {};
  let origin: Mirrored;
  let follower: Mirrored;

  const inAcme = async (method: string, path: string, body?: unknown) => {
    const { world } = mirrors;
    const answer = await world.call(method, path, {
      token: world.acme.admin,
      ...(body === undefined ? {} : { body }),
    });
    if (answer.status >= 300) throw new Error(`${answer.status}: ${answer.text}`);
    return answer;
  };
  const ofServer = (n: number, version: string) =>
    aServer({
      name: `com.example/server-${String(n).padStart(3, '0')}`,
      version,
      description: `Server ${n}, ${version}`,
      _meta: { 'io.modelcontextprotocol.registry/publisher-provided': { n } },
    });
  const publish = (n: number, version: string) =>
    mirrors.world.publish(mirrors.world.acme, 'tools', ofServer(n, version));
  const shownOf = (organization: MirrorWorld['world']['acme'], registry: string) =>
    mirrors.shown({ organization, registry });
  const followed = async () => comparable(await shownOf(mirrors.world.acme, 'tools'));

  beforeAll(async () => {
    mirrors = await MirrorWorld.open({
      RATE_LIMIT_READ: UNLIMITED,
      RATE_LIMIT_WRITE: UNLIMITED,
      RATE_LIMIT_AUTH: UNLIMITED,
    });
    const { world, upstream } = mirrors;
    const id = await world.aRegistry(world.acme, 'tools');
    // The same name, and nothing of it may be seen.
    await world.aRegistry(world.globex, 'tools');
    await world.publish(world.globex, 'tools', aServer({ name: 'com.globex/own' }));
    for (let n = 0; n < SERVERS; n += 1) await publish(n, '1.0.0');
    const token = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: id }]);
    const capability = await inAcme('POST', `/v0/registries/${id}/capability-urls`, { name: 'globex' });
    const ways = {
      'a token': { url: `${world.url}/registries/${id}`, headers: { Authorization: `Bearer ${token}` } },
      'a capability URL': { url: capability.json<{ url: string }>().url },
    };
    for (const [way, settings] of Object.entries(ways))
      followers[way] = await mirrors.aMirror(world.globex, {
        upstreamId: await mirrors.anUpstream(world.globex, settings),
      });
    await upstream.generate({ versions: 250, seed: 37 });
    await world.aRegistry(world.acme, 'public', { visibility: 'public' });
    origin = await mirrors.aMirror(world.acme, { registry: 'public' });
    follower = await mirrors.aMirror(world.globex, {
      upstreamId: await mirrors.anUpstream(world.globex, { url: `${world.url}/o/acme/registries/public` }),
    });
    await mirrors.startWorker();
  });

  afterAll(() => mirrors.close());

  describe.each(['a token', 'a capability URL'])('that is private is followed with %s', (way) => {
    const run = async (mode: 'full' | 'incremental') => {
      const mirror = followers[way] as Mirrored;
      const ended = await mirrors.run(mirror, { mode });
      expect(ended).toMatchObject({ state: 'succeeded', error: null });
      expect(comparable(await mirrors.shown(mirror))).toEqual(await followed());
      return ended;
    };

    it('in full', async () => {
      const { counts } = await run('full');
      expect(counts).toMatchObject({ new: (await followed()).length, quarantined: 0, filtered: 0 });
    });

    it('incrementally: new versions, other latest ones, statuses and deletions', async () => {
      const base = way === 'a token' ? 0 : 50;
      const versions = (n: number) =>
        `/registries/tools/v0.1/servers/com.example%2Fserver-${String(base + n).padStart(3, '0')}/versions`;
      await publish(base + 1, '2.0.0');
      await publish(base + 2, '0.9.0');
      await publish(base + SERVERS, '1.0.0');
      await inAcme('PATCH', `${versions(3)}/1.0.0/status`, { status: 'deprecated', statusMessage: 'Use another one' });
      await inAcme('PATCH', `${versions(4)}/1.0.0/status`, { status: 'deleted' });
      const ended = await run('incremental');
      expect(ended).toMatchObject({ applied_mode: 'incremental', counts: { new: 3, tombstoned: 1 } });
      const name = (n: number) => String(ofServer(base + n, '1.0.0')['name']);
      expect(standings(await mirrors.shown(followers[way] as Mirrored))).toEqual(
        expect.arrayContaining([
          `${name(1)}@1.0.0 active`,
          `${name(1)}@2.0.0 active latest`,
          `${name(2)}@0.9.0 active`,
          `${name(2)}@1.0.0 active latest`,
          `${name(3)}@1.0.0 deprecated latest`,
          `${name(4)}@1.0.0 deleted latest`,
          `${name(SERVERS)}@1.0.0 active latest`,
        ]),
      );
    });

    it('in full once more, with nothing left to do', async () => {
      const { counts } = await run('full');
      expect(counts).toMatchObject({ new: 0, changed: 0, tombstoned: 0, removed: 0 });
    });
  });

  it('that is private is not followed without either', async () => {
    const { world } = mirrors;
    for (const url of [`${world.url}/registries/tools`, `${world.url}/o/acme/registries/tools`]) {
      const mirror = await mirrors.aMirror(world.globex, {
        upstreamId: await mirrors.anUpstream(world.globex, { url }),
      });
      const run = await mirrors.run(mirror);
      expect(run).toMatchObject({ state: 'failed', error: { code: 'credentials_refused' }, upstream_status: 401 });
      expect(await mirrors.shown(mirror)).toEqual([]);
    }
  });

  it('that is public, and follows another one itself, is followed to the end of the chain', async () => {
    const { upstream, world } = mirrors;
    const both = async (mode: 'full' | 'incremental') => {
      expect(await mirrors.run(origin, { mode })).toMatchObject({ state: 'succeeded' });
      const run = await mirrors.run(follower, { mode });
      expect(run).toMatchObject({ state: 'succeeded', error: null });
      const [first, second] = [await mirrors.shown(origin), await mirrors.shown(follower)];
      expect(comparable(second)).toEqual(comparable(first));
      expect(first.length).toBeGreaterThan(200);
      return { run, second };
    };
    await both('full');
    const [a, b, c] = (await upstream.entries()).filter((row) => row._meta?.[OFFICIAL]?.isLatest);
    const named = (row = a) => row?.server as { name: string; version: string };
    await upstream.publish({ ...named(a), version: '77.0.0' });
    await upstream.setStatus(named(b).name, named(b).version, 'deleted', 'Gone');
    await both('incremental');
    await upstream.remove(named(c).name, named(c).version);
    const { run, second } = await both('full');
    const told = second.filter(({ server }) => server.name === named(c).name);
    expect(told.map(({ _meta }) => _meta[OFFICIAL].status)).toContain('deleted');
    // Whence it came to the registry where it is read.
    const [name] = await world.db.query<{ name: string }>('select name from upstream where id = $1', [
      follower.upstreamId,
    ]);
    const gone = told.find(({ _meta }) => _meta[ORIGIN]?.run === run.id);
    expect(gone?._meta[ORIGIN]).toMatchObject({ upstream: name?.name });
  });
});
