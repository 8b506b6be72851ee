import { aWorld, type World } from '../../support/world';
import { MISSING, NO_IDS, problems, refusal, trailOf } from '../access/support/identity';
import {
  anUpstream,
  anUpstreamsAccount,
  builtIn,
  clearUpstreams,
  SECRET,
  storedUpstream,
  UPSTREAMS,
  type Upstream,
  tidied,
} from './support/upstreams';

const HEADERS = { authorization: `Bearer ${SECRET}` };
const OTHER = 'https://other.example.com';

describe('update-upstream: PATCH /v0/upstreams/{upstreamId}', () => {
  let world: World;
  let upstream: Upstream;
  let open: Upstream;
  let foreign: Upstream;

  const ask = (body: unknown = { display_name: 'New' }, id = upstream.id, token = world.acme.admin) =>
    world.call('PATCH', `${UPSTREAMS}/${id}`, { token, body });

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(async () => {
    await clearUpstreams(world);
    upstream = await anUpstream(world, world.acme, { headers: HEADERS });
    open = await anUpstream(world, world.acme, { name: 'open' });
    foreign = await anUpstream(world, world.globex);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('changes what is given and leaves the rest, the copy among it', async () => {
      const before = await storedUpstream(world, upstream.id);
      const answer = await ask();
      expect([answer.status, answer.json()]).toEqual([
        200,
        { ...upstream, display_name: 'New', updated_at: expect.any(String) as string },
      ]);
      for (const body of [{ url: `${upstream.url}/v0.1/servers` }, { verify_tls: true }, {}, { enabled: false }])
        expect((await ask(body)).status).toBe(200);
      expect(await storedUpstream(world, upstream.id)).toEqual(before);
    });

    it('changes everything at once', async () => {
      const whole = { display_name: 'Neu', url: `${OTHER}/r`, verify_tls: false, enabled: false };
      const answer = await ask({ ...whole, headers: { 'X-Key': SECRET } });
      expect(answer.json()).toMatchObject({ ...whole, header_names: ['x-key'] });
    });

    it('enables the built-in one, and disables it', async () => {
      const { id } = await builtIn(world, world.acme);
      expect((await ask({ enabled: true }, id)).json()).toMatchObject({ enabled: true, built_in: true });
      expect((await ask({ enabled: false }, id)).json()).toMatchObject({ enabled: false });
    });

    it.each([
      ['the URL', { url: OTHER, headers: HEADERS }, 1],
      ['the verification', { verify_tls: false, headers: HEADERS }, 1],
      ['the headers', { headers: { authorization: 'another' } }, 1],
      ['the headers, to none', { headers: null }, 0],
      ['the headers, to an empty map', { headers: {} }, 0],
    ])('reads from the beginning after a change of %s, and forgets what was read before', async (_, body, own) => {
      const before = await storedUpstream(world, upstream.id);
      await ask(body);
      await tidied(world);
      const after = await storedUpstream(world, upstream.id);
      expect(after.source_id).not.toBe(before.source_id);
      expect([after.own_sources, after.owner_id]).toEqual(own === 1 ? [1, upstream.id] : [0, null]);
      expect(await world.db.query('select 1 from source where id = $1', [before.source_id])).toEqual([]);
    });

    it('moves between copies that are shared, and keeps them for others', async () => {
      const before = await storedUpstream(world, open.id);
      await ask({ url: OTHER }, open.id);
      expect(await storedUpstream(world, open.id)).toMatchObject({ owner_id: null, url: OTHER, verify_tls: true });
      expect((await storedUpstream(world, foreign.id)).source_id).toBe(before.source_id);
      await ask({ url: open.url }, open.id);
      expect(await storedUpstream(world, open.id)).toEqual(before);
      await ask({ headers: null }, open.id);
      expect(await storedUpstream(world, open.id)).toEqual(before);
    });

    it('leaves the shared copy once it has headers', async () => {
      await ask({ headers: HEADERS }, open.id);
      expect(await storedUpstream(world, open.id)).toMatchObject({ owner_id: open.id, own_sources: 1, url: open.url });
    });

    it('turns the verification on without the headers, which stay', async () => {
      const lax = await anUpstream(world, world.acme, { name: 'lax', verify_tls: false, headers: HEADERS });
      const before = await storedUpstream(world, lax.id);
      expect((await ask({ verify_tls: true }, lax.id)).json()).toMatchObject({ header_names: ['authorization'] });
      await tidied(world);
      const after = await storedUpstream(world, lax.id);
      expect([after.headers_sealed, after.verify_tls, after.own_sources]).toEqual([before.headers_sealed, true, 1]);
      expect(after.source_id).not.toBe(before.source_id);
    });

    it('replaces the headers, and tells that it did, not what they are', async () => {
      const before = await storedUpstream(world, upstream.id);
      const trail = await trailOf(world, world.acme, () => ask({ headers: { 'X-Key': `${SECRET}-2` } }));
      const after = await storedUpstream(world, upstream.id);
      expect(after.headers_sealed).not.toBe(before.headers_sealed);
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'upstream.update',
          target_id: upstream.id,
          before: upstream,
          after: expect.objectContaining({ header_names: ['x-key'], headers_changed: true }) as object,
        }),
      ]);
      expect(JSON.stringify([trail, after])).not.toContain(SECRET);
    });

    it('writes one audit row', async () => {
      expect(await trailOf(world, world.acme, () => ask({ enabled: false }))).toEqual([
        expect.objectContaining({
          action: 'upstream.update',
          before: expect.objectContaining({ enabled: true }) as object,
          after: expect.objectContaining({ enabled: false, headers_changed: false }) as object,
        }),
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ name: 'other' }, 'name', 'immutable'],
      [{ display_name: null }, 'display_name', 'is_string'],
      [{ display_name: '' }, 'display_name', 'min_length'],
      [{ url: null }, 'url', 'is_string'],
      [{ url: 'registry' }, 'url', 'is_url'],
      [{ url: 'https://user@registry.example.com' }, 'url', 'is_url'],
      [{ url: 'https://registry.example.com?x' }, 'url', 'is_url'],
      [{ headers: [] }, 'headers', 'is_object'],
      [{ headers: { host: 'x' } }, 'headers', 'is_header_map'],
      [{ verify_tls: null }, 'verify_tls', 'is_boolean'],
      [{ enabled: null }, 'enabled', 'is_boolean'],
      [{ id: MISSING }, 'id', 'unknown_property'],
      [{ built_in: true }, 'built_in', 'unknown_property'],
      [{ source_id: MISSING }, 'source_id', 'unknown_property'],
      [{ url: OTHER }, 'headers', 'required'],
      [{ url: 'https://registry.example.com:8443' }, 'headers', 'required'],
      [{ verify_tls: false }, 'headers', 'required'],
    ])('row %# names the field and the rule, and nothing changes', async (body, field, rule) => {
      const before = await storedUpstream(world, upstream.id);
      const answer = await ask(body);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(await storedUpstream(world, upstream.id)).toEqual(before);
    });

    it('sends the headers to no other URL, and to nobody in between, unless they are given along', async () => {
      expect((await ask({ url: OTHER, headers: null })).json()).toMatchObject({ url: OTHER, header_names: [] });
      expect((await ask({ url: upstream.url })).status).toBe(200);
      expect((await ask({ headers: HEADERS })).status).toBe(200);
      expect((await ask({ verify_tls: false, headers: HEADERS })).json()).toMatchObject({ verify_tls: false });
    });

    it('takes no URL that may not be reached', async () => {
      expect(refusal(await ask({ url: 'http://169.254.169.254', headers: null }))).toEqual([422, 'forbidden_address']);
    });

    it.each([
      { display_name: 'Mine' },
      { url: OTHER },
      { headers: HEADERS },
      { headers: null },
      { verify_tls: true },
      { enabled: true, display_name: 'Mine' },
    ])('changes nothing else of the built-in one: %j', async (body) => {
      const before = await builtIn(world, world.acme);
      expect(refusal(await ask(body, before.id))).toEqual([409, 'upstream_built_in']);
      expect(await builtIn(world, world.acme)).toEqual(before);
    });

    it('stores no headers where the operator has set no key', async () => {
      const keyless = await aWorld({ SECRETS_KEY: '' });
      const { id } = await anUpstream(keyless, keyless.acme);
      const answer = await keyless.call('PATCH', `${UPSTREAMS}/${id}`, {
        token: keyless.acme.admin,
        body: { headers: HEADERS },
      });
      expect(refusal(answer)).toEqual([503, 'encryption_not_configured']);
      await keyless.close();
    });

    it.each(NO_IDS)('answers 404 for %s, which is no id', async (id) => {
      expect((await ask({ enabled: false }, id)).status).toBe(404);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401, be it there or not', async () => {
      for (const id of [upstream.id, MISSING])
        expect((await world.call('PATCH', `${UPSTREAMS}/${id}`, { body: { enabled: false } })).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to whoever may only see upstreams', async () => {
      const [viewer, admin] = [
        await anUpstreamsAccount(world, world.acme, 'Viewer'),
        await anUpstreamsAccount(world, world.acme, 'Admin'),
      ];
      expect((await ask({ enabled: false }, upstream.id, viewer)).status).toBe(403);
      expect((await ask({ enabled: false }, upstream.id, admin)).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign one, a missing one and what is no id, alike, and changes nothing', async () => {
      const answers = await Promise.all([foreign.id, MISSING, 'partner'].map((id) => ask({ enabled: false }, id)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
      const kept = await world.call('GET', `${UPSTREAMS}/${foreign.id}`, { token: world.globex.admin });
      expect(kept.json()).toEqual(foreign);
    });
  });
});
