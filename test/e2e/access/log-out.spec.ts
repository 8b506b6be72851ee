import {
  aPerson,
  aSession,
  held,
  SESSION_COOKIE,
  sessionCookieOf,
  type Person,
  type Session,
} from '../../sign-in/people';
import { aWorld, type World } from '../../support/world';
import { refusal, trailOf } from './support/identity';

describe('log-out: DELETE /v0/sessions/me', () => {
  let world: World;
  let ada: Person;
  let session: Session;

  const logOut = (headers: Record<string, string>) => world.call('DELETE', '/v0/sessions/me', { headers });
  const status = async (one: Session) => (await world.call('GET', '/v0/users/me', { headers: held(one) })).status;

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_AUTH: '1000/10000' });
    ada = await aPerson(world, world.acme);
  });

  beforeEach(async () => {
    session = await aSession(world, world.acme, ada);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 204, ends the session at once and takes the cookie away', async () => {
      const answer = await logOut(held(session));
      expect([answer.status, answer.text, sessionCookieOf(answer)]).toEqual([204, '', '']);
      expect(answer.headers['set-cookie']?.[0]).toMatch(/Max-Age=0; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/);
      expect(await status(session)).toBe(401);
    });

    it('ends no other session of the user', async () => {
      const other = await aSession(world, world.acme, ada);
      await logOut(held(session));
      expect([await status(session), await status(other)]).toEqual([401, 200]);
    });

    it('writes one audit row', async () => {
      const trail = await trailOf(world, world.acme, () => logOut(held(session)));
      expect(trail).toEqual([
        expect.objectContaining({ action: 'session.end', target_id: session.id, target_name: ada.email }),
      ]);
    });
  });

  describe('rejects bad input', () => {
    it('changes nothing without the token of the session', async () => {
      const other = await aSession(world, world.acme, ada);
      const cookie = { cookie: `${SESSION_COOKIE}=${session.text}` };
      for (const headers of [
        cookie,
        { ...cookie, 'x-csrf-token': '' },
        { ...cookie, 'x-csrf-token': other.csrf },
        { ...cookie, 'x-csrf-token': session.text },
      ])
        expect([headers, refusal(await logOut(headers))]).toEqual([headers, [403, 'csrf_token_invalid']]);
      expect(await status(session)).toBe(200);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a session, and the second time', async () => {
      expect((await logOut({})).status).toBe(401);
      expect((await logOut(held(session))).status).toBe(204);
      expect((await logOut(held(session))).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('needs no role', async () => {
      expect((await logOut(held(session))).status).toBe(204);
    });

    it('answers 404 to any other credential, also when a session is sent along', async () => {
      const token = await world.aSystemAccount(world.acme);
      for (const credential of [world.acme.admin, token]) {
        const answer = await logOut({ authorization: `Bearer ${credential}`, ...held(session) });
        expect(refusal(answer)).toEqual([404, 'session_not_found']);
      }
      expect(await status(session)).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('ends the session of the cookie and no other', async () => {
      const foreign = await aSession(world, world.globex, await aPerson(world, world.globex, { email: ada.email }));
      await logOut(held(session));
      expect([await status(session), await status(foreign)]).toEqual([401, 200]);
    });
  });
});
