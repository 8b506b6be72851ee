import { aServer, aWorld, type World } from '../../support/world';
import { aCapabilityUrl, type CapabilityUrl, type CreatedCapabilityUrl } from './capability-url';

const MISSING = '00000000-0000-7000-8000-000000000000';

describe('get-capability-url: GET /v0/registries/{registryIdentifier}/capability-urls/{capabilityUrlId}', () => {
  let world: World;
  let id: string;
  let sibling: string;
  let foreign: string;
  let ours: CapabilityUrl;
  let theirs: CapabilityUrl;

  const get = (urlId: string, registry = id, token: string | null = world.acme.admin) =>
    world.call('GET', `/v0/registries/${registry}/capability-urls/${urlId}`, token === null ? {} : { token });

  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'tools');
    sibling = await world.aRegistry(world.acme, 'sibling');
    foreign = await world.aRegistry(world.globex, 'tools');
    await world.publish(world.acme, id, aServer());
    ours = await aCapabilityUrl(world, world.acme, id, { name: 'same', allowed_ips: ['127.0.0.1', '::1'] });
    theirs = await aCapabilityUrl(world, world.globex, foreign, { name: 'same' });
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with what creating it answered, without its secret', async () => {
      const created = await world.call('POST', `/v0/registries/${id}/capability-urls`, {
        token: world.acme.admin,
        body: { name: 'fresh', expires_at: '2999-01-01T00:00:00Z' },
      });
      const { url, urls, ...shown } = created.json<CreatedCapabilityUrl>();
      expect(urls).toContain(url);
      const answer = await get(shown.id);
      expect([answer.status, answer.json()]).toEqual([200, shown]);
    });

    it('says when it was last used, to the minute', async () => {
      expect((await get(ours.id)).json().last_used_at).toBeNull();
      await world.call('GET', `${ours.base}/v0.1/servers`);
      const used = (await get(ours.id)).json<{ last_used_at: string }>().last_used_at;
      expect(Math.abs(Date.now() - Date.parse(used))).toBeLessThan(60_000);
      await world.call('GET', `${ours.base}/v0.1/servers`);
      expect((await get(ours.id)).json().last_used_at).toBe(used);
    });

    it('answers by the name of the registry, in any letter case of the id, and at the alias', async () => {
      const { text } = await get(ours.id);
      expect((await get(ours.id, 'tools')).text).toBe(text);
      expect((await get(ours.id.toUpperCase())).text).toBe(text);
      const alias = await world.call('GET', `/v0/mcp-registries/${id}/capability-urls/${ours.id}`, {
        token: world.acme.admin,
      });
      expect(alias.text).toBe(text);
    });
  });

  describe('rejects bad input', () => {
    it.each(['1', 'x', "' or true --", '%F0%9F%92%A9', `${MISSING}0`])(
      'answers %s like an id that is not there',
      async (urlId) => {
        const answer = await get(encodeURI(urlId));
        expect([answer.status, answer.masked]).toEqual([404, (await get(MISSING)).masked]);
      },
    );
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, there or not', async () => {
      for (const urlId of [ours.id, MISSING]) expect((await get(urlId, id, null)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it.each([
      ['Admin', 200],
      ['Publisher', 403],
      ['Viewer', 403],
    ] as const)('answers %s of the registry %d', async (role, status) => {
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await get(ours.id, id, token)).status).toBe(status);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign id, a missing one and one of a sibling registry, byte for byte', async () => {
      const missing = await get(MISSING);
      expect([missing.status, missing.json().detail]).toEqual([404, 'Capability URL not found']);
      expect((await get(theirs.id)).masked).toBe(missing.masked);
      expect((await get(ours.id, sibling)).masked).toBe(missing.masked);
    });

    it('answers alike for a foreign registry and a missing one, whatever the id', async () => {
      const missing = await get(theirs.id, MISSING);
      expect(missing.status).toBe(404);
      for (const urlId of [theirs.id, ours.id, MISSING])
        expect((await get(urlId, foreign)).masked).toBe(missing.masked);
    });
  });
});
