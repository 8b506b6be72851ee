import type * as Argon2 from '@node-rs/argon2';
import {
  aPerson,
  aSession,
  held,
  logIn,
  PASSWORD,
  SESSION_COOKIE,
  sessionCookieOf,
  type Person,
} from '../../sign-in/people';
import type { Answer } from '../../support/http';
import { until } from '../../support/until';
import { TOLD } from '../../support/told';
import { aWorld, type World } from '../../support/world';
import { problems, refusal, shown, trailOf } from './support/identity';

describe('log-in: POST /v0/login', () => {
  let world: World;
  let ada: Person;
  let namesake: Person;

  const post = (body: unknown, headers: Record<string, string> = {}) =>
    world.call('POST', '/v0/login', { body, headers });
  const good = () => ({ login_path: 'acme', email: ada.email, password: PASSWORD });
  const sessions = (userId: string) =>
    world.db.query<{ id: string; ended: boolean }>(
      `select id, ended_at is not null as ended from user_session where user_id = $1 order by created_at`,
      [userId],
    );
  const me = (answer: Answer) =>
    world.call('GET', '/v0/users/me', { headers: { cookie: `${SESSION_COOKIE}=${sessionCookieOf(answer) ?? ''}` } });

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_AUTH: '1000/10000', TRUSTED_PROXIES: '127.0.0.1' });
    namesake = await aPerson(world, world.globex, { email: 'ada@example.com', password: 'another long password' });
  });

  beforeEach(async () => {
    await world.db.query(`delete from user_account where org_id = $1 and email not like 'admin@%'`, [world.acme.id]);
    ada = await aPerson(world, world.acme, { email: 'ada@example.com' });
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with who signed in and where, and sets the cookie of a session', async () => {
      const answer = await post(good());
      expect(answer.status).toBe(200);
      const [session] = await sessions(ada.id);
      expect(answer.json()).toEqual({
        user: { id: ada.id, email: 'ada@example.com', full_name: 'A Person' },
        organization: { id: world.acme.id, name: 'acme' },
        session_id: session?.id,
        csrf_token: expect.stringMatching(/^[\w-]{43}$/) as string,
        expires_at: expect.stringMatching(/\.\d{6}Z$/) as string,
      });
      expect(answer.headers['set-cookie']).toEqual([
        expect.stringMatching(
          /^__Host-portolan_session=ptl_ses_\w{12}_\w{38}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
        ),
      ]);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect((await me(answer)).json()).toMatchObject({ id: ada.id, email: 'ada@example.com' });
    });

    it('takes the email address in any case', async () => {
      expect((await post({ ...good(), email: 'ADA@Example.COM' })).status).toBe(200);
    });

    it('stores a hash of the session and never its text', async () => {
      const text = sessionCookieOf(await post(good())) ?? '';
      const [row] = await world.db.query(`select * from user_session where user_id = $1`, [ada.id]);
      expect(text).toMatch(/^ptl_ses_/);
      expect(JSON.stringify(row)).not.toContain(text.slice(21));
      const trail = await world.db.query(`select * from ${TOLD}`);
      expect(JSON.stringify(trail)).not.toContain(text.slice(21));
    });

    it('gives a new session every time and ends the one that was sent along', async () => {
      const first = await aSession(world, world.acme, ada);
      const again = await logIn(world, world.acme, ada, { headers: held(first) });
      expect(sessionCookieOf(again)).not.toBe(first.text);
      expect((await sessions(ada.id)).map(({ ended }) => ended)).toEqual([true, false]);
      expect((await world.call('GET', '/v0/users/me', { headers: held(first) })).status).toBe(401);
      expect((await me(again)).status).toBe(200);
    });

    it('never takes over a session that somebody put into the browser', async () => {
      const planted = await aSession(world, world.acme, await aPerson(world, world.acme));
      const answer = await logIn(world, world.acme, ada, { headers: { cookie: `${SESSION_COOKIE}=${planted.text}` } });
      expect(sessionCookieOf(answer)).not.toBe(planted.text);
      expect((await me(answer)).json().id).toBe(ada.id);
      expect((await world.call('GET', '/v0/users/me', { headers: held(planted) })).status).toBe(401);
    });

    it('ends the session of another organization that was sent along, and writes that down there', async () => {
      const other = await aSession(world, world.globex, await aPerson(world, world.globex));
      const trail = await trailOf(world, world.globex, () =>
        logIn(world, world.acme, ada, { headers: { cookie: `${SESSION_COOKIE}=${other.text}` } }),
      );
      expect(trail).toEqual([expect.objectContaining({ action: 'session.end', target_id: other.id })]);
      expect((await world.call('GET', '/v0/users/me', { headers: held(other) })).status).toBe(401);
    });

    it('forgets sessions that ended a month ago', async () => {
      const old = await aSession(world, world.acme, ada);
      await world.db.query(`update user_session set expires_at = now() - interval '31 days' where id = $1`, [old.id]);
      const { id } = await aSession(world, world.acme, ada);
      expect((await sessions(ada.id)).map((one) => one.id)).toEqual([id]);
    });

    it('leaves other sessions of the user alone', async () => {
      const elsewhere = await aSession(world, world.acme, ada);
      await post(good(), { cookie: `${SESSION_COOKIE}=ptl_ses_garbage` });
      expect((await world.call('GET', '/v0/users/me', { headers: held(elsewhere) })).status).toBe(200);
    });

    it('writes one audit row with the session and its user', async () => {
      let id: unknown;
      const trail = await trailOf(world, world.acme, async () => (id = (await post(good())).json().session_id));
      expect(trail).toEqual([
        {
          action: 'session.create',
          result: 'success',
          reason: null,
          target_id: id,
          target_name: 'ada@example.com',
          before: null,
          after: { method: 'password', user_id: ada.id, expires_at: expect.any(String) as string },
        },
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ login_path: undefined }, 'login_path', 'required'],
      [{ login_path: 5 }, 'login_path', 'is_string'],
      [{ login_path: '' }, 'login_path', 'min_length'],
      [{ login_path: 'a'.repeat(121) }, 'login_path', 'max_length'],
      [{ login_path: 'a\u0000' }, 'login_path', 'is_storable_text'],
      [{ email: undefined }, 'email', 'required'],
      [{ email: ['ada@example.com'] }, 'email', 'is_string'],
      [{ email: 'a'.repeat(321) }, 'email', 'max_length'],
      [{ password: undefined }, 'password', 'required'],
      [{ password: '' }, 'password', 'min_length'],
      [{ password: 'p'.repeat(1001) }, 'password', 'max_length'],
      [{ password: { $ne: '' } }, 'password', 'is_string'],
      [{ remember: true }, 'remember', 'unknown_property'],
    ])('row %# names the field and the rule', async (change, field, rule) => {
      const answer = await post({ ...good(), ...change });
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(answer.headers['set-cookie']).toBeUndefined();
    });

    it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
      'takes no body that a form of another site could send: %s',
      async (type) => {
        const answer = await world.call('POST', '/v0/login', {
          raw: JSON.stringify(good()),
          headers: { 'content-type': type },
        });
        expect(answer.status).toBe(415);
      },
    );

    it('signs nobody in from a page of another site', async () => {
      for (const origin of ['https://evil.example.com', 'null', world.url.replace('http', 'https')])
        expect([origin, refusal(await post(good(), { origin }))]).toEqual([origin, [403, 'csrf_token_invalid']]);
      expect(await sessions(ada.id)).toEqual([]);
      expect((await post(good(), { origin: world.url })).status).toBe(200);
    });
  });

  describe('requires sign-in', () => {
    it('needs none, and no credential counts in place of the password', async () => {
      const wrong = { ...good(), password: 'wrong' };
      const answer = await world.call('POST', '/v0/login', { body: wrong, token: world.acme.admin });
      expect(refusal(answer)).toEqual([401, 'login_failed']);
    });
  });

  describe('requires the permission', () => {
    const settings = async (change: string) => {
      await world.db.query(`update organization set ${change} where id = $1`, [world.acme.id]);
    };

    afterEach(() =>
      settings(`state = 'active', suspended_reason = null, basic_auth_enabled = true,
                              ip_allow_list_enabled = false, allowed_ips = '{}'`),
    );

    it('answers one and the same 401 whatever is wrong', async () => {
      const disabled = await aPerson(world, world.acme, { active: false });
      const invited = await aPerson(world, world.acme, { active: false, invited: true, password: null });
      const sso = await aPerson(world, world.acme, { password: null });
      const first = await post({ ...good(), password: 'wrong' });
      expect(first.status).toBe(401);
      for (const change of [
        { login_path: 'nobody' },
        { login_path: "'--" },
        { email: 'nobody@example.com' },
        { email: disabled.email },
        { email: invited.email },
        { email: sso.email },
        { password: PASSWORD.toUpperCase() },
        { password: `${PASSWORD} ` },
      ]) {
        const answer = await post({ ...good(), ...change });
        expect([change, shown(answer)]).toEqual([change, shown(first)]);
        expect(Object.keys(answer.headers)).toEqual(Object.keys(first.headers));
        expect(answer.headers['set-cookie']).toBeUndefined();
      }
    });

    it('knows no account by an address outside ASCII, whatever the database folds it to', async () => {
      const kate = await aPerson(world, world.acme, { email: 'kate@example.com' });
      const istanbul = await aPerson(world, world.acme, { email: '\u0130@example.com' });
      const unknown = await post({ ...good(), email: 'nobody@example.com' });
      expect((await logIn(world, world.acme, kate)).status).toBe(200);
      for (const email of ['\u212aate@example.com', '\uff4bate@example.com', istanbul.email, 'i\u0307@example.com'])
        expect([email, shown(await post({ ...good(), email }))]).toEqual([email, shown(unknown)]);
    });

    it('answers 503 at once, whoever asks, while fifty passwords wait, and counts that as no failure', async () => {
      // Held still, so that the queue stays as it is.
      let goOn: (matches: boolean) => void = () => undefined;
      const still = new Promise<boolean>((resolve) => (goOn = resolve));
      const verify = jest.spyOn(jest.requireActual<typeof Argon2>('@node-rs/argon2'), 'verify').mockReturnValue(still);
      const answers: number[] = [];
      const guesses = Array.from({ length: 60 }, async (_, index) => {
        const headers = { 'x-forwarded-for': `192.0.2.${index}` };
        answers.push((await post({ ...good(), email: `nobody-${index}@example.com` }, headers)).status);
      });
      await until('eight answers', () => answers.length === 8);
      expect([answers, verify.mock.calls.length]).toEqual([Array(8).fill(503), 2]);
      const busy = await post(good());
      expect([...refusal(busy), busy.headers['retry-after']]).toEqual([503, 'server_busy', '2']);
      for (const change of [
        { login_path: 'nobody' },
        { email: 'nobody@example.com' },
        { email: '\u00e4da@example.com' },
      ])
        expect([change, shown(await post({ ...good(), ...change }))]).toEqual([change, shown(busy)]);
      for (let attempt = 0; attempt < 12; attempt += 1) expect((await post(good())).status).toBe(503);
      goOn(false);
      await Promise.all(guesses);
      verify.mockRestore();
      expect((await post(good())).status).toBe(200);
    });

    it('writes down a refusal where it belongs, without what was typed for an account that is not there', async () => {
      const typed = 'my secret password';
      const trail = await trailOf(world, world.acme, async () => {
        await post({ ...good(), password: typed });
        await post({ ...good(), email: typed });
        await post({ ...good(), email: (await aPerson(world, world.acme, { active: false })).email });
        await post({ ...good(), login_path: 'nobody' });
      });
      expect(trail.map(({ action, result, reason }) => [action, result, reason])).toEqual([
        ['session.refuse', 'denied', 'wrong password'],
        ['session.refuse', 'denied', 'unknown user'],
        ['session.refuse', 'denied', 'disabled'],
      ]);
      expect(JSON.stringify(trail)).not.toContain(typed);
      expect(trail[0]?.target_name).toBe('ada@example.com');
    });

    it('tells of a suspension after a right password only', async () => {
      await settings(`state = 'suspended', suspended_reason = 'unpaid'`);
      expect(refusal(await post({ ...good(), password: 'wrong' }))).toEqual([401, 'login_failed']);
      const trail = await trailOf(world, world.acme, async () => {
        const answer = await post(good());
        expect(refusal(answer)).toEqual([403, 'organization_suspended']);
        expect(answer.json().detail).toBe('The organization is suspended: unpaid');
      });
      expect(trail).toEqual([expect.objectContaining({ action: 'session.refuse', reason: 'organization_suspended' })]);
      expect(await sessions(ada.id)).toEqual([]);
    });

    it('keeps out addresses that are not in the list, after a right password only', async () => {
      await settings(`ip_allow_list_enabled = true, allowed_ips = '{192.0.2.0/24}'`);
      expect(refusal(await post({ ...good(), password: 'wrong' }))).toEqual([401, 'login_failed']);
      expect(refusal(await post(good()))).toEqual([403, 'address_not_allowed']);
      await settings(`allowed_ips = '{127.0.0.0/8}'`);
      expect((await post(good())).status).toBe(200);
    });

    it('answers 403 where passwords are turned off, whatever the password', async () => {
      await settings(`basic_auth_enabled = false`);
      for (const password of [PASSWORD, 'wrong'])
        expect(refusal(await post({ ...good(), password }))).toEqual([403, 'login_disabled']);
    });

    it('slows the guessing for one account and leaves others alone', async () => {
      const bob = await aPerson(world, world.acme);
      const statuses: number[] = [];
      for (let guess = 0; guess < 12; guess += 1)
        statuses.push((await post({ ...good(), email: 'guessed@example.com', password: `guess ${guess}` })).status);
      expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
      expect((await logIn(world, world.acme, bob)).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('takes the account of the organization of the path only', async () => {
      const wrong = await post({ ...good(), password: 'another long password' });
      expect(refusal(wrong)).toEqual([401, 'login_failed']);
      const answer = await post({ login_path: 'globex', email: ada.email, password: 'another long password' });
      expect(answer.json()).toMatchObject({ user: { id: namesake.id }, organization: { id: world.globex.id } });
      expect((await me(answer)).json().id).toBe(namesake.id);
    });

    it('tells nothing of an organization whose account does not exist here', async () => {
      const only = await aPerson(world, world.globex);
      const unknown = await post({ ...good(), email: 'nobody@example.com' });
      expect(shown(await post({ ...good(), email: only.email }))).toEqual(shown(unknown));
    });
  });
});
