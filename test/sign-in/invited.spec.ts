import { accept, invite, tokenIn, type Invite } from '../e2e/access/support/people';
import { trailOf } from '../e2e/access/support/identity';
import type { Answer } from '../support/http';
import { startOidcProvider, type OidcAccount, type OidcProvider } from '../support/oidc';
import { aWorld, type World } from '../support/world';
import { Browser } from './browser';
import { SESSION_COOKIE, sessionCookieOf } from './people';
import { problemCode } from './problem';
import { connect, inviteUpToCallback, joinBySso, ssoLogin } from './sso';

const ADA: OidcAccount = { sub: 'ada', email: 'ada@example.com', email_verified: true, name: 'Ada Example' };

describe('Whoever is invited and comes by single sign-on', () => {
  let world: World;
  let provider: OidcProvider;
  let providerId: string;
  let sent: Invite;

  const me = async (answer: Answer) => {
    const headers = { cookie: `${SESSION_COOKIE}=${sessionCookieOf(answer) ?? ''}` };
    return (await world.call('GET', '/v0/users/me', { headers })).json<{ id: string; full_name: string }>();
  };
  const stored = async () =>
    (
      await world.db.query<{ active: boolean; invited: boolean; accepted: boolean; linked: number }>(
        `select u.active, u.invited, i.accepted_at is not null as accepted,
                (select count(*)::integer from user_identity s where s.user_id = u.id) as linked
         from user_account u join invite i on i.user_id = u.id where i.id = $1`,
        [sent.id],
      )
    )[0];
  const refused = async (login: () => Promise<Answer>, reason: string, detail: RegExp) => {
    const trail = await trailOf(world, world.acme, async () => {
      const answer = await login();
      expect([answer.status, problemCode(answer), sessionCookieOf(answer)]).toEqual([401, 'sso_failed', undefined]);
      expect(answer.json().detail).toMatch(detail);
    });
    expect(trail.map(({ action, result, reason: why }) => [action, result, why])).toEqual([
      ['session.refuse', 'denied', reason],
    ]);
  };
  const OPEN = { active: false, invited: true, accepted: false, linked: 0 };
  const JOINED = { active: true, invited: false, accepted: true, linked: 1 };

  beforeAll(async () => {
    [world, provider] = await Promise.all([aWorld({ RATE_LIMIT_AUTH: '1000/10000' }), startOidcProvider()]);
    providerId = await connect(world, world.acme, provider);
    await connect(world, world.globex, provider);
  });

  beforeEach(async () => {
    await world.db.query(`delete from user_account where email not like 'admin@%'`);
    await provider.setAccount(ADA);
    sent = await invite(world, world.acme, 'ada@example.com');
  });

  afterAll(async () => {
    await provider.close();
    await world.close();
  });

  it('becomes the invited user by the link of the invite, and is known ever after', async () => {
    const answer = await joinBySso(world, tokenIn(sent));
    expect([answer.status, answer.headers.location]).toEqual([302, '/docs']);
    expect(await me(answer)).toMatchObject({ id: sent.user_id, full_name: 'Ada Example' });
    expect(await stored()).toEqual(JOINED);
    expect((await me(await ssoLogin(world, world.acme))).id).toBe(sent.user_id);
  });

  it('keeps the name that the inviter gave', async () => {
    const named = await invite(world, world.acme, 'grace@example.com', { full_name: 'Grace' });
    await provider.setAccount({ sub: 'grace', email: 'grace@example.com', name: 'Rear Admiral' });
    expect(await me(await joinBySso(world, tokenIn(named)))).toMatchObject({ id: named.user_id, full_name: 'Grace' });
  });

  it.each([
    ['another address', { ...ADA, email: 'a.lovelace@example.com' }],
    ['the address of another account', { ...ADA, email: 'admin@acme.invalid' }],
    ['an address that is not verified', { ...ADA, email_verified: false }],
    ['an address outside ASCII', { ...ADA, email: '\u00e4da@example.com' }],
    ['no address', { sub: 'ada' }],
  ])('becomes that very user also when the provider says %s', async (_what, account) => {
    await provider.setAccount(account);
    expect((await me(await joinBySso(world, tokenIn(sent)))).id).toBe(sent.user_id);
    expect(await stored()).toEqual(JOINED);
  });

  it('is written down with the provider, the subject and the invite', async () => {
    const trail = await trailOf(world, world.acme, () => joinBySso(world, tokenIn(sent)));
    expect(trail.map(({ action, target_id, after }) => [action, target_id === sent.user_id, after])).toEqual([
      ['user.join', true, { email: sent.email, identity_provider_id: providerId, subject: 'ada', invite_id: sent.id }],
      ['session.create', false, expect.objectContaining({ method: 'oidc', user_id: sent.user_id })],
    ]);
  });

  it('leaves a link behind that sets no password and joins nobody else', async () => {
    await joinBySso(world, tokenIn(sent));
    expect((await accept(world, tokenIn(sent))).status).toBe(410);
    const again = await world.call('POST', '/v0/invites/accept/oidc', { body: { token: tokenIn(sent) } });
    expect(again.status).toBe(410);
  });

  it.each([
    ['used', () => accept(world, tokenIn(sent))],
    ['revoked', () => world.call('DELETE', `/v0/invites/${sent.id}`, { token: world.acme.admin })],
    ['expired', () => world.db.query(`update invite set expires_at = now() where id = $1`, [sent.id])],
  ])('is refused when the invite is %s before the provider sends him back', async (_how, end) => {
    const browser = new Browser();
    const callback = await inviteUpToCallback(world, tokenIn(sent), browser);
    await end();
    const before = await stored();
    await refused(() => browser.send('GET', callback), 'invite over', /used, revoked or older/);
    expect(await stored()).toEqual({ ...before, linked: 0 });
  });

  it('is refused when the invited user is deleted before the provider sends him back', async () => {
    const browser = new Browser();
    const callback = await inviteUpToCallback(world, tokenIn(sent), browser);
    await world.call('DELETE', `/v0/users/${sent.user_id}`, { token: world.acme.admin });
    await refused(() => browser.send('GET', callback), 'invite over', /used, revoked or older/);
  });

  it('comes in once, whoever of two people is first', async () => {
    const [first, second] = [new Browser(), new Browser()];
    const callback = await inviteUpToCallback(world, tokenIn(sent), first);
    await provider.setAccount({ sub: 'mallory', email: 'mallory@example.com' });
    const other = await inviteUpToCallback(world, tokenIn(sent), second);
    const answers = await Promise.all([first.send('GET', callback), second.send('GET', other)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([302, 401]);
    expect(await stored()).toEqual(JOINED);
  });

  it('is one user with one session per tab however often he comes at the same time', async () => {
    const browsers = Array.from({ length: 6 }, () => new Browser());
    const callbacks: string[] = [];
    for (const browser of browsers) callbacks.push(await inviteUpToCallback(world, tokenIn(sent), browser));
    const answers = await Promise.all(browsers.map((browser, index) => browser.send('GET', callbacks[index] ?? '')));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(302));
    expect(await stored()).toEqual(JOINED);
  });

  it('cannot bring an account that he has already', async () => {
    await provider.setAccount({ sub: 'grace', email: 'grace@example.com' });
    const grace = await me(await ssoLogin(world, world.acme));
    await refused(() => joinBySso(world, tokenIn(sent)), 'another account', /Sign in without the invitation/);
    expect(await stored()).toEqual(OPEN);
    expect((await me(await ssoLogin(world, world.acme))).id).toBe(grace.id);
  });

  it('comes back in the browser that began', async () => {
    const callback = await inviteUpToCallback(world, tokenIn(sent), new Browser());
    await refused(() => new Browser().send('GET', callback), 'another browser', /./);
    expect(await stored()).toEqual(OPEN);
  });

  it('joins the organization of the invite, at whatever path he comes back', async () => {
    const browser = new Browser();
    const callback = await inviteUpToCallback(world, tokenIn(sent), browser);
    const elsewhere = await browser.send('GET', callback.replace('/acme/', '/globex/'));
    expect(problemCode(elsewhere)).toBe('sso_failed');
    expect(await stored()).toEqual(OPEN);
    expect((await browser.send('GET', callback)).status).toBe(302);
    expect(await stored()).toEqual(JOINED);
  });

  it('gets nothing of a namesake whom another organization invited', async () => {
    const foreign = await invite(world, world.globex, sent.email);
    await joinBySso(world, tokenIn(sent));
    const [row] = await world.db.query(`select active, invited from user_account where id = $1`, [foreign.user_id]);
    expect(row).toEqual({ active: false, invited: true });
  });
});
