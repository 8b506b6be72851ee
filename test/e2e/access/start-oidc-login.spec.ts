import { createHash } from 'node:crypto';
import { Browser } from '../../sign-in/browser';
import { connect, startUrl } from '../../sign-in/sso';
import { startOidcProvider, type OidcProvider } from '../../support/oidc';
import { aWorld, type World } from '../../support/world';
import { problems, refusal, shown, trailOf } from './support/identity';

const COOKIE = '__Host-portolan_login';

describe('start-oidc-login: GET /v0/authenticate/{loginPath}', () => {
  let world: World;
  let provider: OidcProvider;

  const start = (path = 'acme', query = '', headers: Record<string, string> = {}) =>
    world.call('GET', `/v0/authenticate/${path}${query}`, { headers });
  const attempts = () =>
    world.db.query<{ org_id: string; state_hash: Buffer; sealed: string }>(`select * from login_attempt`);

  beforeAll(async () => {
    [world, provider] = await Promise.all([aWorld({ RATE_LIMIT_AUTH: '1000/10000' }), startOidcProvider()]);
    await connect(world, world.acme, provider);
  });

  beforeEach(() => world.db.query('delete from login_attempt'));

  afterAll(async () => {
    await provider.close();
    await world.close();
  });

  describe('works', () => {
    it('answers 302 to the provider with code, PKCE, state and nonce, and binds the attempt to the browser', async () => {
      const answer = await start();
      expect([answer.status, answer.text]).toEqual([302, '']);
      const url = new URL(answer.headers.location ?? '');
      expect(url.origin + url.pathname).toBe(`${provider.issuer}/auth`);
      expect(Object.fromEntries(url.searchParams)).toEqual({
        client_id: provider.clientId,
        response_type: 'code',
        redirect_uri: `${world.url}/v0/authenticate/acme/callback`,
        scope: 'email openid profile',
        code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
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

    it('keeps of the attempt nothing that could finish it', async () => {
      const answer = await start();
      const url = new URL(answer.headers.location ?? '');
      const state = url.searchParams.get('state') ?? '';
      const [row, ...more] = await attempts();
      expect(more).toEqual([]);
      expect(row?.state_hash).toEqual(createHash('sha256').update(state).digest());
      expect(row?.sealed).toMatch(/^v1\./);
      for (const secret of [
        state,
        url.searchParams.get('nonce') ?? '',
        /=([\w-]{43})/.exec(cookieOf(answer))?.[1] ?? '',
      ])
        expect(JSON.stringify(row)).not.toContain(secret);
    });

    it('is different every time, and keeps one cookie for the tabs of a browser', async () => {
      const browser = new Browser();
      const states = new Set<string>();
      const cookies = new Set<string | undefined>();
      for (let tab = 0; tab < 3; tab += 1) {
        const { headers } = await browser.send('GET', startUrl(world, world.acme));
        states.add(new URL(headers.location ?? '').searchParams.get('state') ?? '');
        cookies.add(browser.cookie(world.url, COOKIE));
      }
      expect([states.size, cookies.size]).toEqual([3, 1]);
    });

    it('makes a cookie of its own where the browser shows one that is none', async () => {
      for (const shownCookie of ['', 'x', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}!`])
        expect(cookieOf(await start('acme', '', { cookie: `${COOKIE}=${shownCookie}` }))).toMatch(/=[\w-]{43};/);
    });

    it('forgets attempts that are too old', async () => {
      await start();
      await world.db.query(`update login_attempt set expires_at = now() - interval '1 second'`);
      await start();
      expect(await attempts()).toHaveLength(1);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      '//evil.example.com',
      'https://evil.example.com',
      '/\\evil.example.com',
      '/\t/evil.example.com',
      'docs',
      '',
    ])('leads to no other site: %j', async (place) => {
      const answer = await start('acme', `?return_to=${encodeURIComponent(place)}`);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toEqual([expect.objectContaining({ field: 'return_to', source: 'query' })]);
      expect(answer.headers['set-cookie']).toBeUndefined();
    });

    it.each(['?return_to=/a&return_to=/b', '?next=/docs', '?return_to[]=/a'])('refuses the query %s', async (query) => {
      expect((await start('acme', query)).status).toBe(400);
    });
  });

  describe('requires sign-in', () => {
    it('needs none', async () => {
      expect((await start()).status).toBe(302);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 where the organization does not sign in this way', async () => {
      expect(refusal(await start('globex'))).toEqual([403, 'login_disabled']);
      await world.db.query(`update organization set oidc_auth_enabled = false where id = $1`, [world.acme.id]);
      expect(shown(await start())).toEqual(shown(await start('globex')));
      await world.db.query(`update organization set oidc_auth_enabled = true where id = $1`, [world.acme.id]);
    });

    it('answers 401 without a word of the cause when the provider cannot be reached, and writes that down', async () => {
      const initech = await world.anOrganization('initech');
      const nowhere = { issuer: 'http://127.0.0.1:1', clientId: 'x', clientSecret: 'y' };
      await connect(world, initech, nowhere as OidcProvider);
      const trail = await trailOf(world, initech, async () => {
        const answer = await start('initech');
        expect(refusal(answer)).toEqual([401, 'sso_failed']);
        expect(answer.text).not.toMatch(/127\.0\.0\.1|refused|ECONN/i);
      });
      expect(trail).toEqual([
        expect.objectContaining({ action: 'session.refuse', result: 'denied', reason: 'provider unreachable' }),
      ]);
    });

    it('trusts no provider that says it is another', async () => {
      const hooli = await world.anOrganization('hooli');
      await connect(world, hooli, { ...provider, issuer: provider.issuer.replace('127.0.0.1', 'localhost') });
      expect(refusal(await start('hooli'))).toEqual([401, 'sso_failed']);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for paths at which nobody signs in', async () => {
      const missing = await start('nobody');
      expect(refusal(missing)).toEqual([404, 'login_path_not_found']);
      for (const path of ["'--", '..%2Facme', 'ACME', world.acme.id, 'a'.repeat(200)])
        expect([path, refusal(await start(path))[0]]).toEqual([path, 404]);
    });

    it('begins the login of the organization of the path only', async () => {
      await start();
      expect((await attempts()).map(({ org_id }) => org_id)).toEqual([world.acme.id]);
    });
  });
});

function cookieOf({
  headers,
}: {
  readonly headers: { readonly 'set-cookie'?: readonly string[] | undefined };
}): string {
  return headers['set-cookie']?.find((line) => line.startsWith(`${COOKIE}=`)) ?? '';
}
