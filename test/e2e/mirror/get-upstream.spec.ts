import { aWorld, type World } from '../../support/world';
import { MISSING, NO_IDS } from '../access/support/identity';
import { anUpstream, anUpstreamsAccount, aStranger, builtIn, UPSTREAMS, type Upstream } from './support/upstreams';

describe('get-upstream: GET /v0/upstreams/{upstreamId}', () => {
  let world: World;
  let upstream: Upstream;
  let foreign: Upstream;

  const ask = (id = upstream.id, token = world.acme.admin) => world.call('GET', `${UPSTREAMS}/${id}`, { token });

  beforeAll(async () => {
    world = await aWorld();
    upstream = await anUpstream(world, world.acme, { headers: { 'X-Key': 'secret', Cookie: 'a=b' } });
    foreign = await anUpstream(world, world.globex);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers with the whole upstream, its headers by their names', async () => {
      const answer = await ask();
      expect([answer.status, answer.json()]).toEqual([200, upstream]);
      expect(upstream.header_names).toEqual(['cookie', 'x-key']);
    });

    it('answers to an id in uppercase, and with the built-in one', async () => {
      expect((await ask(upstream.id.toUpperCase())).json()).toEqual(upstream);
      const official = await builtIn(world, world.acme);
      expect((await ask(official.id)).json()).toEqual(official);
    });
  });

  describe('rejects bad input', () => {
    it.each(NO_IDS)('answers 404 for %s, which is no id', async (id) => {
      expect((await ask(id)).status).toBe(404);
    });

    it('answers 404 for a name', async () => {
      expect((await ask(upstream.name)).status).toBe(404);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401, be it there or not', async () => {
      for (const id of [upstream.id, MISSING]) expect((await world.call('GET', `${UPSTREAMS}/${id}`)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers to whoever may see upstreams, and to nobody else', async () => {
      expect((await ask(upstream.id, await anUpstreamsAccount(world, world.acme, 'Viewer'))).status).toBe(200);
      expect((await ask(upstream.id, await aStranger(world, world.acme))).status).toBe(403);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign one, a missing one and what is no id, alike', async () => {
      const answers = await Promise.all([foreign.id, MISSING, 'partner'].map((id) => ask(id)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
    });
  });
});
