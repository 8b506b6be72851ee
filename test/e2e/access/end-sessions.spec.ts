import { aPerson, aSession, held, type Person, type Session } from '../../sign-in/people';
import { aWorld, type World } from '../../support/world';
import { anIdentityAdmin, anIdentityViewer, grant, MISSING, refusal, shown, trailOf } from './support/identity';

describe('end-sessions: DELETE /v0/users/{userId}/sessions', () => {
  let world: World;
  let ada: Person;
  let session: Session;

  const end = (userId: string, token = world.acme.admin) =>
    world.call('DELETE', `/v0/users/${userId}/sessions`, { token });
  const status = async (one: Session) => (await world.call('GET', '/v0/users/me', { headers: held(one) })).status;

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_AUTH: '1000/10000' });
  });

  beforeEach(async () => {
    ada = await aPerson(world, world.acme);
    session = await aSession(world, world.acme, ada);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it("answers 204 and ends all of one's own sessions, this one too", async () => {
      const other = await aSession(world, world.acme, ada);
      const bob = await aSession(world, world.acme, await aPerson(world, world.acme));
      const answer = await world.call('DELETE', '/v0/users/me/sessions', { headers: held(session) });
      expect(answer.status).toBe(204);
      expect([await status(session), await status(other), await status(bob)]).toEqual([401, 401, 200]);
    });

    it("ends another's sessions for an administrator and writes one audit row with their number", async () => {
      await aSession(world, world.acme, ada);
      const trail = await trailOf(world, world.acme, async () => {
        expect((await end(ada.id)).status).toBe(204);
      });
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'session.end',
          target_id: null,
          target_name: ada.email,
          after: { user_id: ada.id, ended: 2 },
        }),
      ]);
      expect(await status(session)).toBe(401);
    });

    it('answers 204 again when there is nothing left to end', async () => {
      await end(ada.id);
      expect((await end(ada.id)).status).toBe(204);
    });

    it('leaves access tokens alone', async () => {
      const token = await world.aUser(world.acme);
      expect((await end('me', token)).status).toBe(204);
      expect((await world.call('GET', '/v0/users/me', { token })).status).toBe(200);
    });
  });

  describe('rejects bad input', () => {
    it('changes nothing without the token of the session', async () => {
      const { cookie = '' } = held(session);
      const answer = await world.call('DELETE', '/v0/users/me/sessions', { headers: { cookie } });
      expect(refusal(answer)).toEqual([403, 'csrf_token_invalid']);
      expect(await status(session)).toBe(200);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await world.call('DELETE', `/v0/users/${ada.id}/sessions`)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to those who may not change others', async () => {
      for (const token of [await world.aUser(world.acme), await anIdentityViewer(world, world.acme)])
        expect(refusal(await end(ada.id, token))).toEqual([403, 'forbidden']);
      expect(await status(session)).toBe(200);
    });

    it('answers 403 to a credential without a user that names itself', async () => {
      expect(refusal(await end('me', await anIdentityAdmin(world, world.acme)))).toEqual([403, 'forbidden']);
    });

    it('answers 403 to who may do less than the user', async () => {
      const admin = await anIdentityAdmin(world, world.acme);
      expect((await end(ada.id, admin)).status).toBe(204);
      await grant(world, world.acme, { type: 'user', id: ada.id }, ['Viewer', 'MCP Registries']);
      expect(refusal(await end(ada.id, admin))).toEqual([403, 'privilege_ceiling']);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign user and leaves his sessions alone', async () => {
      const stranger = await aPerson(world, world.globex, { email: ada.email });
      const foreign = await aSession(world, world.globex, stranger);
      const missing = await end(MISSING);
      expect(refusal(missing)).toEqual([404, 'user_not_found']);
      for (const id of [stranger.id, stranger.id.toUpperCase(), 'x'])
        expect(shown(await end(id))).toEqual(shown(missing));
      expect(await status(foreign)).toBe(200);
    });
  });
});
