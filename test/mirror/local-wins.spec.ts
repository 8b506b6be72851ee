import { MirrorWorld, standings, type Mirrored } from '../support/mirror-world';
import { until } from '../support/until';
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

  describe('reserved', () => {
    const reserve = async (namespace: string) => {
      const answer = await ask('POST', '/v0/reserved-namespaces', { namespace });
      expect(answer.status).toBe(201);
      return answer.json<{ id: string }>().id;
    };
    const names = async (of: Mirrored) => (await mirrors.shown(of)).map(({ server }) => server.name);

    it('is never taken, in whatever case it is written', async () => {
      const { upstream } = mirrors;
      await reserve('Com.Example.Tools');
      for (const name of [
        'com.example.tools/one',
        'COM.example.Tools/two',
        'com.example.tools.deep/one',
        'com.example.toolsmith/one',
      ])
        await upstream.publish(aServer({ name }));
      const run = await followed({ counts: { new: 22, conflicts: 3 } });
      expect((await itemsOf(run.id)).filter((one) => one.includes('conflict'))).toEqual([
        'COM.example.Tools/two@1.0.0 conflict reserved_namespace',
        'com.example.tools.deep/one@1.0.0 conflict reserved_namespace',
        'com.example.tools/one@1.0.0 conflict reserved_namespace',
      ]);
      expect((await names(mirror)).filter((name) => /tools/i.test(name))).toEqual(['com.example.toolsmith/one']);
      expect((await names(foreign)).filter((name) => /tools/i.test(name))).toHaveLength(4);
    });

    it('goes where it was taken before, comes back when it is free, and can be published meanwhile', async () => {
      const { upstream, world } = mirrors;
      await upstream.publish(aServer({ name: 'com.partner/one' }));
      await upstream.publish(aServer({ name: 'com.partner/two' }));
      await followed();
      await upstream.clearRequests();
      const id = await reserve('com.partner');
      const partners = async () =>
        (await mirrors.shown(mirror)).map(keyOf).filter((key) => key.startsWith('com.partner'));
      await until('they are gone', async () => (await partners()).length === 0);
      expect((await mirrors.shown(mirror)).length).toBe(21);
      expect(await names(foreign)).toHaveLength(23);
      expect(await upstream.requests()).toEqual([]);
      await world.publish(world.acme, mirror.registry, aServer({ name: 'com.partner/one', version: '0.1.0' }));
      expect((await ask('DELETE', `/v0/reserved-namespaces/${id}`)).status).toBe(204);
      await until('the other one is back', async () => (await partners()).length === 2);
      expect(await partners()).toEqual(['com.partner/one@0.1.0', 'com.partner/two@1.0.0']);
    });
  });

  describe('reserved while a mirror reads nothing', () => {
    const reserve = async () => {
      expect((await ask('POST', '/v0/reserved-namespaces', { namespace: 'com.example' })).status).toBe(201);
    };
    const row = async (condition: string) =>
      (await mirrors.world.db.query(`select from mirror where id = $1 and ${condition}`, [mirror.id])).length === 1;

    it('goes when that is enabled', async () => {
      await followed();
      const enable = async (enabled: boolean) => {
        expect((await ask('PATCH', mirror.path, { enabled })).status).toBe(200);
      };
      await enable(false);
      await reserve();
      await until('it is to compare everything', () => row('applied_crawl is null and next_run_at is null'));
      expect(await mirrors.shown(mirror)).toHaveLength(21);
      await enable(true);
      await until('they are gone', async () => (await mirrors.shown(mirror)).length === 0);
      expect(await mirrors.shown(foreign)).toHaveLength(21);
    });

    /** What was read is too old for a run by schedule. */
    const isOld = () =>
      mirrors.world.db.query(`update source set head_started_at = head_started_at - interval '40 days'`);

    it('goes although the run that is under way comes to nothing', async () => {
      const { upstream } = mirrors;
      await upstream.load([...someEntries(150), anEntry()]);
      await followed();
      await isOld();
      await upstream.fault('pause_at_page', { page: 1 });
      const id = await mirrors.ask(mirror, { mode: 'full' });
      await until('it reads', async () => (await upstream.held()) === 1);
      await reserve();
      await until('it is to compare everything', () => row('applied_crawl is null'));
      await upstream.fault('login_redirect');
      await upstream.resume();
      expect(await mirrors.ended(mirror, id)).toMatchObject({ state: 'failed', error: { code: 'redirected' } });
      await until('they are gone', async () => (await mirrors.shown(mirror)).length === 0);
      expect(await mirrors.shown(foreign)).toHaveLength(151);
    });

    it('is looked for once where what was read cannot be applied', async () => {
      const { upstream, world } = mirrors;
      await followed();
      const quota = (versions: number | null) =>
        world.db.query('update organization set quotas = $1 where id = $2', [
          JSON.stringify(versions === null ? {} : { versions }),
          world.acme.id,
        ]);
      await quota(1);
      await upstream.publish(aServer({ name: 'com.other/new' }));
      expect(await mirrors.run(mirror)).toMatchObject({ state: 'failed', error: { code: 'quota_exceeded' } });
      expect((await ask('POST', '/v0/reserved-namespaces', { namespace: 'com.nobody' })).status).toBe(201);
      const policies = () =>
        world.db.query(`select state, error_code from mirror_run where mirror_id = $1 and trigger = 'policy'`, [
          mirror.id,
        ]);
      await until('it was looked for', async () => (await policies()).length > 0);
      await mirrors.settled();
      expect(await policies()).toEqual([{ state: 'failed', error_code: 'quota_exceeded' }]);
      await quota(null);
      expect(await mirrors.shown(foreign)).toHaveLength(22);
    });

    it('goes although its upstream is down, and a run waits for that', async () => {
      const { upstream, world } = mirrors;
      await followed();
      await upstream.fault('status', { code: 503, retryAfter: 600 });
      await isOld();
      await world.db.query('update mirror set next_run_at = now() where id = $1', [mirror.id]);
      await until('a run waits', async () => {
        const waiting = await world.db.query(
          `select from mirror_run where mirror_id = $1 and state = 'waiting' and due_at > now() + interval '1 minute'`,
          [mirror.id],
        );
        return waiting.length === 1;
      });
      await reserve();
      await until('they are gone', async () => (await mirrors.shown(mirror)).length === 0);
      expect(await mirrors.shown(foreign)).toHaveLength(21);
    });
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
