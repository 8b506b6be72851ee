import { MirrorWorld, standings, type Mirrored } from '../support/mirror-world';
import { aServer } from '../support/world';
import { anEntry, find, keyOf, officialOf, someEntries } from './support/entries';

const NAME = 'com.example/weather';
const KEY = `${NAME}@1.0.0`;

describe('What an organization makes of its registry', () => {
  let mirrors: MirrorWorld;
  let mirror: Mirrored;
  /** Of another organization, which makes nothing of it. */
  let foreign: Mirrored;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    await mirrors.startWorker();
  });
  beforeEach(async () => {
    const { upstream, world } = mirrors;
    await mirrors.reset();
    await upstream.load([...someEntries(20), anEntry()]);
    mirror = await mirrors.aMirror(world.acme);
    foreign = await mirrors.aMirror(world.globex);
  });
  afterAll(() => mirrors.close());

  const followed = async (expected: object = {}) => {
    const run = await mirrors.run(mirror);
    expect(run).toMatchObject({ state: 'succeeded', ...expected });
    await mirrors.settled();
    return run;
  };
  const shown = async (key = KEY, of = mirror) => find(await mirrors.shown(of), key);
  const pathOf = (name = NAME, version = '1.0.0') =>
    `/registries/${mirror.registry}/v0.1/servers/${encodeURIComponent(name)}/versions/${version}`;
  const ask = (method: string, path: string, body?: unknown, token = mirrors.world.acme.admin) =>
    mirrors.world.call(method, path, { token, ...(body === undefined ? {} : { body }) });
  const setStatus = async (status: string, statusMessage?: string) => {
    const answer = await ask('PATCH', `${pathOf()}/status`, {
      status,
      ...(statusMessage === undefined ? {} : { statusMessage }),
    });
    expect(answer.status).toBe(200);
  };
  const itemsOf = async (id: string) =>
    (await mirrors.items(mirror, id)).map(
      ({ name, version, action, reason }) => `${name}@${version} ${action} ${reason}`,
    );

  describe('published here', () => {
    it('is never touched, and the name of it is a conflict in each run', async () => {
      const { upstream, world } = mirrors;
      await world.publish(world.acme, mirror.registry, aServer({ description: 'Ours' }));
      const ours = await shown();
      await upstream.publish(aServer({ version: '2.0.0', description: 'Theirs' }));
      const first = await followed({ counts: { new: 20, conflicts: 2 } });
      expect(await itemsOf(first.id)).toEqual(
        expect.arrayContaining([`${NAME}@1.0.0 conflict published_here`, `${NAME}@2.0.0 conflict published_here`]),
      );
      await upstream.setStatus(NAME, '1.0.0', 'deleted');
      await followed();
      const all = await mirrors.shown(mirror);
      expect(all.filter(({ server }) => server.name === NAME)).toEqual([ours]);
      expect(all).toHaveLength(21);
      expect(ours._meta['dev.portolan/origin']).toBeUndefined();
      // The other organization publishes nothing.
      expect((await mirrors.shown(foreign)).filter(({ server }) => server.name === NAME)).toHaveLength(2);
    });

    it('takes no name that a mirror has brought', async () => {
      const { world } = mirrors;
      await followed();
      const before = await shown();
      const publish = `/registries/${mirror.registry}/v0.1/publish`;
      for (const version of ['1.0.0', '3.0.0']) {
        const answer = await ask('POST', publish, aServer({ version, description: 'Mine' }));
        expect(answer.status).toBe(400);
        expect(answer.text).toMatch(/mirrored from upstream/);
      }
      expect(await shown()).toEqual(before);
      expect((await mirrors.shown(mirror)).filter(({ server }) => server.name === NAME)).toHaveLength(1);
      await world.publish(world.acme, mirror.registry, aServer({ name: 'com.own/tool' }));
      await followed();
      expect((await mirrors.shown(mirror)).map(keyOf)).toContain('com.own/tool@1.0.0');
    });
  });

  it('changes no document that a mirror has brought', async () => {
    const { world } = mirrors;
    await followed();
    const before = await shown();
    const publisher = await world.aSystemAccount(world.acme, [{ role: 'Publisher', on: '*' }]);
    for (const token of [world.acme.admin, publisher]) {
      const answer = await ask('PUT', pathOf(), aServer({ description: 'Edited' }), token);
      expect(answer.status).toBe(400);
      expect(answer.text).toMatch(/mirrored from upstream/);
    }
    const hidden = await ask('PATCH', `${pathOf()}/status`, { status: 'deprecated' }, publisher);
    expect(hidden.status).toBe(403);
    expect(await shown()).toEqual(before);
  });

  describe('hidden or deprecated', () => {
    it('stays so through later runs, also those that change the same version', async () => {
      const { upstream } = mirrors;
      await followed();
      await setStatus('deleted', 'Not here');
      const list = async () => {
        const answer = await ask('GET', `/registries/${mirror.registry}/v0.1/servers?limit=100`);
        return answer.json<{ servers: { server: { name: string } }[] }>().servers.map(({ server }) => server.name);
      };
      const isHidden = async () => {
        expect(officialOf(await shown())).toMatchObject({ status: 'deleted', statusMessage: 'Not here' });
        expect(await list()).not.toContain(NAME);
      };
      await isHidden();
      await followed();
      await isHidden();
      expect(await mirrors.run(mirror, { mode: 'full' })).toMatchObject({ state: 'succeeded', reasons: [] });
      await isHidden();
      await upstream.setStatus(NAME, '1.0.0', 'deprecated', 'Theirs');
      await followed({ counts: { changed: 1 } });
      await isHidden();
      await upstream.setStatus(NAME, '1.0.0', 'active');
      await followed();
      await isHidden();
      expect(officialOf(await shown(KEY, foreign)).status).toBe('active');
      // Another version is another matter.
      await upstream.publish(aServer({ version: '2.0.0' }));
      await followed();
      expect(standings((await mirrors.shown(mirror)).filter(({ server }) => server.name === NAME))).toEqual([
        `${KEY} deleted`,
        `${NAME}@2.0.0 active latest`,
      ]);
    });

    it('is no lighter than its upstream says, and is what that says once it is lifted', async () => {
      const { upstream } = mirrors;
      await followed();
      await setStatus('deprecated', 'Ours');
      await upstream.setStatus(NAME, '1.0.0', 'deprecated', 'Theirs');
      await followed();
      expect(officialOf(await shown())).toMatchObject({ status: 'deprecated', statusMessage: 'Ours' });
      await upstream.setStatus(NAME, '1.0.0', 'deleted', 'Gone');
      await followed({ counts: { tombstoned: 1 } });
      expect(officialOf(await shown())).toMatchObject({ status: 'deleted', statusMessage: 'Gone' });
      await setStatus('active');
      expect(officialOf(await shown())).toMatchObject({ status: 'deleted', statusMessage: 'Gone' });
      expect(officialOf(await shown(KEY, foreign))).toMatchObject({ status: 'deleted', statusMessage: 'Gone' });
    });
  });
});
