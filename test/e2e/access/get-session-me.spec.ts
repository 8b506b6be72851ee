import { aPerson, aSession, held, SESSION_COOKIE, type Person, type Session } from '../../sign-in/people';
import { aWorld, type World } from '../../support/world';
import { refusal } from './support/identity';

describe('get-session-me: GET /v0/sessions/me', () => {
  let world: World;
  let ada: Person;
  let session: Session;

  const get = (headers: Record<string, string>) => world.call('GET', '/v0/sessions/me', { headers });
  const age = (column: string, minutes: number) =>
    world.db.query(`update user_session set ${column} = now() + make_interval(mins => $2) where id = $1`, [
      session.id,
      minutes,
    ]);

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_AUTH: '1000/10000' });
    ada = await aPerson(world, world.acme);
  });

  beforeEach(async () => {
    session = await aSession(world, world.acme, ada);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the session and its token, and without its secret', async () => {
      const answer = await get({ ...held(session), 'user-agent': 'a browser' });
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({
        id: session.id,
        method: 'password',
        address: '127.0.0.1',
        user_agent: null,
        created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        last_seen_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        expires_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        csrf_token: session.csrf,
      });
      expect(answer.text).not.toContain(session.text);
    });

    it('needs no token, for it changes nothing', async () => {
      expect((await get({ cookie: `${SESSION_COOKIE}=${session.text}` })).status).toBe(200);
    });

    it('lets no other site read the answer', async () => {
      const answer = await get({ ...held(session), origin: 'https://evil.example.com' });
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    });

    it('lasts twelve hours, however busy it is', async () => {
      const { created_at, expires_at } = (await get(held(session))).json<{ created_at: string; expires_at: string }>();
      const hours = (Date.parse(expires_at) - Date.parse(created_at)) / 3_600_000;
      expect(hours).toBeCloseTo(12, 3);
    });
  });

  describe('rejects bad input', () => {
    it.each(['', 'garbage', 'ptl_ses_', 'ptl_pat_0123456789AB_0123456789abcdef'])(
      'answers 401 to a cookie that is no session: %j',
      async (text) => {
        expect((await get({ cookie: `${SESSION_COOKIE}=${text}` })).status).toBe(401);
      },
    );

    it('takes a session from its cookie only', async () => {
      expect((await get({ authorization: `Bearer ${session.text}` })).status).toBe(401);
      expect((await get({ 'x-api-key': session.text })).status).toBe(401);
      expect((await get({ cookie: `portolan_session=${session.text}` })).status).toBe(401);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await get({})).status).toBe(401);
    });

    it.each([
      ['after an hour without a request', 'last_seen_at', -61],
      ['after its twelve hours', 'expires_at', -1],
    ])('answers 401 %s', async (_when, column, minutes) => {
      await age(column, minutes);
      expect((await get(held(session))).status).toBe(401);
    });

    it('goes on while it is used', async () => {
      await age('last_seen_at', -59);
      expect((await get(held(session))).status).toBe(200);
      const [row] = await world.db.query<{ fresh: boolean }>(
        `select last_seen_at > now() - interval '1 minute' as fresh from user_session where id = $1`,
        [session.id],
      );
      expect(row).toEqual({ fresh: true });
    });

    it('answers 401 once its user is disabled, and once the secret does not fit', async () => {
      const other = await aSession(world, world.acme, ada);
      const mixed = `${session.text.slice(0, 21)}${other.text.slice(21)}`;
      expect((await get({ cookie: `${SESSION_COOKIE}=${mixed}` })).status).toBe(401);
      await world.db.query(`update user_account set active = false where id = $1`, [ada.id]);
      expect((await get(held(session))).status).toBe(401);
      await world.db.query(`update user_account set active = true where id = $1`, [ada.id]);
    });
  });

  describe('requires the permission', () => {
    it('answers 404 to any other credential, also when a session is sent along', async () => {
      const answer = await get({ authorization: `Bearer ${world.acme.admin}` });
      expect(refusal(answer)).toEqual([404, 'session_not_found']);
      const both = await get({ authorization: `Bearer ${world.acme.admin}`, ...held(session) });
      expect(refusal(both)).toEqual([404, 'session_not_found']);
    });
  });

  describe('hides other organizations', () => {
    it('answers with the session of the cookie', async () => {
      const foreign = await aSession(world, world.globex, await aPerson(world, world.globex, { email: ada.email }));
      expect((await get(held(foreign))).json().id).toBe(foreign.id);
      expect((await get(held(session))).json().id).toBe(session.id);
    });
  });
});
