import { MirrorWorld, type Mirrored } from '../support/mirror-world';
import { anUpstream, type Upstream } from '../support/upstream';
import { anEntry, keyOf, officialOf, someEntries } from './support/entries';

const NPM = { registryType: 'npm', identifier: '@example/tool', version: '1.0.0', transport: { type: 'stdio' } };
const PYPI = { ...NPM, registryType: 'pypi', identifier: 'tool' };
const NAMES = Array.from({ length: 10 }, (_, i) => `com.example/t-${i}`);

/** What an upstream might do on purpose. */
describe('An upstream that means no good', () => {
  let mirrors: MirrorWorld;
  let second: Upstream;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    second = await anUpstream();
    await mirrors.startWorker();
  });
  beforeEach(async () => {
    await mirrors.reset();
    await second.clear();
  });
  afterAll(async () => {
    await mirrors.close();
    await second.close();
  });

  const tools = (one: object, description = 'A tool') =>
    mirrors.upstream.load(NAMES.map((name) => anEntry({ name, description, packages: [one] })));
  const full = (mirror: Mirrored) => mirrors.run(mirror, { mode: 'full' });
  const statuses = async (mirror: Mirrored) =>
    (await mirrors.shown(mirror)).map((one) => `${keyOf(one)} ${officialOf(one).status}`);
  const patch = async ({ organization, path }: Mirrored, body: object) => {
    expect((await mirrors.world.call('PATCH', path, { token: organization.admin, body })).status).toBe(200);
  };

  it('does not get versions out by a filter that fits them no more', async () => {
    await tools(NPM);
    const mirror = await mirrors.aMirror(mirrors.world.acme, { registry_types: ['npm'] });
    const foreign = await mirrors.aMirror(mirrors.world.globex);
    await full(mirror);
    const before = await mirrors.shown(mirror);
    expect(before).toHaveLength(10);
    await tools(PYPI);
    const run = await full(mirror);
    expect([run.state, run.reasons.map(({ guard }) => guard)]).toEqual(['held', ['content_changed']]);
    expect(await mirrors.shown(mirror)).toEqual(before);
    await mirrors.settled();
    // It has followed, and holds the same.
    expect((await mirrors.shown(foreign)).map(({ server }) => server)).toEqual(before.map(({ server }) => server));
  });

  it('does not get versions out by spoiling them, and deletes spoiled ones all the same', async () => {
    await tools(NPM);
    const mirror = await mirrors.aMirror(mirrors.world.acme, { registry_types: ['npm'], max_removed_percent: 20 });
    await full(mirror);
    await mirrors.upstream.load(
      NAMES.map((name, i) => anEntry({ name, description: 7, packages: 'none' }, i === 0 ? { status: 'deleted' } : {})),
    );
    const run = await full(mirror);
    expect([run.state, run.counts]).toMatchObject(['succeeded', { quarantined: 9, tombstoned: 1, removed: 0 }]);
    const [first, ...others] = await statuses(mirror);
    expect(first).toBe('com.example/t-0@1.0.0 deleted');
    expect(others.every((one) => one.endsWith(' active'))).toBe(true);
  });

  it('is believed when it says the same in another order', async () => {
    await tools(NPM);
    const mirror = await mirrors.aMirror(mirrors.world.acme);
    await full(mirror);
    await mirrors.upstream.load(
      NAMES.map((name) => {
        const { server, ...rest } = anEntry({ name, description: 'A tool', packages: [NPM] });
        return { ...rest, server: Object.fromEntries([...Object.entries(server).reverse(), ['repository', {}]]) };
      }),
    );
    expect(await full(mirror)).toMatchObject({ state: 'succeeded', counts: { changed: 10 }, reasons: [] });
  });

  it('has nothing released that nobody has seen', async () => {
    await tools(NPM);
    const mirror = await mirrors.aMirror(mirrors.world.acme);
    await full(mirror);
    await tools(NPM, 'Another tool');
    const held = await full(mirror);
    expect([held.state, held.reasons.map(({ guard }) => guard)]).toEqual(['held', ['content_changed']]);
    // Now the same crawl would take all of them away.
    await patch(mirror, { statuses: ['deprecated'] });
    await mirrors.settled();
    await mirrors.decide(mirror, held.id, 'release').catch(() => undefined);
    await mirrors.settled();
    expect((await statuses(mirror)).every((one) => one.endsWith(' active'))).toBe(true);
    const runs = await mirrors.world.call('GET', `${mirror.path}/runs?filter[state]=held`, {
      token: mirrors.world.acme.admin,
    });
    const [now] = runs.json<{ data: { reasons: { guard: string }[] }[] }>().data;
    expect(now?.reasons.map(({ guard }) => guard)).toContain('removed_percent');
  });

  it('does not bring back what was taken away here, by another mirror that has the name first', async () => {
    const { world } = mirrors;
    await second.load([anEntry({ name: 'com.example/bad' }), ...someEntries(3)]);
    const late = await mirrors.aMirror(world.acme, {
      upstreamId: await mirrors.anUpstream(world.acme, { url: second.url }),
      position: 2,
      max_removed_percent: 100,
    });
    await full(late);
    const path = `/registries/${late.registry}/v0.1/servers/com.example%2Fbad/versions/1.0.0/status`;
    const body = { status: 'deleted', statusMessage: 'malware' };
    expect((await world.call('PATCH', path, { token: world.acme.admin, body })).status).toBe(200);
    await mirrors.upstream.load([anEntry({ name: 'com.example/bad' })]);
    const early = await mirrors.aMirror(world.acme, { registry: late.registry, position: 1 });
    await full(early);
    await mirrors.settled();
    const bad = (await mirrors.shown(late)).find(({ server }) => server.name === 'com.example/bad');
    expect(officialOf(bad)).toMatchObject({ status: 'deleted', statusMessage: 'malware', isLatest: true });
    expect(bad?._meta['dev.portolan/origin']?.upstream).not.toBe(undefined);
    await full(early);
    expect((await statuses(late)).filter((one) => one.includes('bad'))).toEqual(['com.example/bad@1.0.0 deleted']);
  });

  it('sends no page of more versions than a process can take apart', async () => {
    await mirrors.upstream.fault('crowd', { n: 6_000 });
    const mirror = await mirrors.aMirror(mirrors.world.acme);
    expect(await full(mirror)).toMatchObject({ state: 'failed', error: { code: 'too_large' }, upstream_status: 200 });
    const answer = await mirrors.world.call('POST', `/v0/upstreams/${mirror.upstreamId}/test`, {
      token: mirrors.world.acme.admin,
      body: {},
    });
    const checks = answer.json<{ checks: { name: string; status: string }[] }>().checks;
    expect(checks.find(({ name }) => name === 'list_format')?.status).toBe('failed');
  });
});
