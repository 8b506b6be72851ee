import { mintSecret } from '@portolan/access';
import { Browser } from '../../sign-in/browser';
import { SESSION_COOKIE } from '../../sign-in/people';
import { connect } from '../../sign-in/sso';
import { startOidcProvider, type OidcProvider } from '../../support/oidc';
import { aWorld, type World } from '../../support/world';
import { problems, refusal, shown, trailOf } from './support/identity';
import { accept, invite, tokenIn, type Invite } from './support/people';

const COOKIE = '__Host-portolan_login';
const PATH = '/v0/invites/accept/oidc';

describe('start-invite-login: POST /v0/invites/accept/oidc', () => {
  let world: World;
  let provider: OidcProvider;
  let sent: Invite;
  let made = 0;

  const start = (token: unknown = tokenIn(sent), body: object = {}, headers: Record<string, string> = {}) =>
    world.call('POST', PATH, { body: { token, ...body }, headers });
  const attempts = () => world.db.query<{ org_id: string; sealed: string }>(`select * from login_attempt`);
  const settings = (change: string) =>
    world.db.query(`update organization set ${change} where id = $1`, [world.acme.id]);

  beforeAll(async () => {
    [world, provider] = await Promise.all([aWorld({ RATE_LIMIT_AUTH: '1000/10000' }), startOidcProvider()]);
    await connect(world, world.acme, provider);
  });

  beforeEach(async () => {
    made += 1;
    await world.db.query('delete from login_attempt');
    sent = await invite(world, world.acme, `user-${made}@example.com`);
  });

  afterAll(async () => {
    await provider.close();
    await world.close();
  });

  describe('works', () => {
    it('answers 200 with the URL of the provider, and binds the attempt to the browser', async () => {
      const answer = await start();
      expect(answer.status).toBe(200);
      const { url: text, ...more } = answer.json<{ url: string }>();
      expect(more).toEqual({});
      const url = new URL(text);
      expect(url.origin + url.pathname).toBe(`${provider.issuer}/auth`);
      expect(Object.fromEntries(url.searchParams)).toMatchObject({
        client_id: provider.clientId,
        redirect_uri: `${world.url}/v0/authenticate/acme/callback`,
        code_challenge_method: 'S256',
        state: expect.stringMatching(/^[\w-]{43}$/) as string,
        nonce: expect.stringMatching(/^[\w-]{43}$/) as string,
      });
      expect(answer.headers['set-cookie']).toEqual([
        expect.stringMatching(
          /^__Host-portolan_login=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
        ),
      ]);
      expect(answer.headers['cache-control']).toBe('no-store');
    });

    it('tells the provider nothing of the invite, and keeps it where nobody can read it', async () => {
      const answer = await start();
      const secret = tokenIn(sent).split('_')[3] ?? '';
      const [row, ...more] = await attempts();
      expect([more, row?.org_id]).toEqual([[], world.acme.id]);
      for (const text of [answer.text, JSON.stringify(answer.headers), JSON.stringify(row)]) {
        expect(text).not.toContain(secret);
        expect(text).not.toContain(sent.id);
      }
    });

    it('leaves the invite as good as it was', async () => {
      await start();
      await start();
      expect((await accept(world, tokenIn(sent))).status).toBe(200);
    });

    it('goes where the request says after the login', async () => {
      await provider.setAccount({ sub: `return-${made}`, email: 'x@example.com' });
      const browser = new Browser();
      const { url } = (
        await browser.send('POST', world.url + PATH, { body: { token: tokenIn(sent), return_to: '/v0/users/me' } })
      ).json<{ url: string }>();
      const me = await browser.visit(url);
      expect([me.url, me.status, me.json().id]).toEqual([`${world.url}/v0/users/me`, 200, sent.user_id]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ token: undefined }, 'token', 'required'],
      [{ token: 5 }, 'token', 'is_string'],
      [{ token: null }, 'token', 'is_string'],
      [{ return_to: null }, 'return_to', 'is_string'],
      [{ return_to: '//evil.example.com' }, 'return_to', 'matches_regex'],
      [{ return_to: 'https://evil.example.com' }, 'return_to', 'matches_regex'],
      [{ password: 'x' }, 'password', 'unknown_property'],
    ])('row %# names the field and the rule', async (body, field, rule) => {
      const answer = await start(tokenIn(sent), body);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(await attempts()).toEqual([]);
    });

    it('answers 410 alike for what is used, revoked, expired, unknown or garbage', async () => {
      const used = await invite(world, world.acme, `used-${made}@example.com`);
      await accept(world, tokenIn(used));
      const revoked = await invite(world, world.acme, `revoked-${made}@example.com`);
      await world.call('DELETE', `/v0/invites/${revoked.id}`, { token: world.acme.admin });
      const expired = await invite(world, world.acme, `expired-${made}@example.com`);
      await world.db.query(`update invite set expires_at = now() where id = $1`, [expired.id]);
      const forged = mintSecret('inv').text;
      const first = await start(tokenIn(used));
      expect(refusal(first)).toEqual([410, 'invite_invalid']);
      for (const token of [tokenIn(revoked), tokenIn(expired), forged, forged.slice(0, -1), '', 'x', world.acme.admin])
        expect(shown(await start(token))).toEqual(shown(first));
      expect(await attempts()).toEqual([]);
    });

    it('writes down that an invite which is over was shown', async () => {
      await accept(world, tokenIn(sent));
      const trail = await trailOf(world, world.acme, () => start());
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'user.join',
          result: 'denied',
          reason: 'invite_invalid',
          target_id: sent.user_id,
        }),
      ]);
    });

    it('begins nothing for a page of another site', async () => {
      for (const origin of ['https://evil.example.com', 'null', world.url.replace('http', 'https')])
        expect([origin, refusal(await start(tokenIn(sent), {}, { origin }))]).toEqual([
          origin,
          [403, 'csrf_token_invalid'],
        ]);
      expect(await attempts()).toEqual([]);
      expect((await start(tokenIn(sent), {}, { origin: world.url })).status).toBe(200);
    });
  });

  describe('requires sign-in', () => {
    it('needs none, and reads no credential', async () => {
      const headers = { cookie: `${SESSION_COOKIE}=garbage; ${COOKIE}=x` };
      const answer = await world.call('POST', PATH, { token: 'garbage', headers, body: { token: tokenIn(sent) } });
      expect(answer.status).toBe(200);
    });

    it('counts against the limit of sign-ins', async () => {
      const small = await aWorld({ RATE_LIMIT_AUTH: '0.001/2' });
      try {
        const statuses = [];
        for (let index = 0; index < 3; index += 1)
          statuses.push((await small.call('POST', PATH, { body: { token: 'x' } })).status);
        expect(statuses).toEqual([410, 410, 429]);
      } finally {
        await small.close();
      }
    });
  });

  describe('requires the permission', () => {
    const OPEN = `state = 'active', suspended_reason = null, oidc_auth_enabled = true, ip_allow_list_enabled = false`;

    afterEach(() => settings(OPEN));

    it.each([
      [`state = 'suspended', suspended_reason = 'unpaid'`, 'organization_suspended'],
      [`ip_allow_list_enabled = true, allowed_ips = '{192.0.2.0/24}'`, 'address_not_allowed'],
      [`oidc_auth_enabled = false`, 'login_disabled'],
    ])('sends nobody away while the organization has %s, and keeps the invite', async (change, code) => {
      await settings(change);
      const trail = await trailOf(world, world.acme, async () => {
        const answer = await start();
        expect([...refusal(answer), answer.headers['set-cookie']]).toEqual([403, code, undefined]);
      });
      expect(trail).toEqual([
        expect.objectContaining({ action: 'user.join', result: 'denied', reason: code, target_id: sent.user_id }),
      ]);
      expect(await attempts()).toEqual([]);
      await settings(OPEN);
      expect((await start()).status).toBe(200);
    });

    it('sends people to the provider also where passwords are turned off', async () => {
      await settings('basic_auth_enabled = false');
      expect((await start()).status).toBe(200);
      await settings('basic_auth_enabled = true');
    });
  });

  describe('hides other organizations', () => {
    it('sends nobody to the provider of another organization', async () => {
      const foreign = await invite(world, world.globex, sent.email);
      expect(refusal(await start(tokenIn(foreign)))).toEqual([403, 'login_disabled']);
      await start();
      expect((await attempts()).map(({ org_id }) => org_id)).toEqual([world.acme.id]);
    });
  });
});
