import { aWorld, type World } from '../../support/world';
import { needsIdentityViewer, refusesBadQueries, type Listed } from './support/identity';
import { accept, anInstant, invite, tokenIn, type Invite } from './support/people';

describe('list-invites: GET /v0/invites', () => {
  let world: World;

  const list = (query = '', token = world.acme.admin) => world.call('GET', `/v0/invites${query}`, { token });
  const emails = async (query = '') => (await list(query)).json<Listed<Invite>>().data.map(({ email }) => email);

  beforeAll(async () => {
    world = await aWorld();
    for (const organization of [world.acme, world.globex]) {
      await accept(world, tokenIn(await invite(world, organization, 'accepted@example.com')));
      const revoked = await invite(world, organization, 'revoked@example.com');
      await world.call('DELETE', `/v0/invites/${revoked.id}`, { token: organization.admin });
      const expired = await invite(world, organization, 'expired@example.com');
      await world.db.query(`update invite set expires_at = now() where id = $1`, [expired.id]);
      await invite(world, organization, 'pending@example.com');
    }
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with every invite, newest first, and with no link', async () => {
      const answer = await list();
      expect(answer.status).toBe(200);
      const { data, meta } = answer.json<Listed<Invite>>();
      expect(meta.page).toEqual({ number: 1, size: 10, total: 4 });
      expect(data.map(({ email, state }) => `${state}@example.com` === email)).toEqual([true, true, true, true]);
      expect(data.map(({ state }) => state)).toEqual(['pending', 'expired', 'revoked', 'accepted']);
      expect(data[2]).toEqual({
        id: expect.any(String) as string,
        user_id: expect.any(String) as string,
        email: 'revoked@example.com',
        state: 'revoked',
        expires_at: anInstant(),
        accepted_at: null,
        revoked_at: anInstant(),
        created_at: anInstant(),
      });
      expect(answer.text).not.toMatch(/ptl_|hash|public_id/);
    });

    it.each([
      ['filter[state]=pending', ['pending@example.com']],
      ['filter[state][oeq]=accepted,revoked&sort=email', ['accepted@example.com', 'revoked@example.com']],
      ['filter[email][contains]=EXPIRED', ['expired@example.com']],
      ['sort=state&page[size]=2&page[number]=2', ['pending@example.com', 'revoked@example.com']],
    ])('keeps what %s asks for', async (query, expected) => {
      expect(await emails(`?${query}`)).toEqual(expected);
    });
  });

  describe('rejects bad input', () => {
    refusesBadQueries((query) => list(query));
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await world.call('GET', '/v0/invites')).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    needsIdentityViewer(
      () => world,
      (token) => list('', token),
    );
  });

  describe('hides other organizations', () => {
    it('shows and counts none of their invites', async () => {
      const ids = async (token: string) => (await list('', token)).json<Listed<Invite>>().data.map(({ id }) => id);
      const [own, foreign] = [await ids(world.acme.admin), await ids(world.globex.admin)];
      expect(new Set([...own, ...foreign]).size).toBe(8);
      expect(await emails(`?filter[id]=${foreign[0] ?? ''}`)).toEqual([]);
    });
  });
});
