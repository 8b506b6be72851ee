import { aServer, aWorld, type World } from '../../support/world';
import { aCapabilityUrl, type CapabilityUrl } from './capability-url';

const MISSING = '00000000-0000-7000-8000-000000000000';

describe('revoke-capability-url: DELETE /v0/registries/{registryIdentifier}/capability-urls/{capabilityUrlId}', () => {
  let world: World;
  let id: string;
  let sibling: string;
  let foreign: string;
  let ours: CapabilityUrl;
  let theirs: CapabilityUrl;

  const revoke = (urlId: string, registry = id, token: string | null = world.acme.admin) =>
    world.call('DELETE', `/v0/registries/${registry}/capability-urls/${urlId}`, token === null ? {} : { token });
  const read = async ({ base }: CapabilityUrl) => (await world.call('GET', `${base}/v0.1/servers`)).status;

  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'tools');
    sibling = await world.aRegistry(world.acme, 'sibling');
    foreign = await world.aRegistry(world.globex, 'tools');
    await world.publish(world.acme, id, aServer());
    await world.publish(world.globex, foreign, aServer());
  });

  beforeEach(async () => {
    await world.db.query('delete from capability_url');
    ours = await aCapabilityUrl(world, world.acme, id, { name: 'same' });
    theirs = await aCapabilityUrl(world, world.globex, foreign, { name: 'same' });
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 204, and nothing opens any more at any base', async () => {
      expect(await read(ours)).toBe(200);
      const answer = await revoke(ours.id);
      expect([answer.status, answer.text]).toEqual([204, '']);
      for (const base of ours.bases) expect((await world.call('GET', `${base}/v0.1/servers`)).status).toBe(401);
      expect(await read(theirs)).toBe(200);
    });

    it('keeps the row, with the time', async () => {
      await revoke(ours.id);
      const row = await world.call('GET', `/v0/registries/${id}/capability-urls/${ours.id}`, {
        token: world.acme.admin,
      });
      expect(row.json().revoked_at).toMatch(/\.\d{6}Z$/);
    });

    it('answers 404 the second time and leaves the time as it was', async () => {
      await revoke(ours.id);
      const [before] = await world.db.query('select revoked_at from capability_url where id = $1', [ours.id]);
      const again = await revoke(ours.id);
      expect([again.status, again.masked]).toEqual([404, (await revoke(MISSING)).masked]);
      expect(await world.db.query('select revoked_at from capability_url where id = $1', [ours.id])).toEqual([before]);
    });

    it('revokes once when asked for at the same time', async () => {
      const answers = await Promise.all([revoke(ours.id), revoke(ours.id), revoke(ours.id)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404]);
    });

    it('writes one audit row with the URL before and after, without its secret', async () => {
      await world.db.query('delete from audit_log');
      await revoke(ours.id);
      const rows = await world.db.query<{ before: object; after: object }>(
        'select action, target_id, target_name, registry_id, before, after from audit_log',
      );
      const shown = { id: ours.id, name: 'same', allowed_ips: [], expires_at: null, last_used_at: null };
      expect(rows).toEqual([
        {
          action: 'capability_url.revoke',
          target_id: ours.id,
          target_name: 'same',
          registry_id: id,
          before: { ...shown, created_at: expect.any(String) as string, revoked_at: null },
          after: { ...shown, created_at: expect.any(String) as string, revoked_at: expect.any(String) as string },
        },
      ]);
    });

    it('answers at the alias', async () => {
      const path = `/v0/mcp-registries/tools/capability-urls/${ours.id}`;
      expect((await world.call('DELETE', path, { token: world.acme.admin })).status).toBe(204);
      expect(await read(ours)).toBe(401);
    });
  });

  describe('rejects bad input', () => {
    it.each(['1', 'x', `${MISSING}0`])('answers %s like an id that is not there', async (urlId) => {
      const answer = await revoke(urlId);
      expect([answer.status, answer.masked]).toEqual([404, (await revoke(MISSING)).masked]);
    });

    it('takes no secret for an id', async () => {
      expect((await revoke(ours.secret)).status).toBe(404);
      expect(await read(ours)).toBe(200);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential and changes nothing', async () => {
      expect((await revoke(ours.id, id, null)).status).toBe(401);
      expect(await read(ours)).toBe(200);
    });
  });

  describe('requires the permission', () => {
    it.each([
      ['Admin', 204],
      ['Publisher', 403],
      ['Viewer', 403],
    ] as const)('answers %s of the registry %d', async (role, status) => {
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await revoke(ours.id, id, token)).status).toBe(status);
      expect(await read(ours)).toBe(status === 204 ? 401 : 200);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign id, a missing one and one of a sibling registry, and revokes none', async () => {
      const missing = await revoke(MISSING);
      expect([missing.status, missing.json().detail]).toEqual([404, 'Capability URL not found']);
      expect((await revoke(theirs.id)).masked).toBe(missing.masked);
      expect((await revoke(ours.id, sibling)).masked).toBe(missing.masked);
      expect((await revoke(theirs.id, foreign)).masked).toBe((await revoke(theirs.id, MISSING)).masked);
      expect([await read(ours), await read(theirs)]).toEqual([200, 200]);
    });
  });
});
