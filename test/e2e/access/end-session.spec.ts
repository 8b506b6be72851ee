import { aPerson, aSession, held, type Person, type Session } from '../../sign-in/people';
import { aWorld, type World } from '../../support/world';
import { anIdentityAdmin, anIdentityViewer, grant, MISSING, refusal, shown, trailOf } from './support/identity';

describe('end-session: DELETE /v0/users/{userId}/sessions/{sessionId}', () => {
  let world: World;
  let ada: Person;
  let session: Session;

  const end = (userId: string, sessionId: string, token = world.acme.admin) =>
    world.call('DELETE', `/v0/users/${userId}/sessions/${sessionId}`, { token });
  const endOwn = (userId: string, sessionId: string, by = session) =>
    world.call('DELETE', `/v0/users/${userId}/sessions/${sessionId}`, { headers: held(by) });
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
    it("answers 204 and ends one of one's own sessions at once, and no other", async () => {
      const other = await aSession(world, world.acme, ada);
      for (const userId of ['me', ada.id]) {
        const one = await aSession(world, world.acme, ada);
        expect((await endOwn(userId, one.id)).status).toBe(204);
        expect([await status(one), await status(other), await status(session)]).toEqual([401, 200, 200]);
      }
    });

    it("ends another's session for an administrator and writes one audit row", async () => {
      const trail = await trailOf(world, world.acme, async () => {
        expect((await end(ada.id, session.id)).status).toBe(204);
      });
      expect(trail).toEqual([
        expect.objectContaining({ action: 'session.end', target_id: session.id, target_name: ada.email }),
      ]);
      expect(await status(session)).toBe(401);
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 for a session that has ended, expired or never was', async () => {
      await end(ada.id, session.id);
      const ended = await end(ada.id, session.id);
      expect(refusal(ended)).toEqual([404, 'session_not_found']);
      const expired = await aSession(world, world.acme, ada);
      await world.db.query(`update user_session set expires_at = now() where id = $1`, [expired.id]);
      for (const id of [expired.id, MISSING, 'x', "'--"]) expect(shown(await end(ada.id, id))).toEqual(shown(ended));
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await world.call('DELETE', `/v0/users/${ada.id}/sessions/${session.id}`)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to those who may not change others, and their session goes on', async () => {
      const viewer = await anIdentityViewer(world, world.acme);
      for (const token of [await world.aUser(world.acme), viewer])
        expect(refusal(await end(ada.id, session.id, token))).toEqual([403, 'forbidden']);
      const bob = await aSession(world, world.acme, await aPerson(world, world.acme));
      expect(refusal(await endOwn(ada.id, session.id, bob))).toEqual([403, 'forbidden']);
      expect(await status(session)).toBe(200);
    });

    it('answers 403 to who may do less than the user', async () => {
      const admin = await anIdentityAdmin(world, world.acme);
      await grant(world, world.acme, { type: 'user', id: ada.id }, ['Viewer', 'MCP Registries']);
      expect(refusal(await end(ada.id, session.id, admin))).toEqual([403, 'privilege_ceiling']);
      expect(await status(session)).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign user and leaves his session alone', async () => {
      const stranger = await aPerson(world, world.globex, { email: ada.email });
      const foreign = await aSession(world, world.globex, stranger);
      const missing = await end(MISSING, foreign.id);
      expect(refusal(missing)).toEqual([404, 'user_not_found']);
      expect(shown(await end(stranger.id, foreign.id))).toEqual(shown(missing));
      expect(await status(foreign)).toBe(200);
    });

    it('answers 404 for a session below a user whose it is not', async () => {
      const bob = await aPerson(world, world.acme);
      const foreign = await aSession(world, world.globex, await aPerson(world, world.globex));
      for (const id of [session.id, foreign.id])
        expect(refusal(await end(bob.id, id))).toEqual([404, 'session_not_found']);
      expect([await status(session), await status(foreign)]).toEqual([200, 200]);
    });
  });
});
