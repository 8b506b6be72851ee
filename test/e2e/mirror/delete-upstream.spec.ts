import { aWorld, type World } from '../../support/world';
import { MISSING, NO_IDS, refusal, trailOf } from '../access/support/identity';
import { aMirror, pathOf } from './support/mirrors';
import {
  anUpstream,
  anUpstreamsAccount,
  builtIn,
  clearUpstreams,
  storedUpstream,
  UPSTREAMS,
  type Upstream,
  tidied,
} from './support/upstreams';

describe('delete-upstream: DELETE /v0/upstreams/{upstreamId}', () => {
  let world: World;
  let upstream: Upstream;
  let foreign: Upstream;

  const ask = (id = upstream.id, token = world.acme.admin) => world.call('DELETE', `${UPSTREAMS}/${id}`, { token });
  const sourcesOf = (id: string) => world.db.query('select 1 from source where upstream_id = $1', [id]);

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(async () => {
    await world.db.query('delete from mirror');
    await clearUpstreams(world);
    upstream = await anUpstream(world, world.acme, { headers: { authorization: 'secret' } });
    foreign = await anUpstream(world, world.globex, { headers: { authorization: 'secret' } });
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 204 without a body, and 404 the second time', async () => {
      const answer = await ask();
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect((await ask()).status).toBe(404);
    });

    it('takes the copy along that was read with its headers, and no other one', async () => {
      await world.db.query(
        `insert into source_crawl (org_id, source_id, number, mode)
         select org_id, id, 1, 'full' from source where upstream_id = $1`,
        [upstream.id],
      );
      await ask();
      await tidied(world);
      expect([await sourcesOf(upstream.id), (await sourcesOf(foreign.id)).length]).toEqual([[], 1]);
      expect(await world.db.query('select 1 from source_crawl')).toEqual([]);
    });

    it('leaves the copy that others share', async () => {
      const one = await anUpstream(world, world.acme, { name: 'one' });
      const other = await anUpstream(world, world.globex, { name: 'other' });
      expect((await ask(one.id)).status).toBe(204);
      expect(await storedUpstream(world, other.id)).toMatchObject({ owner_id: null });
    });

    it('frees the name', async () => {
      await ask();
      expect((await anUpstream(world, world.acme)).name).toBe(upstream.name);
    });

    it('writes one audit row with what was deleted', async () => {
      const trail = await trailOf(world, world.acme, () => ask());
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'upstream.delete',
          target_id: upstream.id,
          target_name: 'partner',
          before: upstream,
          after: null,
        }),
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each(NO_IDS)('answers 404 for %s, which is no id', async (id) => {
      expect((await ask(id)).status).toBe(404);
    });

    it('answers 409 while a registry mirrors it, and deletes nothing', async () => {
      const registry = await world.aRegistry(world.acme, 'tools');
      const mirror = await aMirror(world, world.acme, registry, upstream.id, { enabled: false });
      const trail = await trailOf(world, world.acme, async () => {
        expect(refusal(await ask())).toEqual([409, 'upstream_in_use']);
      });
      expect([trail, await sourcesOf(upstream.id)]).toEqual([[], [expect.anything()]]);
      await world.call('DELETE', `${pathOf(registry, mirror.id)}?versions=keep`, { token: world.acme.admin });
      expect((await ask()).status).toBe(204);
    });

    it('answers 409 for the built-in one', async () => {
      const { id } = await builtIn(world, world.acme);
      expect(refusal(await ask(id))).toEqual([409, 'upstream_built_in']);
      expect((await builtIn(world, world.acme)).id).toBe(id);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401, be it there or not', async () => {
      for (const id of [upstream.id, MISSING])
        expect((await world.call('DELETE', `${UPSTREAMS}/${id}`)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to whoever may only see upstreams', async () => {
      expect((await ask(upstream.id, await anUpstreamsAccount(world, world.acme, 'Viewer'))).status).toBe(403);
      expect((await ask(upstream.id, await anUpstreamsAccount(world, world.acme, 'Admin'))).status).toBe(204);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign one, a missing one and what is no id, alike, and deletes nothing', async () => {
      const answers = await Promise.all([foreign.id, MISSING, 'partner'].map((id) => ask(id)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
      expect(await world.db.query('select 1 from upstream where not built_in')).toHaveLength(2);
    });
  });
});
