import { Browser } from '../../sign-in/browser';
import { sessionCookieOf, SESSION_COOKIE } from '../../sign-in/people';
import { connect, ssoLogin, upToCallback } from '../../sign-in/sso';
import { startOidcProvider, type OidcProvider } from '../../support/oidc';
import type { Answer } from '../../support/http';
import { aWorld, type World } from '../../support/world';
import { refusal, shown, trailOf } from './support/identity';

const ADA = { sub: 'ada', email: 'ada@example.com', email_verified: true, name: 'Ada Example' };

describe('finish-oidc-login: GET /v0/authenticate/{loginPath}/callback', () => {
  let world: World;
  let provider: OidcProvider;

  const me = (answer: Answer) =>
    world.call('GET', '/v0/users/me', { headers: { cookie: `${SESSION_COOKIE}=${sessionCookieOf(answer) ?? ''}` } });
  const refused = async (attempt: () => Promise<Answer>, reason: string) => {
    const trail = await trailOf(world, world.acme, async () => {
      const answer = await attempt();
      expect(refusal(answer)).toEqual([401, 'sso_failed']);
      expect(answer.json().detail).toBe('The identity provider did not sign you in');
      expect(sessionCookieOf(answer)).toBeUndefined();
    });
    expect(trail.map(({ action, result, reason: why }) => [action, result, why])).toEqual([
      ['session.refuse', 'denied', reason],
    ]);
  };

  beforeAll(async () => {
    [world, provider] = await Promise.all([aWorld({ RATE_LIMIT_AUTH: '1000/10000' }), startOidcProvider()]);
    await connect(world, world.acme, provider);
    await connect(world, world.globex, provider);
  });

  beforeEach(async () => {
    await provider.tamper({});
    await provider.setAccount(ADA);
  });

  afterAll(async () => {
    await provider.close();
    await world.close();
  });

  describe('works', () => {
    it('answers 302 to the path that the login was begun with, and sets the cookie of a session', async () => {
      const browser = new Browser();
      const answer = await ssoLogin(world, world.acme, browser, '/docs?a=b');
      expect([answer.status, answer.headers.location, answer.text]).toEqual([302, '/docs?a=b', '']);
      expect(answer.headers['set-cookie']).toEqual([
        expect.stringMatching(
          /^__Host-portolan_session=ptl_ses_\w{51}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
        ),
        expect.stringMatching(/^__Host-portolan_login=; Max-Age=0; Path=\//),
      ]);
      expect(answer.headers['referrer-policy']).toBe('no-referrer');
      expect((await me(answer)).json()).toMatchObject({ email: ADA.email, full_name: ADA.name, active: true });
    });

    it('opens a session that says how its user signed in', async () => {
      const browser = new Browser();
      await ssoLogin(world, world.acme, browser);
      const session = await browser.send('GET', `${world.url}/v0/sessions/me`);
      expect([session.status, session.json().method]).toEqual([200, 'oidc']);
      const { csrf_token } = session.json<{ csrf_token: string }>();
      const headers = { 'x-csrf-token': csrf_token };
      expect((await browser.send('DELETE', `${world.url}/v0/sessions/me`, { headers })).status).toBe(204);
      expect(browser.cookie(world.url, SESSION_COOKIE)).toBeUndefined();
    });

    it('goes to the documentation unless the login named another place', async () => {
      const browser = new Browser();
      const callback = await upToCallback(world, world.acme, browser);
      expect((await browser.send('GET', callback)).headers.location).toBe('/docs');
    });

    it('gives a new session and ends the one that was sent along', async () => {
      const browser = new Browser();
      await ssoLogin(world, world.acme, browser);
      const before = browser.cookie(world.url, SESSION_COOKIE) ?? '';
      await ssoLogin(world, world.acme, browser);
      expect(browser.cookie(world.url, SESSION_COOKIE)).not.toBe(before);
      const headers = { cookie: `${SESSION_COOKIE}=${before}` };
      expect((await world.call('GET', '/v0/users/me', { headers })).status).toBe(401);
    });

    it('finishes the logins of two tabs', async () => {
      const browser = new Browser();
      const first = await upToCallback(world, world.acme, browser);
      const second = await upToCallback(world, world.acme, browser);
      expect((await browser.send('GET', first)).status).toBe(302);
      browser.setCookie(world.url, '__Host-portolan_login', '');
      expect((await browser.send('GET', second)).status).toBe(401);
    });

    it('writes down who joined and who signed in', async () => {
      await provider.setAccount({ ...ADA, sub: 'new', email: 'new@example.com' });
      const trail = await trailOf(world, world.acme, () => ssoLogin(world, world.acme));
      expect(trail.map(({ action, target_name }) => [action, target_name])).toEqual([
        ['user.join', 'new@example.com'],
        ['session.create', 'new@example.com'],
      ]);
      expect(trail[1]?.after).toMatchObject({ method: 'oidc' });
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['without anything', ''],
      ['without a state', '?code=x'],
      ['with an unknown state', '?code=x&state=unknown'],
      ['with two states', '?code=x&state=a&state=b'],
      ['with an error of the provider', '?error=access_denied&state=unknown'],
    ])('answers 401 %s', async (_what, query) => {
      await refused(
        () => world.call('GET', `/v0/authenticate/acme/callback${query}`),
        query.includes('unknown') ? 'unknown state' : 'no state',
      );
    });

    it('takes an attempt once', async () => {
      const browser = new Browser();
      const callback = await upToCallback(world, world.acme, browser);
      const login = browser.cookie(world.url, '__Host-portolan_login') ?? '';
      expect((await browser.send('GET', callback)).status).toBe(302);
      browser.setCookie(world.url, '__Host-portolan_login', login);
      await refused(() => browser.send('GET', callback), 'unknown state');
    });

    it('takes an attempt once, also when it comes twenty times at the same time', async () => {
      const browser = new Browser();
      const callback = await upToCallback(world, world.acme, browser);
      const answers = await Promise.all(Array.from({ length: 20 }, () => browser.send('GET', callback)));
      expect(answers.map(({ status }) => status).sort()).toEqual([302, ...Array<number>(19).fill(401)]);
    });

    it('takes no attempt that is older than ten minutes', async () => {
      const browser = new Browser();
      const callback = await upToCallback(world, world.acme, browser);
      await world.db.query(`update login_attempt set expires_at = now() where org_id = $1`, [world.acme.id]);
      await refused(() => browser.send('GET', callback), 'unknown state');
    });

    it('signs nobody in to the account of somebody who sent him a link', async () => {
      const attacker = new Browser();
      const callback = await upToCallback(world, world.acme, attacker);
      const victim = new Browser();
      await refused(() => victim.send('GET', callback), 'another browser');
      await upToCallback(world, world.acme, victim);
      const again = await upToCallback(world, world.acme, attacker);
      await refused(() => victim.send('GET', again), 'another browser');
    });

    it('takes no code of another attempt', async () => {
      const browser = new Browser();
      const first = new URL(await upToCallback(world, world.acme, browser));
      const second = new URL(await upToCallback(world, world.acme, browser));
      second.searchParams.set('code', first.searchParams.get('code') ?? '');
      await refused(() => browser.send('GET', second.href), 'token endpoint answered invalid_grant');
    });

    it.each([
      [
        'another issuer',
        (url: URL) => {
          url.searchParams.set('iss', 'https://evil.example.com');
        },
      ],
      [
        'no issuer',
        (url: URL) => {
          url.searchParams.delete('iss');
        },
      ],
      [
        'two codes',
        (url: URL) => {
          url.searchParams.append('code', 'x');
        },
      ],
      [
        'no code',
        (url: URL) => {
          url.searchParams.delete('code');
        },
      ],
    ])('takes no answer with %s', async (_what, change) => {
      const browser = new Browser();
      const url = new URL(await upToCallback(world, world.acme, browser));
      change(url);
      await refused(() => browser.send('GET', url.href), 'protocol: OAUTH_INVALID_RESPONSE');
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 to somebody who declines at the provider', async () => {
      await provider.decline();
      await refused(() => ssoLogin(world, world.acme), 'provider answered access_denied');
    });

    it.each([
      ['for another client', { claims: { aud: 'another' } }, 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
      ['of another issuer', { claims: { iss: 'https://evil.example.com' } }, 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
      ['with another nonce', { claims: { nonce: 'another' } }, 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
      ['without a nonce', { claims: { nonce: null } }, 'OAUTH_INVALID_RESPONSE'],
      ['that has expired', { claims: { exp: 1_700_000_000 } }, 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED'],
      ['without an end', { claims: { exp: null } }, 'OAUTH_INVALID_RESPONSE'],
      ['without a subject', { claims: { sub: null } }, 'OAUTH_INVALID_RESPONSE'],
      ['whose signature is wrong', { signature: 'AAAA' }, 'OAUTH_INVALID_RESPONSE'],
      ['without a signature', { header: { alg: 'none' }, signature: '' }, 'OAUTH_INVALID_RESPONSE'],
      ['with a symmetric signature', { header: { alg: 'HS256' } }, 'OAUTH_INVALID_RESPONSE'],
      ['of an unknown key', { header: { kid: '../../etc/passwd' } }, 'OAUTH_KEY_SELECTION_FAILED'],
    ])('takes no ID token %s', async (_what, change, code) => {
      await provider.tamper(change);
      await refused(() => ssoLogin(world, world.acme), `protocol: ${code}`);
    });

    it('does not ask a key that the token brings along', async () => {
      await provider.tamper({ header: { jku: 'https://evil.example.com/jwks', jwk: { kty: 'oct', k: 'AAAA' } } });
      expect((await ssoLogin(world, world.acme)).status).toBe(302);
    });
  });

  describe('requires the permission', () => {
    const settings = async (change: string) => {
      await world.db.query(`update organization set ${change} where id = $1`, [world.acme.id]);
    };

    afterEach(() =>
      settings(`state = 'active', suspended_reason = null, oidc_auth_enabled = true, ip_allow_list_enabled = false`),
    );

    it('tells of a suspension and of a wrong address whom the provider has vouched for', async () => {
      await settings(`state = 'suspended', suspended_reason = 'unpaid'`);
      const trail = await trailOf(world, world.acme, async () => {
        const answer = await ssoLogin(world, world.acme);
        expect(refusal(answer)).toEqual([403, 'organization_suspended']);
        expect(sessionCookieOf(answer)).toBeUndefined();
      });
      expect(trail.map(({ action, reason }) => [action, reason])).toEqual([
        ['session.refuse', 'organization_suspended'],
      ]);
      await settings(`state = 'active', ip_allow_list_enabled = true, allowed_ips = '{192.0.2.1}'`);
      expect(refusal(await ssoLogin(world, world.acme))).toEqual([403, 'address_not_allowed']);
    });

    it('finishes no login once the organization has turned this way off', async () => {
      const browser = new Browser();
      const callback = await upToCallback(world, world.acme, browser);
      await settings('oidc_auth_enabled = false');
      await refused(() => browser.send('GET', callback), 'provider changed');
    });
  });

  describe('hides other organizations', () => {
    it('finishes no login in another organization than it was begun in', async () => {
      const browser = new Browser();
      const callback = await upToCallback(world, world.globex, browser);
      await refused(() => browser.send('GET', callback.replace('/globex/', '/acme/')), 'unknown state');
      expect((await browser.send('GET', callback)).status).toBe(302);
    });

    it('gives one person of a provider an account in each organization', async () => {
      const [here, there] = [
        await me(await ssoLogin(world, world.acme)),
        await me(await ssoLogin(world, world.globex)),
      ];
      expect(here.json().email).toBe(there.json().email);
      expect(here.json().id).not.toBe(there.json().id);
    });

    it('answers 404 for paths at which nobody signs in', async () => {
      const missing = await world.call('GET', '/v0/authenticate/nobody/callback?code=x&state=y');
      expect(refusal(missing)).toEqual([404, 'login_path_not_found']);
      expect(shown(await world.call('GET', "/v0/authenticate/'--/callback"))).toEqual(shown(missing));
    });
  });
});
