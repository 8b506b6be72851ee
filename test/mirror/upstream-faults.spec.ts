import { MirrorWorld, type Mirrored } from '../support/mirror-world';
import { until } from '../support/until';
import { anUpstream, type Upstream, type UpstreamFaults } from '../support/upstream';
import { keyOf, someEntries } from './support/entries';

const ATTEMPTS = 5;

describe('A mirror of an upstream at fault', () => {
  let mirrors: MirrorWorld;
  let mirror: Mirrored;
  let foreign: Mirrored;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    await mirrors.startWorker();
  });
  afterAll(() => mirrors.close());

  /** Both follow, and do not know yet of what is new. */
  const begin = async () => {
    const { upstream, world } = mirrors;
    await mirrors.reset();
    await upstream.load(someEntries(250));
    mirror = await mirrors.aMirror(world.acme);
    foreign = await mirrors.aMirror(world.globex);
    await mirrors.run(mirror);
    await mirrors.settled();
    await upstream.publish({ name: 'com.example/news', description: 'New', version: '1.0.0' });
    await upstream.clearRequests();
  };
  const registryOf = async ({ organization, registry }: Mirrored) =>
    (await mirrors.world.call('GET', `/v0/registries/${registry}`, { token: organization.admin })).json<{
      mirrored_data_as_of: string;
    }>();
  const shownByBoth = () => Promise.all([mirror, foreign].map((one) => mirrors.shown(one)));
  const attempted = (id: string, attempts: number) =>
    until(`attempt ${attempts} has come to its end`, async () => {
      await mirrors.hurry();
      const run = await mirrors.get(mirror, id);
      return run.attempts >= attempts || run.state === 'failed';
    });
  const healed = async () => {
    await mirrors.upstream.clear();
    await mirrors.hurry();
    await mirrors.settled();
  };

  describe('keeps what it has, and says why,', () => {
    const FINAL: readonly (readonly [keyof UpstreamFaults, string, { code?: number; from_page?: number }])[] = [
      ['login_redirect', 'redirected', {}],
      ['status', 'credentials_refused', { code: 401 }],
      ['status', 'credentials_refused', { code: 403, from_page: 2 }],
      ['status', 'refused', { code: 404 }],
      ['big_page', 'too_large', {}],
      ['gzip_bomb', 'too_large', {}],
      ['repeated_cursor', 'cursor_repeated', {}],
    ];
    const PASSING: readonly (readonly [keyof UpstreamFaults, string, object])[] = [
      ['login_page', 'not_a_registry', {}],
      ['not_json', 'not_a_registry', { from_page: 3 }],
      ['truncated_json', 'not_a_registry', {}],
      ['reset', 'unreachable', {}],
      ['status', 'server_error', { code: 503, from_page: 3 }],
    ];
    let before: unknown;
    let age: unknown;

    beforeAll(async () => {
      await begin();
      before = await shownByBoth();
      age = await registryOf(mirror);
    });
    beforeEach(healed);
    afterEach(async () => {
      expect(await shownByBoth()).toEqual(before);
      expect(await registryOf(mirror)).toEqual(age);
    });

    it.each(FINAL)('when its run is ended at once by %s: %s %j', async (fault, code, options) => {
      await mirrors.upstream.fault(fault, options);
      const run = await mirrors.run(mirror, { mode: 'full' });
      expect(run).toMatchObject({ state: 'failed', attempts: 1, error: { code }, due_at: null });
      expect(run.error?.detail).toMatch(/^The (upstream|list of the upstream) [^<>{}]*$/);
      if (fault === 'status') expect(run.upstream_status).toBe(options.code);
    });

    it.each(PASSING)('when its run is given up after some attempts, for %s: %s %j', async (fault, code, options) => {
      await mirrors.upstream.fault(fault, options);
      const id = await mirrors.ask(mirror, { mode: 'full' });
      await attempted(id, 1);
      expect((await mirrors.get(mirror, id)).error).toMatchObject({ code });
      await attempted(id, ATTEMPTS);
      const run = await mirrors.ended(mirror, id);
      expect(run).toMatchObject({ state: 'failed', error: { code } });
      expect(run.error?.detail).toMatch(/^The upstream [^<>{}]*$/);
    });
  });

  describe('that is well again', () => {
    beforeEach(begin);

    it('is as fresh as before once its upstream is well again', async () => {
      const age = await registryOf(mirror);
      await mirrors.upstream.fault('login_page');
      await attempted(await mirrors.ask(mirror), 1);
      expect(await registryOf(mirror)).toEqual(age);
      await healed();
      for (const shown of await shownByBoth()) {
        expect(shown).toHaveLength(251);
        expect(shown.map(keyOf)).toContain('com.example/news@1.0.0');
      }
      const [now, then] = [await registryOf(mirror), age].map((one) => Date.parse(one.mirrored_data_as_of));
      expect(now).toBeGreaterThan(then ?? Infinity);
    });

    it('goes on by itself where it was when its upstream is well again', async () => {
      const { upstream } = mirrors;
      await upstream.fault('status', { code: 503, from_page: 3 });
      const id = await mirrors.ask(mirror, { mode: 'full' });
      await attempted(id, 1);
      await upstream.clearRequests();
      await upstream.fault(null);
      await mirrors.hurry();
      expect(await mirrors.ended(mirror, id)).toMatchObject({ state: 'succeeded', error: null, counts: { new: 1 } });
      const [first] = await upstream.requests();
      expect(new URLSearchParams(first?.query).get('cursor')).toMatch(/^com\.example\//);
    });

    it('waits as long as its upstream asks for', async () => {
      const { upstream, world } = mirrors;
      for (const code of [429, 503]) {
        await upstream.clear();
        await upstream.fault('status', { code, retryAfter: 600 });
        const id = await mirrors.ask(mirror);
        await until(`the answer ${code} has come`, async () => (await mirrors.get(mirror, id)).attempts === 1);
        const run = await mirrors.get(mirror, id);
        expect(run).toMatchObject({ state: 'waiting', upstream_status: code });
        expect(run.error?.code).toBe(code === 429 ? 'rate_limited' : 'server_error');
        const [row] = await world.db.query<{ s: number }>(
          `select extract(epoch from due_at - now())::float8 as s from mirror_run where id = $1`,
          [id],
        );
        expect(row?.s).toBeGreaterThan(500);
        expect(row?.s).toBeLessThan(700);
        // Nor does another organization's run by schedule ask meanwhile.
        await upstream.clearRequests();
        await world.db.query('update mirror set next_run_at = now() where id = $1', [foreign.id]);
        await world.db.query(`update source set head_started_at = head_started_at - interval '31 days'`);
        await until('the other run waits, too', async () => {
          const answer = await world.call('GET', `${foreign.path}/runs`, { token: world.globex.admin });
          const [other] = answer.json<{ data: { state: string; due_at: string | null; trigger: string }[] }>().data;
          return other?.state === 'waiting' && Date.parse(other.due_at ?? '') > Date.now() + 400_000;
        });
        expect(await upstream.requests()).toEqual([]);
        await upstream.clear();
        await mirrors.hurry();
        await mirrors.settled();
      }
      for (const shown of await shownByBoth()) expect(shown).toHaveLength(251);
    });

    it('ends with a list that has no end, and keeps nothing of it', async () => {
      const { upstream, world } = mirrors;
      await upstream.fault('endless_cursor');
      const id = await mirrors.ask(mirror, { mode: 'full' });
      await until('it has read some pages', async () => (await mirrors.get(mirror, id)).pages > 5);
      await mirrors.decide(mirror, id, 'cancel');
      expect(await mirrors.ended(mirror, id)).toMatchObject({ state: 'cancelled' });
      // As if it had gone on for as long as anybody has patience.
      await world.db.query(`update source_crawl set pages = 20000 where state = 'running'`);
      expect(await mirrors.run(mirror, { mode: 'full' })).toMatchObject({
        state: 'failed',
        error: { code: 'endless' },
      });
      for (const shown of await shownByBoth()) expect(shown).toHaveLength(250);
      await healed();
      expect(await mirrors.run(mirror, { mode: 'full' })).toMatchObject({ state: 'succeeded', counts: { new: 1 } });
      await mirrors.settled();
      for (const shown of await shownByBoth()) expect(shown).toHaveLength(251);
    });

    it('follows no redirect, wherever that leads', async () => {
      const { upstream, world } = mirrors;
      const elsewhere = await anUpstream();
      try {
        await upstream.fault('login_redirect', { Location: `${elsewhere.url}/v0.1/servers` });
        expect(await mirrors.run(mirror)).toMatchObject({ state: 'failed', error: { code: 'redirected' } });
        expect(await elsewhere.requests()).toEqual([]);
        expect((await upstream.requests()).map(({ path }) => path)).toEqual(['/v0.1/servers']);
        expect(await mirrors.shown({ organization: world.globex, registry: foreign.registry })).toHaveLength(250);
      } finally {
        await elsewhere.close();
      }
    });

    it('gives up an answer that never ends, while others are served', async () => {
      const { upstream, world } = mirrors;
      const slow: Upstream[] = [await anUpstream(), await anUpstream()];
      try {
        const hanging: { mirror: Mirrored; id: string }[] = [];
        for (const [i, one] of slow.entries()) {
          await one.load(someEntries(3, `com.slow-${i}`));
          const followed = await mirrors.aMirror(world.acme, {
            upstreamId: await mirrors.anUpstream(world.acme, { url: one.url }),
          });
          await mirrors.run(followed);
          await one.clearRequests();
          await one.fault(i === 0 ? 'hang' : 'drip', { times: 1 });
          hanging.push({ mirror: followed, id: await mirrors.ask(followed) });
        }
        await until('both are asked', async () => {
          for (const one of slow) if ((await one.requests()).length === 0) return false;
          return true;
        });
        // Others go on.
        expect(await mirrors.run(mirror)).toMatchObject({ state: 'succeeded', counts: { new: 1 } });
        for (const { mirror: followed, id } of hanging) {
          expect((await mirrors.get(followed, id)).state).toBe('running');
          for (const seconds of [12, 24])
            await until(`${seconds} s have passed`, async () => {
              const [row] = await world.db.query<{ passed: boolean }>(
                `select now() - started_at > make_interval(secs => $2) as passed from mirror_run where id = $1`,
                [id, seconds],
              );
              return row?.passed ?? false;
            });
          await until('it was given up', async () => (await mirrors.get(followed, id)).attempts === 1);
          expect(await mirrors.shown(followed)).toHaveLength(3);
        }
        for (const { mirror: followed, id } of hanging)
          expect(await mirrors.ended(followed, id)).toMatchObject({ state: 'succeeded', attempts: 1, error: null });
        expect(await upstream.count()).toBe(251);
      } finally {
        for (const one of slow) await one.close();
      }
    }, 120_000);
  });
});
